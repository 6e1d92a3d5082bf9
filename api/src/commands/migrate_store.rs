//! `smooth-operator migrate-store`: copies all data from one database to another.

use crate::{
    app::AppError,
    config::DatabaseUrl,
    connect::{
        postgres,
        sqlite::{OpenError, Sqlite},
    },
    domain::OwnerId,
    threads::{ThreadStore, postgres::PostgresThreads, search::Query, sqlite::SqliteThreads},
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
    let (source, _) = open(&from, Sqlite::open_existing).await?;
    let (target, threads) = open(&to, Sqlite::open).await?;
    // A search indexes what it finds missing, so that the owner's first one does not.
    let first_search = Query::parse("first");
    let index = async |owner: &OwnerId| {
        threads
            .search(owner, &first_search, 1, None)
            .await
            .map(drop)
    };
    Ok(copy(&*source, &*target, index).await?.to_string())
}

async fn open(
    url: &DatabaseUrl,
    sqlite: impl AsyncFnOnce(&str) -> Result<Sqlite, OpenError>,
) -> Result<(Box<dyn Archive>, Box<dyn ThreadStore>), AppError> {
    Ok(match url {
        DatabaseUrl::Postgres(url) => {
            let database = postgres::open(url).await?;
            let threads = PostgresThreads::new(database.clone());
            (Box::new(PostgresArchive::new(database)), Box::new(threads))
        }
        DatabaseUrl::Sqlite(url) => {
            let file = sqlite(url).await?;
            let threads = SqliteThreads::new(file.clone());
            (Box::new(SqliteArchive::new(file)), Box::new(threads))
        }
    })
}
