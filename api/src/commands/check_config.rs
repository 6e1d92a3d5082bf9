//! `smooth-operator check-config`: checks the configuration without starting a server.

use crate::{
    app::{self, AppError},
    config::VARIABLES,
};
use std::fmt::Write;

/// All variables with their values in effect, secrets masked; or everything that is wrong.
pub(super) fn check() -> Result<String, AppError> {
    let config = app::configuration()?;
    let width = VARIABLES.iter().map(|one| one.name.len()).max();
    let width = width.unwrap_or_default();
    let mut table = String::new();
    for variable in VARIABLES {
        let value = variable.value(&config);
        let value = if value.is_empty() {
            "(not set)"
        } else {
            &value
        };
        writeln!(table, "{:width$}  {value}", variable.name)?;
        writeln!(table, "{:width$}    {}", "", variable.help)?;
    }
    Ok(table.trim_end().to_owned())
}
