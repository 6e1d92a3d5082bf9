//! `smooth-operator migrate-store`: copies all data from one database to another.

use crate::{
    app::AppError,
    config::DatabaseUrl,
    connect::{postgres, sqlite::Sqlite},
    transfer::{Archive, copy::copy, postgres::PostgresArchive, sqlite::SqliteArchive},
};

/// Copies the owners that `to` does not have yet. Sessions and tokens are not copied: their owners
/// sign in again.
pub(super) async fn migrate(from: &str, to: &str) -> Result<String, AppError> {
    let url = |name: &str, text: &str| {
        let url = text.parse::<DatabaseUrl>();
        url.map_err(|error| format!("{name} must {error}"))
    };
    let (from, to) = (url("from", from)?, url("to", to)?);
    if let (DatabaseUrl::Sqlite(_), DatabaseUrl::Sqlite(_)) = (&from, &to) {
        return Err("both are SQLite files: copy one with `smooth-operator backup`".into());
    }
    let source = open(&from, Sqlite::open_existing).await?;
    let target = open(&to, Sqlite::open).await?;
    Ok(copy(&*source, &*target).await?.to_string())
}

async fn open(
    url: &DatabaseUrl,
    sqlite: impl AsyncFnOnce(&str) -> Result<Sqlite, crate::connect::sqlite::OpenError>,
) -> Result<Box<dyn Archive>, AppError> {
    Ok(match url {
        DatabaseUrl::Postgres(url) => Box::new(PostgresArchive::new(postgres::open(url).await?)),
        DatabaseUrl::Sqlite(url) => Box::new(SqliteArchive::new(sqlite(url).await?)),
    })
}
