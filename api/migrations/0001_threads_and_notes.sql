-- Threads, their messages, and notes, by owner.
--
-- Ids and titles are compared byte by byte (collation "C"), as the program does. Times are
-- microseconds since 1970 in UTC. What people wrote freely is bytea or JSON in text: text alone
-- cannot hold the character NUL.

create table owners (
    -- Who has a row here; it is locked while something of theirs is counted.
    id text collate "C" primary key
);

create table threads (
    id text collate "C" primary key,
    owner text collate "C" not null references owners on delete cascade,
    title bytea not null,
    agent text not null,
    active_run text,
    created_at bigint not null,
    updated_at bigint not null
);

create index threads_by_update on threads (owner, updated_at desc, id desc);

create table messages (
    thread text collate "C" not null references threads on delete cascade,
    position integer not null,
    id text collate "C" not null,
    from_user boolean not null,
    -- The thread's agent when the message came: who answers it again after an edit.
    agent text not null,
    body text not null,
    primary key (thread, position),
    unique (thread, id)
);

create table notes (
    owner text collate "C" not null references owners on delete cascade,
    title text collate "C" not null,
    content bytea not null,
    updated_at bigint not null,
    primary key (owner, title)
);

create index notes_by_update on notes (owner, updated_at desc, title);
