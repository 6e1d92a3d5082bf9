//! Loads the file into memory at the start.

use super::sql;
use crate::{connect::sqlite::Sqlite, domain::StoreError, sessions::memory::MemoryRecords};
use jiff::Timestamp;
use std::time::Duration;

/// The records with their remaining lifetime. Expired ones are kept for the sweep.
pub(super) async fn records(store: &Sqlite, memory: &MemoryRecords) -> Result<(), StoreError> {
    let rows: Vec<(String, Vec<u8>, i64)> = store
        .read(|c| {
            Box::pin(async move {
                let rows = sqlx::query_as(sql::RECORDS).fetch_all(c).await?;
                Ok::<_, StoreError>(rows)
            })
        })
        .await?;
    let now = Timestamp::now().as_microsecond();
    for (name, value, until) in rows {
        memory.insert(&name, value, between(now, until));
    }
    Ok(())
}

pub(super) async fn events(store: &Sqlite, memory: &MemoryRecords) -> Result<(), StoreError> {
    let now = Timestamp::now().as_microsecond();
    let rows: Vec<(String, i64, i64)> = store
        .read(move |c| {
            Box::pin(async move {
                let rows = sqlx::query_as(sql::EVENTS).bind(now).fetch_all(c).await?;
                Ok::<_, StoreError>(rows)
            })
        })
        .await?;
    for (name, at, until) in rows {
        memory.restore_event(&name, between(at, now), between(now, until));
    }
    Ok(())
}

fn between(from: i64, to: i64) -> Duration {
    Duration::from_micros(u64::try_from(to.saturating_sub(from)).unwrap_or(0))
}
