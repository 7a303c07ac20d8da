-- What the pages that somebody watches are asked about once a second: did it change, and may those who watch still see it.

select private.drop_functions('console_pulse');

-- One word for how a thing stands now; another word means that a page about it has to be made anew. Null: nobody knows.
-- Only what a page shows counts, and only by indexes: this runs every second while somebody watches.
create or replace function private.pulse_of(topic text) returns text
language plpgsql stable set search_path = '' as $$
declare
    kind constant text := split_part(topic, ':', 1);
    name constant text := nullif(split_part(topic, ':', 2), '');
begin
    case kind
        when 'calls' then
            -- The newest, in whatever state; an older one counts while it runs.
            return (
                select concat_ws('/', count(*), max(n.updated_at), max(n.id),
                                 count(*) filter (where n.ended_at is null))
                  from (select c.id, c.updated_at, c.ended_at from public.call_history c
                         order by coalesce(c.started_at, c.created_at) desc, c.id desc limit 200) n);
        when 'call' then
            return (
                select concat_ws('/', c.updated_at, t.said, s.summarised, w.told, n.turns, k.asked, h.state)
                  from public.call_history c,
                       lateral (select concat_ws('+', count(*), max(t.updated_at)) as said
                                  from public.transcripts t where t.session_id = c.id) t,
                       lateral (select max(s.updated_at) as summarised from public.summaries s where s.session_id = c.id) s,
                       lateral (select count(*) as told from public.webhook_events e where e.subject = c.call_sid) w,
                       lateral (select concat_ws('+', count(*), max(n.finished_at)) as turns
                                  from public.call_turns n where n.call_id = c.id) n,
                       lateral (select concat_ws('+', count(*), count(k.done_at)) as asked
                                  from public.call_commands k where k.call_id = c.id) k,
                       lateral (select max(concat_ws('+', h.held_by, h.muted, h.stream_lease is not null, h.transferring)) as state
                                  from public.call_states h where h.call_id = c.id) h
                 where c.public_id = name::uuid);
        when 'queue' then
            return concat_ws('/', (select max(q.created_at) from public.call_queue q),
                             (select concat_ws('+', count(*), max(q.updated_at)) from public.call_queue q
                               where q.status = 'in-progress'));
        when 'incidents' then
            return (select concat_ws('/', count(*), max(i.opened_at)) from public.incidents i where i.closed_at is null);
        when 'alerts' then
            return (select concat_ws('/', count(*), max(f.fired_at), max(f.id::text)) from public.alert_firings f where f.resolved_at is null);
        when 'threads' then
            -- What is open, the most urgent first, and what was written last in whatever state.
            return (
                select concat_ws('/', o.open, w.written)
                  from (select concat_ws('+', count(*), max(n.updated_at)) as open
                          from (select i.updated_at from public.inbox_items i where i.state = 'open'
                                 order by i.rank, i.place, i.id limit 200) n) o,
                       (select concat_ws('+', count(*), max(n.updated_at)) as written
                          from (select c.updated_at from public.conversations c
                                 order by coalesce(c.last_message_at, c.created_at) desc, c.id limit 200) n) w);
        when 'thread' then
            return (
                select concat_ws('/', i.updated_at, i.version, m.texts, n.notes)
                  from public.inbox_items i,
                       lateral (select concat_ws('+', count(*), max(m.updated_at)) as texts
                                  from public.sms_history m where m.conversation_id = i.conversation_id) m,
                       lateral (select count(*) as notes from public.inbox_notes n where n.item_id = i.id) n
                 where i.id = name::uuid);
        when 'campaign' then
            return (select g.updated_at::text from public.campaigns g where g.id = split_part(topic, ':', 2)::uuid);
        else
            return null;
    end case;
exception when invalid_text_representation then
    return null;
end $$;

-- console_pulse: kind read; key topics; called by console
-- `marks`: topic -> how it stands; one of which nobody knows is left out. `sessions`: hash -> who holds it now, as
-- "user organization role"; one that was ended is left out.
create function public.console_pulse(topics jsonb, sessions jsonb default '[]') returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
begin
    return jsonb_build_object(
        'marks', (
            select coalesce(jsonb_object_agg(t.topic, t.mark), '{}')
              from (select topic, private.pulse_of(topic) as mark from jsonb_array_elements_text(topics) as topic) t
             where t.mark is not null),
        'sessions', (
            select coalesce(jsonb_object_agg(s.hash, concat_ws(' ',
                       coalesce(s.held ->> 'user_id', '-'), coalesce(s.held ->> 'organization_id', '-'), s.held ->> 'role')), '{}')
              from (select hash, public.console_session(hash) as held
                      from jsonb_array_elements_text(sessions) as hash) s
             where s.held ->> 'result' = 'found'));
end $$;

select private.share_with_service('pulse_of');
select private.grant_to_service('console_pulse');
