//! The queue of writes, which run one after another and are committed together, so that they share
//! a sync of the disk.

use super::{error::unavailable, file::StoreFile};
use crate::domain::StoreError;
use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// Time limit of a write, including its wait in the queue.
pub(super) const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// Most queued writes; more are refused.
const QUEUE: usize = 4096;
/// Most writes in a transaction, which a power cut may undo before anybody learned of them.
const BATCH: usize = 256;
/// How long the first write of a transaction waits for others to join. Longer ones make all visitors
/// wait for the last of them, and answer them all at once, so that they come back all at once.
const BATCH_TIME: Duration = Duration::from_millis(5);

/// The statements of a call.
pub type Work<'c, T, E> = BoxFuture<'c, Result<T, E>>;

/// The outcome of a transaction, for each of its writes.
type Committed = Result<(), StoreError>;

#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::WeakSender<Box<dyn Queued>>,
    /// Taken by `close`: the task ends after the queued writes.
    task: Arc<Mutex<Option<Task>>>,
}

struct Task {
    queue: mpsc::Sender<Box<dyn Queued>>,
    handle: JoinHandle<()>,
}

impl Writer {
    /// Writes on `connection`, or on a new one with `options` after that has failed.
    pub(super) fn start(
        connection: SqliteConnection,
        options: SqliteConnectOptions,
        file: Arc<StoreFile>,
    ) -> Self {
        let (queue, queued) = mpsc::channel(QUEUE);
        let worker = Worker {
            connection: Some(connection),
            options,
            file,
        };
        Self {
            queue: queue.downgrade(),
            task: Arc::new(Mutex::new(Some(Task {
                queue,
                handle: tokio::spawn(worker.run(queued)),
            }))),
        }
    }

    pub(super) fn queue<T, E>(
        &self,
        write: impl FnOnce(&mut SqliteConnection) -> Work<'_, T, E> + Send + 'static,
        written: impl FnOnce(&T) + Send + 'static,
    ) -> Result<Pending<T, E>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let write = Write {
            write: Some(write),
            result: Err(unavailable("the write was not reached").into()),
            written,
            reply,
        };
        let queue = self.queue.upgrade().ok_or_else(closed)?;
        queue
            .try_send(Box::new(write))
            .map_err(|_| unavailable("too many writes are waiting"))?;
        Ok(Pending(outcome))
    }

    pub(super) async fn close(&self) {
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Task { queue, handle }) = task {
            drop(queue);
            let _ = handle.await;
        }
    }
}

fn closed() -> StoreError {
    unavailable("the file is closed")
}

/// The outcome of a queued write.
#[derive(Debug)]
pub struct Pending<T, E>(oneshot::Receiver<Result<T, E>>);

impl<T, E: From<StoreError>> Pending<T, E> {
    /// Waits until the write is on disk. After a timeout it may still be written.
    pub async fn wait(self) -> Result<T, E> {
        self.wait_for(CALL_TIMEOUT).await
    }

    pub(super) async fn wait_for(self, limit: Duration) -> Result<T, E> {
        match tokio::time::timeout(limit, self.0).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(closed().into()),
            Err(_) => Err(unavailable("no answer in time").into()),
        }
    }
}

trait Queued: Send {
    /// Runs it inside a transaction; `false` if its changes must be rolled back.
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool>;

    /// Reports the outcome once the transaction has ended.
    fn finish(self: Box<Self>, committed: Committed);
}

struct Write<F, T, E, W> {
    write: Option<F>,
    result: Result<T, E>,
    written: W,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E, W> Queued for Write<F, T, E, W>
where
    F: FnOnce(&mut SqliteConnection) -> Work<'_, T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
    W: FnOnce(&T) + Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            if let Some(write) = self.write.take() {
                // A panic fails only this write, not the others of its transaction.
                let run = async { write(connection).await };
                self.result = match AssertUnwindSafe(run).catch_unwind().await {
                    Ok(result) => result,
                    Err(_) => Err(unavailable("a write panicked").into()),
                };
            }
            self.result.is_ok()
        })
    }

    fn finish(self: Box<Self>, committed: Committed) {
        let committed = committed.map_err(E::from);
        let result = self.result.and_then(|value| committed.map(|()| value));
        if let Ok(value) = &result {
            (self.written)(value);
        }
        let _ = self.reply.send(result);
    }
}

struct Worker {
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    file: Arc<StoreFile>,
}

impl Worker {
    async fn run(mut self, mut queued: mpsc::Receiver<Box<dyn Queued>>) {
        while let Some(first) = queued.recv().await {
            let mut batch = Vec::new();
            let committed = self.transact(first, &mut queued, &mut batch).await;
            if let Err(error) = &committed {
                tracing::debug!(%error, writes = batch.len(), "a transaction was not written");
                // Closing rolls back, whatever the connection's state.
                self.connection = None;
            }
            for write in batch {
                write.finish(committed.clone());
            }
        }
        if let Some(connection) = self.connection {
            let _ = sqlx::Connection::close(connection).await;
        }
    }

    /// Runs all queued writes in a transaction; those tried are in `batch`, in order.
    async fn transact(
        &mut self,
        first: Box<dyn Queued>,
        queued: &mut mpsc::Receiver<Box<dyn Queued>>,
        batch: &mut Vec<Box<dyn Queued>>,
    ) -> Committed {
        let mut next = Some(first);
        let result = async {
            self.file.check_in_place()?;
            let connection = match &mut self.connection {
                Some(connection) => connection,
                none => none.insert(self.options.connect().await?),
            };
            execute(connection, "begin immediate; savepoint one").await?;
            let began = Instant::now();
            while let Some(mut write) = next.take() {
                let kept = write.run(connection).await;
                batch.push(write);
                if batch.len() < BATCH && began.elapsed() < BATCH_TIME {
                    next = queued.try_recv().ok();
                }
                // Fails if the transaction is gone: SQLite rolls it back by itself when the disk
                // is full.
                execute(connection, after_write(kept, next.is_some())).await?;
            }
            Ok(())
        }
        .await;
        batch.extend(next);
        result
    }
}

/// Keeps a write or undoes it, then prepares for the next one or commits. One call for all, since
/// each one passes through a thread.
fn after_write(kept: bool, has_next: bool) -> &'static str {
    match (kept, has_next) {
        (true, true) => "release one; savepoint one",
        (true, false) => "commit",
        (false, true) => "rollback to one",
        (false, false) => "rollback to one; commit",
    }
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Committed {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}
