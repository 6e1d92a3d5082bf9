-- What a thread waits for between two runs.

alter table threads
    -- The open interrupts as JSON; null while the thread waits for nothing.
    add column pause text,
    -- Runs in a row that went on from a pause, since the user's last message.
    add column resumptions integer not null default 0,
    -- The approvals that hold for the rest of the thread, as a JSON list.
    add column remembered text not null default '[]';
