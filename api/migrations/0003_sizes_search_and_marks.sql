-- Sizes, search, retention, and marks of forgotten owners.

alter table owners
    -- Until then nothing is written for the owner; null for one who was not forgotten.
    add column forgotten_until bigint;

create index owners_by_mark on owners (forgotten_until) where forgotten_until is not null;

alter table threads
    add column renamed_at bigint not null default 0,
    -- The bytes of its messages, as `messages.bytes` counts them.
    add column bytes bigint not null default 0,
    -- The title, for searches; null until it has been cut into words.
    add column words tsvector;

alter table messages
    add column bytes integer not null default 0,
    -- The owner and the content, for searches; null until it has been cut into words.
    add column words tsvector;

update messages set bytes = octet_length(body);
update threads set bytes = (select coalesce(sum(bytes), 0) from messages where thread = threads.id);

create index threads_by_age on threads (updated_at);
create index notes_by_age on notes (updated_at);
create index threads_by_words on threads using gin (words);
create index messages_by_words on messages using gin (words);
create index threads_without_words on threads (owner) where words is null;
create index messages_without_words on messages (thread) where words is null;
