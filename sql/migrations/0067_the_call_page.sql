-- What the page of a call shows besides what the call wrote itself.

-- Who looked at one thing, watched it and stepped in.
create index audit_log_object_idx on public.audit_log (object_type, object_id, at desc) where object_id is not null;
