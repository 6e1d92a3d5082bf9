//! SQL statements, each of which uses an index (checked with `EXPLAIN QUERY PLAN` in `tests`).

/// The number of other notes, and the size of the one with this title.
pub(super) const BEFORE: &str = "select
    (select count(*) from notes where owner = ?1)
        - exists (select 1 from notes where owner = ?1 and title = ?2),
    coalesce((select bytes from notes where owner = ?1 and title = ?2), 0)";

pub(super) const SAVE: &str =
    "insert into notes (owner, title, updated_at, bytes, content) values (?1, ?2, ?3, ?4, ?5)
    on conflict (owner, title) do update set
        updated_at = excluded.updated_at, bytes = excluded.bytes, content = excluded.content";

pub(super) const GET: &str =
    "select title, content, updated_at from notes where owner = ?1 and title = ?2";

pub(super) const NEXT: &str = "select title, content, updated_at from notes
    where owner = ?1 and title > ?2 order by title limit 1";

/// 200 characters have up to 800 bytes.
pub(super) const LIST: &str =
    "select title, substr(content, 1, 800) as beginning, length(content) as bytes, updated_at
    from notes where owner = ?1 order by updated_at desc, title limit ?2";

pub(super) const LIST_AFTER: &str =
    "select title, substr(content, 1, 800) as beginning, length(content) as bytes, updated_at
    from notes where owner = ?1 and updated_at <= ?3 and (updated_at < ?3 or title > ?4)
    order by updated_at desc, title limit ?2";

pub(super) const TITLES: &str =
    "select title from notes where owner = ?1 order by updated_at desc, title";

pub(super) const DELETE: &str = "delete from notes where owner = ?1 and title = ?2";

/// In batches, so that no transaction takes long.
pub(super) const DELETE_UNTOUCHED: &str = "delete from notes where rowid in (
    select rowid from notes where updated_at < ?1 order by updated_at limit 100)";
