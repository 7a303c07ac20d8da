-- Entries that came straight into the table are looked at by the worker; and what nobody may dial any more ends.

select private.drop_functions('unchecked_entries', 'check_entry', 'expire_entries');

-- unchecked_entries: kind read; key none; called by services/dialling/check
-- Entries that nobody has looked at, the oldest first, with what their template asks for.
create function public.unchecked_entries(page_size int default 200) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('entries', coalesce(jsonb_agg(jsonb_build_object(
               'id', u.id, 'to', u.recipient_number, 'timezone', u.timezone, 'variables', coalesce(u.custom_variables, '{}'),
               'updated_at', u.updated_at, 'template', u.content, 'in_campaign', u.campaign_id is not null) order by u.created_at, u.id), '[]'))
      from (select q.*, v.content from public.call_queue q
              left join public.campaigns c on c.id = q.campaign_id
              left join public.call_templates t on t.id = coalesce(q.template_id, c.template_id)
              left join public.call_template_versions v on v.id = t.published_version_id
             where q.status = 'queued' and q.checked_at is null
             order by q.created_at, q.id limit greatest(1, page_size)) u
$$;

-- check_entry: kind fact; key id + updated_at; called by services/dialling/check
-- What the worker found of an entry: where the number is, or why it is never dialled. An entry that was changed meanwhile is
-- looked at again.
create function public.check_entry(
    id uuid, updated_at timestamptz, country text default null, number_type text default null, zones jsonb default null,
    refusal text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    checked int;
begin
    update public.call_queue q
       set status = case when refusal is null then q.status else 'failed' end, last_error = refusal,
           country = check_entry.country, number_type = check_entry.number_type, zones = case when check_entry.zones is not null then array(select jsonb_array_elements_text(check_entry.zones)) end,
           checked_at = now()
     where q.id = check_entry.id and q.status = 'queued' and q.updated_at = check_entry.updated_at;
    get diagnostics checked = row_count;
    return jsonb_build_object('result', case when checked > 0 then 'checked' else 'changed' end);
end $$;

-- expire_entries: kind command; key none; called by services/dialling/check
-- Ends what nobody may dial any more, also where nothing is claimed: a campaign on pause, an account without lines.
create function public.expire_entries(batch int default 1000) returns jsonb
language plpgsql set search_path = '' as $$
declare
    ended int;
begin
    update public.call_queue q set status = 'failed', last_error = 'window_over'
     where q.id in (select e.id from public.call_queue e
                     where e.status = 'queued' and e.not_after <= now()
                     order by e.not_after limit batch for update skip locked);
    get diagnostics ended = row_count;
    return jsonb_build_object('ended', ended);
end $$;

select private.grant_to_service('unchecked_entries', 'check_entry', 'expire_entries');
