//! PostgreSQL: the pool, the schema, and the time limit of a call.

pub mod owners;
pub mod statement;
mod transaction;

pub use transaction::{Database, Work};

use super::DATABASE;
use crate::domain::StoreError;
use backon::{ExponentialBuilder, Retryable};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool as Pool, Row,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Duration};

/// Connections of a replica.
const MAX_CONNECTIONS: u32 = 16;
/// Time limit for a connection from the pool. Most of the 8 s of a call: with 3 s, a hundred callers
/// at once on a slow machine got 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(6);
/// Time limit at start, for the server and for another replica that migrates.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const START_BACKOFF_MIN: Duration = Duration::from_millis(50);
const START_BACKOFF_MAX: Duration = Duration::from_secs(2);
/// One replica migrates at a time. The number is arbitrary but the same in every version.
const LOCK_SCHEMA: &str = "select pg_advisory_xact_lock(7209471850316)";
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// The schema's migrations. While a version is rolled out, older replicas are still running, so
/// migrations only add, and a database may be ahead of the program.
static MIGRATIONS: Migrator = {
    let mut migrations = sqlx::migrate!("./migrations");
    migrations.ignore_missing = true;
    // `migrate` takes a lock that works behind a pooler.
    migrations.locking = false;
    migrations
};

/// Why the database cannot be used. Never contains the URL, which holds the password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// `DATABASE_URL` is not valid.
    #[error("DATABASE_URL is not a PostgreSQL URL")]
    Url,
    /// The server does not answer, or not as PostgreSQL.
    #[error("PostgreSQL cannot be reached: {0}")]
    Unreachable(sqlx::Error),
    /// The schema could not be migrated.
    #[error("the schema could not be migrated: {0}")]
    Migrate(#[from] MigrateError),
    /// Another replica has been migrating for too long.
    #[error("PostgreSQL was not ready within {} seconds", START_TIMEOUT.as_secs())]
    Timeout,
}

/// Connects, waiting up to a minute for a server that is still starting, and migrates the schema.
pub async fn open(url: &SecretString) -> Result<Database, OpenError> {
    let options = PgConnectOptions::from_str(url.expose_secret())
        .map_err(|_| OpenError::Url)?
        .application_name("smooth-operator")
        // Poolers refuse startup parameters that they do not track, and we store no floats.
        .extra_float_digits(None)
        .disable_statement_logging();
    tokio::time::timeout(START_TIMEOUT, migrate(&options))
        .await
        .map_err(|_| OpenError::Timeout)??;
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_release(|connection, _| Box::pin(is_outside_transaction(connection)));
    let pool = pool.connect_lazy_with(options);
    Ok(Database::new(pool))
}

/// Whether a returned connection is outside of a transaction; otherwise the pool closes it. sqlx
/// cannot tell, since a call may have been dropped during `BEGIN`.
async fn is_outside_transaction(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    // Inside a transaction `now()` is the time of its `BEGIN`, before this statement. A single
    // message, because a statement's time is that of the last message.
    let row = sqlx::raw_sql("select now() = statement_timestamp()")
        .fetch_one(connection)
        .await?;
    row.try_get(0)
}

/// Migrates in one transaction: its lock makes other replicas wait for each migration, and a pooler
/// lets no other client in between.
async fn migrate(options: &PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = connect(options).await?;
    let mut transaction = connection.begin().await.map_err(OpenError::Unreachable)?;
    // The migrator uses named statements, and a pooler's connection may still have some.
    for sql in [LOCK_SCHEMA, "deallocate all"] {
        let executed = sqlx::raw_sql(sql).execute(&mut *transaction).await;
        executed.map_err(OpenError::Unreachable)?;
    }
    MIGRATIONS
        .run_direct(None, &mut *transaction, false)
        .await?;
    let forgotten = sqlx::raw_sql("deallocate all").execute(&mut *transaction);
    forgotten.await.map_err(OpenError::Unreachable)?;
    transaction.commit().await.map_err(OpenError::Unreachable)?;
    let _ = connection.close().await;
    Ok(())
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let backoff = ExponentialBuilder::default()
        .with_min_delay(START_BACKOFF_MIN)
        .with_max_delay(START_BACKOFF_MAX)
        .without_max_times();
    (|| options.connect())
        .retry(backoff)
        .when(may_pass)
        .notify(|error, _| tracing::info!(%error, "PostgreSQL is not ready yet"))
        .await
        .map_err(OpenError::Unreachable)
}

/// Whether the server may be starting: it is unreachable, or says so (class 57).
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57")),
        _ => false,
    }
}

/// Checks that the server answers now, for `/ready`.
pub async fn ping(database: &Database) -> Result<(), StoreError> {
    let ping = database.read(|connection| {
        Box::pin(async {
            sqlx::raw_sql("select 1").execute(connection).await?;
            Ok::<_, StoreError>(())
        })
    });
    let away = StoreError::Unavailable {
        store: DATABASE,
        reason: "no answer in time".to_owned(),
    };
    tokio::time::timeout(PING_TIMEOUT, ping)
        .await
        .unwrap_or(Err(away))
}

#[cfg(test)]
#[path = "../../tests/private/postgres.rs"]
pub(crate) mod private;

#[cfg(test)]
#[path = "../../tests/private/pgbouncer.rs"]
pub(crate) mod pgbouncer;

#[cfg(test)]
#[path = "../../tests/private/slow_proxy.rs"]
pub(crate) mod slow_proxy;

#[cfg(test)]
mod tests {
    use super::{private::PrivatePostgres, slow_proxy::SlowProxy, *};
    use std::collections::BTreeSet;

    async fn schema(database: &Database) -> (i64, i64) {
        let sql =
            "select (select count(*) from information_schema.tables where table_schema = 'public'),
            (select count(*) from _sqlx_migrations where success)";
        sqlx::query_as(sql)
            .fetch_one(database.pool())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn replicas_that_start_at_once_migrate_once() {
        let server = PrivatePostgres::start().await;
        let url = server.url();
        let (a, b, c) = tokio::join!(open(&url), open(&url), open(&url));
        let (a, _, _) = (a.unwrap(), b.unwrap(), c.unwrap());
        let before = schema(&a).await;
        assert_eq!(before, (5, 3));
        assert_eq!(schema(&open(&url).await.unwrap()).await, before);
        let ahead = "insert into _sqlx_migrations values (9999, 'later', now(), true, '', 1)";
        sqlx::query(ahead).execute(a.pool()).await.unwrap();
        open(&url).await.unwrap();
        ping(&a).await.unwrap();
    }

    #[tokio::test]
    async fn waits_for_a_starting_server_and_survives_its_restart() {
        let mut server = PrivatePostgres::start().await;
        let url = server.url();
        server.stop();
        let opening = tokio::spawn(async move { open(&url).await });
        tokio::time::timeout(Duration::from_millis(200), std::future::pending::<()>())
            .await
            .unwrap_err();
        assert!(!opening.is_finished());
        server.restart().await;
        let pool = opening.await.unwrap().unwrap();
        ping(&pool).await.unwrap();

        server.stop();
        let away = ping(&pool).await.unwrap_err();
        assert!(
            matches!(
                away,
                StoreError::Unavailable {
                    store: DATABASE,
                    ..
                }
            ),
            "{away:?}"
        );
        server.restart().await;
        ping(&pool).await.unwrap();
    }

    #[tokio::test]
    async fn a_hanging_server_is_not_ready() {
        let server = PrivatePostgres::start().await;
        let pool = open(&server.url()).await.unwrap();
        ping(&pool).await.unwrap();
        server.pause();
        let began = std::time::Instant::now();
        assert!(ping(&pool).await.is_err());
        assert!(began.elapsed() < Duration::from_secs(4));
        server.resume();
        ping(&pool).await.unwrap();
    }

    /// sqlx returns connections that were dropped during `BEGIN`; the pool must close them.
    #[tokio::test]
    async fn closes_connections_that_come_back_inside_a_transaction() {
        let server = PrivatePostgres::start().await;
        let proxy = SlowProxy::start(&server).await;
        let database = open(&proxy.url()).await.unwrap();
        for microseconds in (0..100).map(|step| step * 100) {
            let begin = database.pool().begin();
            let limit = Duration::from_micros(microseconds);
            let _ = tokio::time::timeout(limit, begin).await;
            let mut connection = database.pool().acquire().await.unwrap();
            let outside = is_outside_transaction(&mut connection).await.unwrap();
            assert!(outside, "after {microseconds} µs");
        }
    }

    #[tokio::test]
    async fn keeps_connections_that_come_back_clean() {
        let server = PrivatePostgres::start().await;
        let database = open(&server.url()).await.unwrap();
        ping(&database).await.unwrap();
        // A connection may be returned while the next call begins, so there may be a few.
        let mut servers = BTreeSet::new();
        for _ in 0..20 {
            let pid = sqlx::query_scalar("select pg_backend_pid()");
            let pid: i32 = pid.fetch_one(database.pool()).await.unwrap();
            servers.insert(pid);
        }
        assert!(servers.len() < 10, "{servers:?}");
        let mut connection = database.pool().acquire().await.unwrap();
        sqlx::raw_sql("begin")
            .execute(&mut *connection)
            .await
            .unwrap();
        assert!(!is_outside_transaction(&mut connection).await.unwrap());
    }

    #[tokio::test]
    async fn errors_never_show_the_url() {
        for url in [
            "postgres://user:hush@127.0.0.1:notaport/x",
            "hush",
            "postgres://user:hush@[::1/x",
        ] {
            let error = open(&SecretString::from(url)).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        }
    }
}
