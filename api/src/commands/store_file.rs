//! `smooth-operator check-store` and `backup`, which work while a server uses the file.

use crate::{app::AppError, config::DatabaseUrl, connect::sqlite};
use std::path::Path;

pub(super) async fn check(look_up: impl Fn(&str) -> Option<String>) -> Result<String, AppError> {
    let url = url(look_up)?;
    sqlite::check(&url).await?;
    Ok(format!("{} is sound", path(&url)))
}

pub(super) async fn back_up(
    look_up: impl Fn(&str) -> Option<String>,
    target: &Path,
) -> Result<String, AppError> {
    let url = url(look_up)?;
    sqlite::backup(&url, target).await?;
    Ok(format!("copied {} to {}", path(&url), target.display()))
}

/// Reads only the path, so that these commands need no secret.
fn url(look_up: impl Fn(&str) -> Option<String>) -> Result<String, AppError> {
    let text = look_up("DATABASE_URL").unwrap_or_default();
    match text.parse() {
        Ok(DatabaseUrl::Sqlite(url)) => Ok(url),
        Ok(DatabaseUrl::Postgres(_)) => Err(
            "DATABASE_URL names a Postgres server; its own tools check it and copy it (pg_dump)"
                .into(),
        ),
        Err(_) => {
            Err("set DATABASE_URL=sqlite:<path>, as in sqlite:./data/smooth-operator.db".into())
        }
    }
}

fn path(url: &str) -> &str {
    url.trim_start_matches("sqlite:")
}
