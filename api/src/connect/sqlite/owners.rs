//! The table of owners, which threads and notes share. It marks deleted owners.

use crate::{
    connect::{Standing, memory::FORGOTTEN_FOR},
    domain::{OWNER_MAX_BYTES, OwnerId, StoreError},
};
use jiff::Timestamp;
use sqlx::SqliteConnection;

/// Inserts the owner if missing, and clears an expired mark.
pub const ENTER: &str = "insert into owners as known (id) values (?1)
    on conflict (id) do update set forgotten_until =
        case when known.forgotten_until > ?2 then known.forgotten_until end
    returning forgotten_until";

/// Marks an owner as deleted.
pub const MARK: &str = "insert into owners (id, forgotten_until) values (?1, ?2)
    on conflict (id) do update set forgotten_until = excluded.forgotten_until";

/// Clears a mark.
pub const ADMIT: &str =
    "update owners set forgotten_until = null where id = ?1 and forgotten_until is not null";

/// Deletes all notes of an owner.
pub const DELETE_NOTES: &str = "delete from notes where owner = ?1";

/// Deletes the rows of owners whose mark has expired and who have no data.
pub const PURGE: &str = "delete from owners where forgotten_until < ?1
    and not exists (select 1 from notes where owner = owners.id)
    and not exists (select 1 from threads where owner = owners.id)";

/// The bytes of an owner's threads and notes.
pub const BYTES: &str = "select
    (select coalesce(sum(bytes), 0) from threads where owner = ?1)
    + (select coalesce(sum(bytes), 0) from notes where owner = ?1)";

/// The owner's number in the search index.
pub const NUMBER: &str = "select number from owners where id = ?1";

/// Inserts the owner if missing, unless it is marked.
pub async fn enter(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
) -> Result<Standing, StoreError> {
    let mark: Option<i64> = sqlx::query_scalar(ENTER)
        .bind(owner.as_str())
        .bind(Timestamp::now().as_microsecond())
        .fetch_one(connection)
        .await?;
    Ok(match mark {
        Some(_) => Standing::Forgotten,
        None => Standing::Known,
    })
}

/// The number of an owner; `None` for an unknown one.
pub async fn number(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
) -> Result<Option<i64>, StoreError> {
    let number = sqlx::query_scalar(NUMBER).bind(owner.as_str());
    Ok(number.fetch_optional(connection).await?)
}

/// Deletes the notes of an owner, and marks it as deleted, for as long as a request can run.
pub async fn forget(connection: &mut SqliteConnection, owner: &OwnerId) -> Result<(), StoreError> {
    let now = Timestamp::now();
    let until = now.checked_add(FORGOTTEN_FOR).unwrap_or(Timestamp::MAX);
    sqlx::query(DELETE_NOTES)
        .bind(owner.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query(PURGE)
        .bind(now.as_microsecond())
        .execute(&mut *connection)
        .await?;
    sqlx::query(MARK)
        .bind(owner.as_str())
        .bind(until.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets a deleted owner write again.
pub async fn admit(connection: &mut SqliteConnection, owner: &OwnerId) -> Result<(), StoreError> {
    sqlx::query(ADMIT)
        .bind(owner.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether an owner's threads and notes may grow by `bytes`.
pub async fn has_room(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    bytes: usize,
) -> Result<bool, StoreError> {
    let held: i64 = sqlx::query_scalar(BYTES)
        .bind(owner.as_str())
        .fetch_one(connection)
        .await?;
    Ok(usize::try_from(held).unwrap_or(0) + bytes <= OWNER_MAX_BYTES)
}
