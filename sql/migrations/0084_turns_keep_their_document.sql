-- A turn that is over as soon as it is opened is one row: what it came to and the first document that says it stand in it. Before,
-- each was a row of its own, with a look at the turn and an index. What is answered bit by bit stands as before.

alter table public.call_turns
    add column parts jsonb, add column document text, add column parts_served integer, add column speech jsonb;

-- Every document, wherever it stands.
create view private.served_documents with (security_invoker = true) as
    select t.call_id, t.turn, 0 as document, t.document as body, t.parts_served, t.speech, t.finished_at as served_at
      from public.call_turns t where t.document is not null
    union all
    select d.call_id, d.turn, d.document, d.body, d.parts_served, d.speech, d.served_at from public.call_turn_documents d;
revoke all on private.served_documents from public, anon, authenticated;
grant select on private.served_documents to service_role;

-- A call's state is written at each turn: up to half a page it is neither compressed nor put aside for that.
alter table public.call_states set (toast_tuple_target = 4080, fillfactor = 50);
