-- When a dead letter was resolved, null while it is open, and the ids of the documents that
-- resolved it, as a JSON array. It is kept all the same.
alter table dead_letters add column resolved_at text;
alter table dead_letters add column resolved_by text not null default '[]';
