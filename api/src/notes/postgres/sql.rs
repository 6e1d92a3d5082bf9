//! SQL statements, each of which uses an index (checked with `EXPLAIN` in `tests`).

pub(super) const COUNT_OTHERS: &str = "select count(*) from notes where owner = $1 and title <> $2";

pub(super) const SAVE: &str =
    "insert into notes (owner, title, content, updated_at) values ($1, $2, $3, $4)
    on conflict (owner, title)
    do update set content = excluded.content, updated_at = excluded.updated_at";

pub(super) const GET: &str =
    "select title, content, updated_at from notes where owner = $1 and title = $2";

pub(super) const NEXT: &str = "select title, content, updated_at from notes
    where owner = $1 and title > $2 order by title limit 1";

/// As much of the content as a preview can need: 200 characters of up to 4 bytes.
pub(super) const LIST: &str = "select title, substring(content for 800) as beginning,
        octet_length(content) as bytes, updated_at
    from notes where owner = $1 order by updated_at desc, title limit $2";

pub(super) const LIST_AFTER: &str = "select title, substring(content for 800) as beginning,
        octet_length(content) as bytes, updated_at
    from notes where owner = $1
        and updated_at <= $3 and (updated_at < $3 or title > $4)
    order by updated_at desc, title limit $2";

pub(super) const TITLES: &str =
    "select title from notes where owner = $1 order by updated_at desc, title";

pub(super) const DELETE: &str = "delete from notes where owner = $1 and title = $2";

/// In batches, so that no transaction takes long.
pub(super) const DELETE_UNTOUCHED: &str = "delete from notes where (owner, title) in (
    select owner, title from notes where updated_at < $1
    order by updated_at limit 500 for update skip locked)";
