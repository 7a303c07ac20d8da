-- Repair: texts of ours that nobody knows the end of, and what the carrier's own list says of them.

select private.drop_functions('unresolved_messages', 'resolve_message', 'known_message_sids');

-- Whether a row is looked at in this second. Drawn from its id and the time: repeating the call lists the same rows.
create or replace function private.has_turn(
    id bigint, since timestamptz, thin_after_s double precision, at timestamptz
) returns boolean
language sql immutable set search_path = '' as $$
    select thin_after_s is null
        or (hashint8extended(id, extract(epoch from at)::bigint) & 65535) / 65536.0
           * extract(epoch from at - since) < thin_after_s
$$;

-- unresolved_messages: kind read; key after_id; called by services/texts/resolve
-- `unknown`: may have been sent, and has no name; a listing may show it. `unsettled`: has a name and no last word.
-- `thin_after_s`: what is n times as old is listed in one call of n only, so that looking costs ever less.
create function public.unresolved_messages(
    older_than_s double precision default 900, page_size int default 100, after_id bigint default 0,
    younger_than_s double precision default 172800, thin_after_s double precision default null
) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'unknown', coalesce((
            select jsonb_agg(to_jsonb(u) order by u.id)
              from (select m.id, m.to_number, m.from_number as our_number, m.channel, m.content, m.kind, m.sending_at
                      from public.sms_history m
                     where m.outbox_state = 'unknown' and m.id > after_id
                       and m.sending_at between now() - make_interval(secs => younger_than_s)
                                            and now() - make_interval(secs => older_than_s)
                       and private.has_turn(m.id, m.sending_at, thin_after_s, now())
                     order by m.id limit page_size) u), '[]'),
        'unsettled', coalesce((
            select jsonb_agg(to_jsonb(s) order by s.id)
              from (select m.id, m.message_sid, m.status, m.sending_at
                      from public.sms_history m
                     where m.outbox_state = 'sent' and m.message_sid is not null and m.id > after_id
                       and m.status in ('accepted', 'scheduled', 'queued', 'sending', 'sent')
                       and m.sending_at between now() - make_interval(secs => younger_than_s)
                                            and now() - make_interval(secs => older_than_s)
                       and private.has_turn(m.id, m.sending_at, thin_after_s, now())
                     order by m.id limit page_size) s), '[]'))
$$;

-- resolve_message: kind command; key message_id, message_sid; called by services/texts/resolve
-- A listed message is the unknown one only if it can be no other: a name that another row owns, and one of two unknown
-- texts that look alike, are bound to nothing.
create function public.resolve_message(
    message_id bigint, message_sid text, status text default null, error_code text default null,
    num_segments int default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.sms_history;
begin
    perform private.lock_sid(resolve_message.message_sid);
    select m.* into held from public.sms_history m where m.id = resolve_message.message_id for update;
    if held.outbox_state is distinct from 'unknown' or resolve_message.message_sid is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_unknown');
    end if;
    if exists (select from public.sms_history o
                where o.outbox_state = 'unknown' and o.id <> held.id and o.to_number = held.to_number
                  and o.from_number = held.from_number and o.content is not distinct from held.content) then
        return jsonb_build_object('result', 'refused', 'code', 'ambiguous');
    end if;
    return private.name_message(
        held, resolve_message.message_sid, coalesce(resolve_message.status, 'queued'),
        nullif(nullif(resolve_message.error_code, ''), '0'), resolve_message.num_segments);
end $$;

-- known_message_sids: kind read; key sids; called by services/upkeep/reconcile, services/texts/resolve
create function public.known_message_sids(sids jsonb) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'known', coalesce(jsonb_object_agg(m.message_sid, jsonb_build_object(
            'id', m.id, 'direction', m.direction, 'status', m.status)), '{}'))
      from public.sms_history m
     where m.message_sid = any (array(select jsonb_array_elements_text(sids)))
$$;

select private.grant_to_service('unresolved_messages', 'resolve_message', 'known_message_sids');
select private.share_with_service('has_turn');
