//! SQL statements, each of which uses an index (checked with `EXPLAIN QUERY PLAN` in `tests`).

pub(super) const INSERT: &str =
    "insert into requests (key, body, run, thread, owner, until) values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (key) do update set body = excluded.body, run = excluded.run,
        thread = excluded.thread, owner = excluded.owner, begun = 0, until = excluded.until";

pub(super) const DELETE: &str = "delete from requests where run = ?1";

pub(super) const SWEEP: &str = "delete from requests where until <= ?1";

/// At the start: a run that did not reach its thread was never acknowledged.
pub(super) const DELETE_NOT_BEGUN: &str = "delete from requests where begun = 0";

/// At the start: all keys.
pub(super) const KEYS: &str = "select key, body, run, thread, owner from requests";

/// At the start: the runs that are still active in their threads, but for those that nobody would
/// look for any more.
pub(super) const LIVE: &str = "select active_run as run, id as thread, owner from threads
    where updated_at > ?1 and active_run is not null";
