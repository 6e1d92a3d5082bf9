//! The table of owners, which threads and notes share. Its rows serve as locks, and mark deleted
//! owners.

use super::statement::{query, query_scalar};
use crate::{
    connect::{Standing, memory::FORGOTTEN_FOR},
    domain::{OWNER_MAX_BYTES, OwnerId, StoreError},
};
use jiff::Timestamp;
use sqlx::PgConnection;

/// Inserts the owner if missing and locks its row, so that one caller counts at a time; returns the
/// mark of a deleted owner. A single statement, because the row may be deleted concurrently. It
/// clears an expired mark, so that a deletion of the row that waits for this lock finds none.
pub const LOCK: &str = "insert into owners as known (id) values ($1)
    on conflict (id) do update set forgotten_until =
        case when known.forgotten_until > $2 then known.forgotten_until end
    returning forgotten_until";

/// Marks a locked owner as deleted.
pub const MARK: &str = "update owners set forgotten_until = $2 where id = $1";

/// Clears a mark.
pub const ADMIT: &str =
    "update owners set forgotten_until = null where id = $1 and forgotten_until is not null";

/// Deletes all notes of an owner.
pub const DELETE_NOTES: &str = "delete from notes where owner = $1";

/// Deletes the rows of owners whose mark has expired and who have no data.
pub const PURGE: &str = "delete from owners where forgotten_until < $1
    and not exists (select from notes where owner = owners.id)
    and not exists (select from threads where owner = owners.id)";

/// The bytes of an owner's threads and notes.
pub const BYTES: &str = "select
    (select coalesce(sum(bytes), 0)::bigint from threads where owner = $1)
    + (select coalesce(sum(octet_length(content)), 0)::bigint from notes where owner = $1)";

/// Locks an owner's row until the transaction ends.
pub async fn lock(connection: &mut PgConnection, owner: &OwnerId) -> Result<Standing, StoreError> {
    let now = Timestamp::now().as_microsecond();
    let mark: Option<i64> = query_scalar(LOCK)
        .bind(owner.as_str())
        .bind(now)
        .fetch_one(connection)
        .await?;
    Ok(match mark {
        Some(_) => Standing::Forgotten,
        None => Standing::Known,
    })
}

/// Deletes the notes of a locked owner, and marks it as deleted, for as long as a request can run.
pub async fn forget(connection: &mut PgConnection, owner: &OwnerId) -> Result<(), StoreError> {
    let now = Timestamp::now();
    let until = now.checked_add(FORGOTTEN_FOR).unwrap_or(Timestamp::MAX);
    query(DELETE_NOTES)
        .bind(owner.as_str())
        .execute(&mut *connection)
        .await?;
    query(PURGE)
        .bind(now.as_microsecond())
        .execute(&mut *connection)
        .await?;
    query(MARK)
        .bind(owner.as_str())
        .bind(until.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets a deleted owner write again.
pub async fn admit(connection: &mut PgConnection, owner: &OwnerId) -> Result<(), StoreError> {
    query(ADMIT)
        .bind(owner.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether a locked owner's threads and notes may grow by `bytes`.
pub async fn has_room(
    connection: &mut PgConnection,
    owner: &OwnerId,
    bytes: usize,
) -> Result<bool, StoreError> {
    let held: i64 = query_scalar(BYTES)
        .bind(owner.as_str())
        .fetch_one(connection)
        .await?;
    Ok(usize::try_from(held).unwrap_or(0) + bytes <= OWNER_MAX_BYTES)
}
