//! SQL statements, each of which uses an index (checked with `EXPLAIN QUERY PLAN` in `tests`).

pub(super) const INSERT: &str =
    "insert into requests (key, body, run, thread, owner, until) values (?1, ?2, ?3, ?4, ?5, ?6)
    on conflict (key) do update set body = excluded.body, run = excluded.run,
        thread = excluded.thread, owner = excluded.owner, begun = 0, events = null, ends = null,
        until = excluded.until";

pub(super) const KEEP_EVENTS: &str = "update requests set events = ?2, ends = ?3 where run = ?1";

/// At the end of a run: only its key is needed.
pub(super) const DROP_EVENTS: &str =
    "update requests set events = null, ends = null where run = ?1";

pub(super) const DELETE: &str = "delete from requests where run = ?1";

pub(super) const SWEEP: &str = "delete from requests where until <= ?1";

/// At the start: a run that did not reach its thread was never acknowledged.
pub(super) const DELETE_NOT_BEGUN: &str = "delete from requests where begun = 0";

/// At the start: each key, and whether its run is still the active one of its thread.
pub(super) const ALL: &str =
    "select key, body, run, events, ends, requests.thread as thread, requests.owner as owner,
        exists (select 1 from threads where id = requests.thread and active_run = run) as live
    from requests";
