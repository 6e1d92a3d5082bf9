//! SQL statements, each of which uses an index (checked with `EXPLAIN` in `tests`).

pub(super) const LIST: &str = "select id, title, created_at, updated_at from threads
    where owner = $1 order by updated_at desc, id desc limit $2";

pub(super) const LIST_AFTER: &str = "select id, title, created_at, updated_at from threads
    where owner = $1 and (updated_at, id) < ($3, $4) order by updated_at desc, id desc limit $2";

pub(super) const GET: &str =
    "select id, title, created_at, updated_at, agent, active_run, pause, resumptions from threads
    where owner = $1 and id = $2";

pub(super) const NEXT: &str =
    "select id, title, created_at, updated_at, agent, active_run, pause, resumptions from threads
    where owner = $1 and id > $2 order by id limit 1";

pub(super) const MESSAGES: &str = "select body from messages where thread = $1 order by position";

pub(super) const LAST_MESSAGES: &str = "select body from messages
    where thread = $1 and position < $2 order by position desc limit $3";

pub(super) const LOCK_THREAD: &str = "select agent, active_run, pause, resumptions, remembered,
        exists (select 1 from messages where thread = $2 and messages.id = $3) as has_message
    from threads where owner = $1 and id = $2 for update";

pub(super) const FIND: &str =
    "select position, from_user, agent from messages where thread = $1 and id = $2";

pub(super) const CUT: &str = "delete from messages where thread = $1 and position >= $2";

/// The last message of a thread.
pub(super) const TAKE_BACK: &str = "delete from messages where thread = $1 and id = $2
    and position = (select max(position) from messages where thread = $1)";

pub(super) const COUNT: &str = "select count(*) from threads where owner = $1";

pub(super) const INSERT: &str =
    "insert into threads (id, owner, title, agent, created_at, updated_at, words)
    values ($1, $2, $3, $4, $5, $5, $6::tsvector) on conflict (id) do nothing";

/// The thread is locked, so the next position is free.
pub(super) const PUT: &str =
    "insert into messages (thread, position, id, from_user, agent, body, bytes, words)
    values ($1, (select coalesce(max(position), 0) + 1 from messages where thread = $1),
        $2, $3, $4, $5, $6, $7::tsvector)
    on conflict (thread, id) do update
        set body = excluded.body, bytes = excluded.bytes, words = excluded.words";

pub(super) const MEASURE: &str = "update threads
    set bytes = (select coalesce(sum(bytes), 0) from messages where thread = $1) where id = $1";

pub(super) const START: &str =
    "update threads set agent = $2, active_run = $3, updated_at = $4, pause = null,
    resumptions = $5, remembered = $6 where id = $1";

pub(super) const PAUSE: &str = "select pause from threads where owner = $1 and id = $2";

pub(super) const SAVE: &str = "update threads
    set agent = $4, updated_at = $5, active_run = case when $6 then null else active_run end,
        pause = $7
    where owner = $1 and id = $2 and active_run = $3";

pub(super) const RENAME: &str =
    "update threads set title = $3, renamed_at = $4, words = $5::tsvector
    where owner = $1 and id = $2 returning id, title, created_at, updated_at";

pub(super) const DELETE: &str =
    "delete from threads where owner = $1 and id = $2 returning active_run";

pub(super) const DELETE_OWNER: &str = "delete from threads where owner = $1 returning active_run";

/// In batches, so that no transaction takes long.
pub(super) const DELETE_UNTOUCHED: &str = "delete from threads where id in (
    select id from threads where updated_at < $1 and renamed_at < $1
    order by updated_at limit 200 for update skip locked)";

/// Threads that have all terms in title and messages together, with a score. The owner is a word of
/// every row, so the index finds the owner's rows by itself. Each term is given twice: as all its
/// lexemes, for finding, and as any of them, for ranking.
pub(super) const SEARCH: &str = "with
    terms as (
        select $1::tsquery && all_of::tsquery as term, any_of::tsquery as weighed, number
        from unnest($2::text[], $3::text[]) with ordinality as given (all_of, any_of, number)
    ),
    hits as (
        select threads.id, terms.number, ts_rank(threads.words, terms.weighed) as rank
        from terms join threads on threads.words @@ terms.term
        union all
        select messages.thread, terms.number, ts_rank(messages.words, terms.weighed)
        from terms join messages on messages.words @@ terms.term
    ),
    found as (
        select id, (sum(rank) * 1000000)::bigint as score from hits
        group by id having count(distinct number) = cardinality($2)
    )
    select id, title, created_at, updated_at, score from found join threads using (id)
    where owner = $4";

/// Texts that may contain a long run of characters, to be checked.
pub(super) const TEXTS: &str = "select id as thread, null as body, title from threads
    where words @@ ($1::tsquery && $2::tsquery)
    union all
    select thread, body, null from messages where words @@ ($1::tsquery && $2::tsquery)";

pub(super) const TITLES_WITHOUT_WORDS: &str =
    "select id, title from threads where owner = $1 and words is null limit 100
    for update skip locked";

pub(super) const MESSAGES_WITHOUT_WORDS: &str = "select thread, position, body
    from messages join threads on threads.id = messages.thread
    where owner = $1 and active_run is null and messages.words is null limit 100
    for update of messages skip locked";

pub(super) const SET_TITLE_WORDS: &str = "update threads set words = $2::tsvector where id = $1";

pub(super) const SET_MESSAGE_WORDS: &str =
    "update messages set words = $3::tsvector where thread = $1 and position = $2";
