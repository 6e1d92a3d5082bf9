-- A message begins its thread and its run in one statement; a live run is found by its thread, and
-- its first event is made again from the message.

alter table requests drop column events;
alter table requests drop column ends;

create trigger run_begun_with_thread after insert on threads when new.active_run is not null
begin
    update requests set begun = 1 where run = new.active_run;
end;
