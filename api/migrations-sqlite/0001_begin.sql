-- Threads, messages, notes and what ends by itself, in one file.
--
-- Times are microseconds since 1970 in UTC. Ids and titles are compared byte by byte.

create table owners (
    -- Short, for the words of the search index.
    number integer primary key,
    id text not null unique
) strict;
