-- How the database is, and everything it holds about one call, in the order in which it came.

select private.drop_functions('health', 'timeline');

-- health: kind read; key none; called by webhooks/health, services/doctor/examine, cli serve, the demo
create function public.health() returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
begin
    return jsonb_build_object(
        'server_version', current_setting('server_version'),
        'migrations', (select jsonb_build_object('applied', count(*), 'latest', max(m.name))
                         from voicebot_meta.migrations m),
        'jobs', public.job_health(),
        'at', now());
end $$;

-- timeline: kind read; key call_sid; called by the simulator's phone page
-- [{at, table, row}]: a row stands at the moment it was made; the call itself comes first of what is as old.
create function public.timeline(call_sid text, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    shown public.call_history;
begin
    select c.* into shown from public.call_history c where c.call_sid = timeline.call_sid;
    if shown.id is null or not private.may_see_call(actor, shown) then
        return '[]';
    end if;
    return (
        select jsonb_agg(jsonb_build_object('at', e.at, 'table', e.source, 'row', e.content) order by e.at, e.place, e.n)
          from (select shown.created_at as at, 0 as place, 0::bigint as n, 'call_history' as source, to_jsonb(shown) as content
                union all
                select w.received_at, 1, 0, 'webhook_events', to_jsonb(w) - 'payload'
                  from public.webhook_events w where w.subject = shown.call_sid
                union all
                select t.started_at, 2, t.turn, 'call_turns', to_jsonb(t) - 'token'
                  from public.call_turns t where t.call_id = shown.id
                union all
                select t.created_at, 3, t.sequence_number, 'transcripts', to_jsonb(t)
                  from public.transcripts t where t.session_id = shown.id
                union all
                select s.created_at, 4, 0, 'summaries', to_jsonb(s)
                  from public.summaries s where s.session_id = shown.id) e);
end $$;

select private.grant_to_service('health', 'timeline');
