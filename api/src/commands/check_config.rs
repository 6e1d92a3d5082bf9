//! `smooth-operator check-config`: what the environment says, before it is tried.

use crate::{
    app::{self, AppError},
    config::{Config, VARIABLES},
};
use std::fmt::Write;

/// Every variable with the value in effect, secrets masked.
///
/// Fails with all that is wrong: with values, and with the files that they name.
pub(super) fn check() -> Result<String, AppError> {
    let config = Config::from_env()?;
    app::check_files(&config)?;
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
