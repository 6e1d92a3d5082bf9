//! Runs each call of a store as a transaction, in a task that cannot be dropped with its request.
//!
//! sqlx 0.9.0 is not cancel-safe in `BEGIN`: a connection dropped there returns to the pool inside
//! a transaction, which later callers' acknowledged writes join and may be lost with.

use super::{DATABASE, Pool};
use crate::domain::StoreError;
use futures_util::future::BoxFuture;
use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use std::time::Duration;
use tracing::Instrument;

/// Limits enforced by the server; our statements take milliseconds. Set in each transaction, since
/// a pooler ignores such settings at connection time.
macro_rules! limits {
    () => {
        "set local statement_timeout = '5s'; set local lock_timeout = '3s';
        set local idle_in_transaction_session_timeout = '10s'"
    };
}

const CALL_TIMEOUT: Duration = Duration::from_secs(8);
const BEGIN: &str = concat!("begin;", limits!());
/// Reads all tables as of the same moment.
const BEGIN_SNAPSHOT: &str = concat!(
    "begin transaction isolation level repeatable read read only;",
    limits!()
);

/// The stores' database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool,
    call_timeout: Duration,
}

/// The statements of a call.
pub type Work<'c, T, E> = BoxFuture<'c, Result<T, E>>;

impl Database {
    pub(super) fn new(pool: Pool) -> Self {
        Self {
            pool,
            call_timeout: CALL_TIMEOUT,
        }
    }

    /// The same database, with another time limit for calls.
    #[must_use]
    pub fn with_call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// The pool, for anything but the stores' calls.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Runs `work` in a transaction: commits if it succeeds, rolls back if it fails. If the
    /// database does not answer in time, the transaction may have been committed.
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

    /// Runs `work`, which only reads, on a snapshot of the database.
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
        let bounded = tokio::time::timeout(self.call_timeout, transaction).in_current_span();
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

/// A connection that is closed unless its transaction has ended: after a timeout or panic the state
/// of the transaction is unknown.
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
            (Err(_), Err(refusal)) => Err(refusal),
            (Err(error), Ok(_)) => Err(error.into()),
        }
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::raw_sql(sql).execute(&mut *self.connection).await?;
        Ok(())
    }

    fn give_back(self) {}
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}
