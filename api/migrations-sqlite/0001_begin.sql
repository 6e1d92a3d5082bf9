-- Everything that outlives the process, in one file.
--
-- Ids and titles are compared byte by byte, as the program does. Times are microseconds since 1970
-- in UTC. A number is what the search index knows a row by; it does not change.

create table owners (
    -- Begins the words of this owner in the search index.
    number integer primary key,
    id text not null unique,
    -- Until then nothing is written for the owner; null for one who was not forgotten.
    forgotten_until integer
) strict;

create index owners_by_mark on owners (forgotten_until) where forgotten_until is not null;

create table threads (
    number integer primary key,
    id text not null unique,
    owner text not null references owners (id) on delete cascade,
    title text not null,
    agent text not null,
    active_run text,
    created_at integer not null,
    updated_at integer not null,
    renamed_at integer not null default 0,
    -- The open interrupts as JSON; null while the thread waits for nothing.
    pause text,
    -- Runs in a row that went on from a pause, since the user's last message.
    resumptions integer not null default 0,
    -- The approvals that hold for the rest of the thread, as a JSON list.
    remembered text not null default '[]',
    -- The bytes of its messages; kept by the triggers below.
    bytes integer not null default 0,
    -- Whether the search index has the title as it is.
    indexed integer not null default 0
) strict;

create index threads_by_update on threads (owner, updated_at desc, id desc);
create index threads_by_owner on threads (owner, id);
create index threads_by_size on threads (owner, bytes);
create index threads_by_age on threads (updated_at);
create index threads_to_index on threads (owner) where indexed = 0;

create table messages (
    number integer primary key,
    thread text not null references threads (id) on delete cascade,
    position integer not null,
    id text not null,
    from_user integer not null,
    -- The thread's agent when the message came: who answers it again after an edit.
    agent text not null,
    bytes integer not null,
    -- Whether the search index has the text as it is.
    indexed integer not null,
    body text not null,
    unique (thread, position),
    unique (thread, id)
) strict;

create index messages_to_index on messages (thread) where indexed = 0;

create trigger message_added after insert on messages begin
    update threads set bytes = bytes + new.bytes where id = new.thread;
end;

create trigger message_changed after update of bytes on messages when new.bytes <> old.bytes begin
    update threads set bytes = bytes + new.bytes - old.bytes where id = new.thread;
end;

-- Words are cut by the program, and begin with their owner's number: one owner's search never
-- touches what others wrote.
create virtual table thread_words using fts5 (words, tokenize = 'ascii');
create virtual table message_words using fts5 (words, tokenize = 'ascii');
create virtual table thread_word_uses using fts5vocab (thread_words, instance);
create virtual table message_word_uses using fts5vocab (message_words, instance);

-- Deleted words are overwritten at once, as everything deleted is.
insert into thread_words (thread_words, rank) values ('secure-delete', 1);
insert into message_words (message_words, rank) values ('secure-delete', 1);

create trigger thread_deleted after delete on threads begin
    delete from thread_words where rowid = old.number;
end;

create trigger message_deleted after delete on messages begin
    update threads set bytes = bytes - old.bytes where id = old.thread;
    delete from message_words where rowid = old.number;
end;

create table notes (
    owner text not null references owners (id) on delete cascade,
    title text not null,
    updated_at integer not null,
    -- Of the title and the content.
    bytes integer not null,
    content blob not null,
    primary key (owner, title)
) strict;

create index notes_by_update on notes (owner, updated_at desc, title);
create index notes_by_size on notes (owner, bytes);
create index notes_by_age on notes (updated_at);

-- What ends by itself: sessions, client secrets and MCP tokens, named by digests and sealed.
create table records (
    name text primary key,
    value blob not null,
    until integer not null
) strict, without rowid;

create index records_by_end on records (until);

create table members (
    name text not null,
    member text not null,
    until integer not null,
    primary key (name, member)
) strict, without rowid;

create index members_by_end on members (until);

-- What is counted within a time: failed sign-ins, messages of an owner.
create table events (
    name text not null,
    at integer not null,
    until integer not null
) strict;

create index events_by_name on events (name, at);
create index events_by_end on events (until);

-- Which run a request with an idempotency key began.
create table requests (
    key text primary key,
    body blob not null,
    run text not null unique,
    thread text not null,
    owner text not null,
    -- Whether the run has begun in its thread; set with that, in one transaction.
    begun integer not null default 0,
    -- What its readers were told first, and where each event ends in it as a JSON list.
    events blob,
    ends text,
    until integer not null
) strict, without rowid;

create index requests_by_end on requests (until);

create trigger run_begun after update of active_run on threads when new.active_run is not null
begin
    update requests set begun = 1 where run = new.active_run;
end;
