-- What a call may know of its person from elsewhere: asked for once, when the call begins.

drop function if exists private.said_elsewhere(text, text, uuid);
-- The last texts with this number of ours and the last calls' summaries, of a number that is proven to be its account's, as far as
-- they were the organization's: what a person said to another one is not known here. Nothing is looked up for any other number.
-- Whether the caller may hear of it is decided by whoever assembles the model's context.
create or replace function private.said_elsewhere(theirs text, ours text, person uuid, organization uuid) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_generic_plan as $$
begin
    if not exists (
        select from public.phone_links l
         where l.phone_number = theirs and l.user_id = person and l.verified) then
        return null;
    end if;
    return jsonb_build_object(
        'texts', coalesce((
            select jsonb_agg(jsonb_build_object('at', t.at, 'direction', t.direction, 'content', t.content) order by t.id)
              from (select m.id, m.direction, left(m.content, 300) as content, coalesce(m.observed_at, m.created_at) as at
                      from public.conversations c
                      join public.sms_history m on m.conversation_id = c.id
                     where c.id = private.thread_of('sms', theirs, ours) and c.organization_id is not distinct from organization
                       and m.kind is distinct from 'operator_notice' and m.kind is distinct from 'verification'
                       and m.content <> ''
                     order by m.id desc limit 5) t), '[]'),
        'calls', coalesce((
            select jsonb_agg(jsonb_build_object('at', h.started_at, 'summary', left(h.summary, 600)) order by h.id)
              from (select c.id, c.started_at, c.summary from public.call_history c
                     where c.phone_number = theirs and c.summary <> '' and c.organization_id is not distinct from organization
                     order by c.id desc limit 3) h), '[]'));
end $$;

select private.share_with_service('said_elsewhere');
