-- By which provider entries wait, after what decides it has changed (the triggers route_again).

select private.drop_functions('route_entries');

-- Let up to `most` waiting entries of a campaign, a template or a number go by the provider that they should, what is dialled next
-- first; return how many went another way. Entries that wish for no number of their own all go by one provider.
create or replace function private.route_waiting(what text, thing uuid, most int) returns int
language plpgsql set search_path = '' as $$
declare
    whose constant text := case what when 'campaign' then 'q.campaign_id' when 'template' then 'q.template_id'
                                     when 'caller_number' then 'q.caller_number_id' else 'q.from_number_id' end;
    routed int;
begin
    execute format(
        'with plain as materialized (
             select (select p.id from public.call_templates t join public.call_service_providers p on p.id = t.provider_id
                      where p.kind is not null
                        and t.id = case $1 when ''template'' then $2 else (select c.template_id from public.campaigns c where c.id = $2) end) as id),
         wrong as (
             select q.id, r.provider
               from public.call_queue q cross join plain
               cross join lateral (select case
                   when q.caller_number_id is null and q.from_number_id is null and ($1 = ''template'' or q.template_id is null) then plain.id
                   else private.provider_of_entry(q) end as provider) r
              where %s = $2 and q.status = ''queued'' and q.provider_id is distinct from r.provider
              order by q.priority desc, q.next_attempt_at, q.id limit $3
                for update of q)
         update public.call_queue q set provider_id = wrong.provider from wrong where q.id = wrong.id', whose)
    using what, thing, most;
    get diagnostics routed = row_count;
    return routed;
end $$;

-- route_entries: kind command; key what, thing_id; called by services/dialling/providers
-- A step of the rest: up to `batch` entries. Calling it again goes on; 0: all go as they should.
create function public.route_entries(what text, thing_id uuid, batch int default 500) returns jsonb
language sql set search_path = '' as $$
    select jsonb_build_object('routed', private.route_waiting(route_entries.what, route_entries.thing_id, route_entries.batch))
$$;

select private.share_with_service('route_waiting');
select private.grant_to_service('route_entries');
