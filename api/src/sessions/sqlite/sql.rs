//! SQL statements, each of which uses an index (checked with `EXPLAIN QUERY PLAN` in `tests`).

pub(super) const PUT: &str = "insert into records (name, value, until) values (?1, ?2, ?3)
    on conflict (name) do update set value = excluded.value, until = excluded.until";

pub(super) const RENEW: &str = "update records set until = ?2 where name = ?1";

pub(super) const TAKE: &str = "delete from records where name = ?1 returning value";

pub(super) const SWAP: &str = "update records set value = ?3 where name = ?1 and value = ?2";

/// A new record of the same name may exist by now.
pub(super) const DELETE_EXPIRED: &str = "delete from records where name = ?1 and until <= ?2";

/// An expired set does not exist.
pub(super) const PURGE_SET: &str = "delete from members where name = ?1 and until <= ?2";

/// Unless `?4` others are in the set.
pub(super) const ADD_MEMBER: &str = "insert into members (name, member, until)
    select ?1, ?2, ?3
    where (select count(*) from members where name = ?1 and member <> ?2) < ?4
    on conflict (name, member) do update set until = max(until, excluded.until)";

/// The members of a set expire together.
pub(super) const KEEP_SET: &str =
    "update members set until = max(until, ?2) where name = ?1 and until < ?2";

pub(super) const REMOVE_MEMBER: &str = "delete from members where name = ?1 and member = ?2";

pub(super) const MEMBERS: &str = "select member from members where name = ?1 and until > ?2";

pub(super) const SWEEP_MEMBERS: &str = "delete from members where until <= ?1";

pub(super) const COUNT: &str = "insert into events (name, at, until) values (?1, ?2, ?3)";

pub(super) const UNCOUNT: &str = "delete from events where rowid =
    (select rowid from events where name = ?1 order by at desc limit 1)";

pub(super) const SWEEP_EVENTS: &str = "delete from events where until <= ?1";

/// Includes expired records, whose owners may have data to delete.
pub(super) const RECORDS: &str = "select name, value, until from records";

pub(super) const EVENTS: &str = "select name, at, until from events where until > ?1 order by at";
