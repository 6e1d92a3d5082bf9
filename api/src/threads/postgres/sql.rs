//! The statements, each planned over an index (proved by `EXPLAIN` in `tests`).

/// Reads both tables as they were at one moment.
pub(super) const BEGIN_SNAPSHOT: &str =
    "begin transaction isolation level repeatable read read only";

pub(super) const LIST: &str = "select id, title, created_at, updated_at from threads
    where owner = $1 order by updated_at desc, id desc limit $2";

pub(super) const LIST_AFTER: &str = "select id, title, created_at, updated_at from threads
    where owner = $1 and (updated_at, id) < ($3, $4) order by updated_at desc, id desc limit $2";

pub(super) const GET: &str =
    "select id, title, created_at, updated_at, agent, active_run, pause from threads
    where owner = $1 and id = $2";

pub(super) const MESSAGES: &str = "select body from messages where thread = $1 order by position";

pub(super) const LOCK_THREAD: &str =
    "select agent, active_run, pause, resumptions, remembered from threads
    where owner = $1 and id = $2 for update";

pub(super) const FIND: &str =
    "select position, from_user, agent from messages where thread = $1 and id = $2";

pub(super) const CUT: &str = "delete from messages where thread = $1 and position >= $2";

pub(super) const COUNT: &str = "select count(*) from threads where owner = $1";

pub(super) const INSERT: &str =
    "insert into threads (id, owner, title, agent, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $5)";

/// The thread is locked, so nobody else takes the next position.
pub(super) const PUT: &str = "insert into messages (thread, position, id, from_user, agent, body)
    values ($1, (select coalesce(max(position), 0) + 1 from messages where thread = $1), $2, $3, $4, $5)
    on conflict (thread, id) do update set body = excluded.body";

pub(super) const START: &str =
    "update threads set agent = $2, active_run = $3, updated_at = $4, pause = null,
    resumptions = $5, remembered = $6 where id = $1";

pub(super) const PAUSE: &str = "select pause from threads where owner = $1 and id = $2";

pub(super) const SAVE: &str = "update threads
    set agent = $4, updated_at = $5, active_run = case when $6 then null else active_run end,
        pause = $7
    where owner = $1 and id = $2 and active_run = $3";

pub(super) const RENAME: &str = "update threads set title = $3 where owner = $1 and id = $2
    returning id, title, created_at, updated_at";

pub(super) const DELETE: &str =
    "delete from threads where owner = $1 and id = $2 returning active_run";

pub(super) const DELETE_OWNER: &str = "delete from threads where owner = $1 returning active_run";
