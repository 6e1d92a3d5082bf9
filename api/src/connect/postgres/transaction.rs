//! Calls of the stores: each is one transaction, on a task that no request can drop.
//!
//! sqlx 0.9.0 is not cancel-safe in `BEGIN`: dropped there, its connection goes back to the pool
//! inside a transaction, and takes with it what later callers write and are told is done.

use super::{DATABASE, Pool};
use crate::domain::StoreError;
use futures_util::future::BoxFuture;
use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use std::time::Duration;
use tracing::Instrument;

/// What the server itself puts an end to; a statement of ours takes milliseconds. Set in each
/// transaction: a pooler takes no such settings when it is connected to.
macro_rules! limits {
    () => {
        "set local statement_timeout = '5s'; set local lock_timeout = '3s';
        set local idle_in_transaction_session_timeout = '10s'"
    };
}

/// Longest call, whatever the server does.
const CALL_TIMEOUT: Duration = Duration::from_secs(8);
const BEGIN: &str = concat!("begin;", limits!());
/// Reads all tables as they were at one moment.
const BEGIN_SNAPSHOT: &str = concat!(
    "begin transaction isolation level repeatable read read only;",
    limits!()
);

/// The database of the stores. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
}

/// A call's statements.
pub type Work<'c, T, E> = BoxFuture<'c, Result<T, E>>;

impl Database {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// The pool, for what is not a store's call.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Runs `work` in a transaction: committed when it succeeds, rolled back when it fails.
    ///
    /// # Errors
    /// What `work` gives, or that the database is away or too slow. Then it may have been done all
    /// the same, when only the answer to the commit was lost.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Work<'_, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.call(BEGIN, work).await
    }

    /// Runs `work`, which only reads, over one state of the database.
    ///
    /// # Errors
    /// What `work` gives, or that the database is away or too slow.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Work<'_, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.call(BEGIN_SNAPSHOT, work).await
    }

    async fn call<T, E>(
        &self,
        begin: &'static str,
        work: impl FnOnce(&mut PgConnection) -> Work<'_, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let pool = self.pool.clone();
        let transaction = async move {
            let mut lease = Lease::take(&pool).await?;
            let result = lease.run(begin, work).await;
            lease.give_back();
            result
        };
        let bounded = tokio::time::timeout(CALL_TIMEOUT, transaction).in_current_span();
        match tokio::spawn(bounded).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(away("no answer in time").into()),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(away("the process is ending").into()),
        }
    }
}

fn away(reason: &str) -> StoreError {
    StoreError::Unavailable {
        store: DATABASE,
        reason: reason.to_owned(),
    }
}

/// A connection that is closed unless its transaction has ended: when a time limit or a panic cuts
/// the work, nobody knows what the server still does.
struct Lease {
    connection: PoolConnection<Postgres>,
    ended: bool,
}

impl Lease {
    async fn take(pool: &Pool) -> Result<Self, StoreError> {
        Ok(Self {
            connection: pool.acquire().await?,
            ended: false,
        })
    }

    async fn run<T, E: From<StoreError>>(
        &mut self,
        begin: &'static str,
        work: impl FnOnce(&mut PgConnection) -> Work<'_, T, E>,
    ) -> Result<T, E> {
        self.execute(begin).await?;
        let result = work(&mut self.connection).await;
        let end = if result.is_ok() { "commit" } else { "rollback" };
        match (self.execute(end).await, result) {
            (Ok(()), result) => {
                self.ended = true;
                result
            }
            // The refusal says more than a failed rollback.
            (Err(_), Err(refusal)) => Err(refusal),
            (Err(error), Ok(_)) => Err(error.into()),
        }
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::raw_sql(sql).execute(&mut *self.connection).await?;
        Ok(())
    }

    /// Ends the lease here, where `ended` is known.
    fn give_back(self) {}
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}
