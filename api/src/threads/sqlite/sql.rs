//! SQL statements, each of which uses an index (checked with `EXPLAIN QUERY PLAN` in `tests`).

pub(super) const LIST: &str = "select id, title, created_at, updated_at from threads
    where owner = ?1 order by updated_at desc, id desc limit ?2";

pub(super) const LIST_AFTER: &str = "select id, title, created_at, updated_at from threads
    where owner = ?1 and (updated_at, id) < (?3, ?4) order by updated_at desc, id desc limit ?2";

pub(super) const GET: &str =
    "select id, title, created_at, updated_at, agent, active_run, pause, resumptions from threads
    where id = ?2 and owner = ?1";

pub(super) const NEXT: &str =
    "select id, title, created_at, updated_at, agent, active_run, pause, resumptions from threads
    where owner = ?1 and id > ?2 order by id limit 1";

pub(super) const MESSAGES: &str = "select body from messages where thread = ?1 order by position";

pub(super) const LAST_MESSAGES: &str = "select body from messages
    where thread = ?1 and position < ?2 order by position desc limit ?3";

pub(super) const STATE: &str = "select agent, active_run, pause, resumptions, remembered,
        exists (select 1 from messages where thread = ?2 and id = ?3) as has_message
    from threads where id = ?2 and owner = ?1";

pub(super) const FIND: &str =
    "select position, from_user, agent from messages where thread = ?1 and id = ?2";

pub(super) const CUT: &str = "delete from messages where thread = ?1 and position >= ?2";

/// The last message of a thread.
pub(super) const TAKE_BACK: &str = "delete from messages where thread = ?1 and id = ?2
    and position = (select max(position) from messages where thread = ?1)";

/// Positions have no gaps, so the last one is the count.
pub(super) const SIZE: &str =
    "select (select coalesce(max(position), 0) from messages where thread = ?1), bytes
    from threads where id = ?1";

pub(super) const COUNT: &str = "select count(*) from threads where owner = ?1";

pub(super) const INSERT: &str =
    "insert into threads (id, owner, title, agent, created_at, updated_at, active_run)
    values (?1, ?2, ?3, ?4, ?5, ?5, ?6) on conflict (id) do nothing";

pub(super) const PUT: &str =
    "insert into messages (thread, position, id, from_user, agent, bytes, indexed, body)
    values (?1, (select coalesce(max(position), 0) + 1 from messages where thread = ?1),
        ?2, ?3, ?4, ?5, 0, ?6)
    on conflict (thread, id) do update
        set body = excluded.body, bytes = excluded.bytes, indexed = 0";

pub(super) const START: &str =
    "update threads set agent = ?2, active_run = ?3, updated_at = ?4, pause = null,
    resumptions = ?5, remembered = ?6 where id = ?1";

pub(super) const PAUSE: &str = "select pause from threads where id = ?2 and owner = ?1";

pub(super) const SAVE: &str = "update threads
    set agent = ?4, updated_at = ?5, active_run = case when ?6 then null else active_run end,
        pause = ?7
    where id = ?2 and owner = ?1 and active_run = ?3";

pub(super) const RENAME: &str = "update threads set title = ?3, renamed_at = ?4, indexed = 0
    where id = ?2 and owner = ?1 returning id, title, created_at, updated_at";

pub(super) const DELETE: &str =
    "delete from threads where id = ?2 and owner = ?1 returning active_run";

pub(super) const DELETE_OWNER: &str = "delete from threads where owner = ?1 returning active_run";

/// In batches, so that no transaction takes long. A live run has updated `updated_at`.
pub(super) const DELETE_UNTOUCHED: &str = "delete from threads where number in (
    select number from threads where updated_at < ?1 and renamed_at < ?1
    order by updated_at limit 100)";

/// Except answers of live runs, which still grow.
pub(super) const IS_BEHIND: &str = "select
    exists (select 1 from threads where owner = ?1 and indexed = 0)
    or exists (select 1 from threads join messages on messages.thread = threads.id
        where owner = ?1 and (active_run is null or from_user) and messages.indexed = 0)";

pub(super) const TITLES_BEHIND: &str =
    "select number, title from threads where owner = ?1 and indexed = 0 limit 100";

pub(super) const MESSAGES_BEHIND: &str = "select messages.number, body
    from threads join messages on messages.thread = threads.id
    where owner = ?1 and (active_run is null or from_user) and messages.indexed = 0 limit 100";

/// `?1` is a JSON object from the numbers of threads to their words.
pub(super) const INDEX_TITLES: &str = "insert or replace into thread_words (rowid, words)
        select cast(key as integer), value from json_each(?1);
    update threads set indexed = 1
        where number in (select cast(key as integer) from json_each(?1))";

/// `?1` is a JSON object from the numbers of messages to their words.
pub(super) const INDEX_MESSAGES: &str = "insert or replace into message_words (rowid, words)
        select cast(key as integer), value from json_each(?1);
    update messages set indexed = 1
        where number in (select cast(key as integer) from json_each(?1))";

/// Threads that have all terms in title and messages together, with a score: the occurrences of
/// each word, and the number of texts with each run of characters, titles counting tenfold. Terms
/// are JSON objects from a term's number to its word (`?2`) or phrase (`?3`); `?4` is their count.
pub(super) const SEARCH: &str = "with
    hits (thread, term, uses) as (
        select threads.id, words.key, 10 * count(*) from json_each(?2) as words
            cross join thread_word_uses on thread_word_uses.term = words.value
            cross join threads on threads.number = thread_word_uses.doc
            group by threads.id, words.key
        union all
        select messages.thread, words.key, count(*) from json_each(?2) as words
            cross join message_word_uses on message_word_uses.term = words.value
            cross join messages on messages.number = message_word_uses.doc
            group by messages.thread, words.key
        union all
        select threads.id, phrases.key, 10 from json_each(?3) as phrases
            cross join thread_words on thread_words match phrases.value
            cross join threads on threads.number = thread_words.rowid
        union all
        select messages.thread, phrases.key, 1 from json_each(?3) as phrases
            cross join message_words on message_words match phrases.value
            cross join messages on messages.number = message_words.rowid
    ),
    found (thread, score) as (
        select thread, sum(uses) from hits group by thread having count(distinct term) = ?4
    )
    select id, title, created_at, updated_at, score
    from found cross join threads on threads.id = found.thread
    where owner = ?1";
