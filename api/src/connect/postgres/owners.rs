//! The table of owners, which threads and notes share: who has a row, and who holds its lock.

/// Makes the owner known and locks its row, so that one caller counts at a time. A single
/// statement, because the row may be deleted at the same time.
pub const LOCK: &str =
    "insert into owners (id) values ($1) on conflict (id) do update set id = excluded.id";

/// Deletes the row of an owner who has nothing left. Whoever adds something waits for the row's
/// lock, or makes this statement wait.
pub const FORGET: &str = "delete from owners where id = $1
    and not exists (select from notes where owner = $1)
    and not exists (select from threads where owner = $1)";
