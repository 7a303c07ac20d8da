-- Everything that the database holds about the texts with one number, in the order in which it came.

select private.drop_functions('thread_timeline');

-- thread_timeline: kind read; key number; called by the simulator's phone page
-- [{at, table, row}], as `timeline` is for a call. Of a verification no nonce: whoever looks has no use for it.
create function public.thread_timeline(number text, page_size int default 200) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    whose constant text := private.person_number(thread_timeline.number);
    person constant uuid := (select l.user_id from public.phone_links l where l.phone_number = whose);
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'table', e.source, 'row', e.content)
                                  order by e.at, e.place, e.n), '[]')
          from (select * from (
                select u.created_at as at, 0 as place, 0::bigint as n, 'user_profiles' as source, to_jsonb(u) as content
                  from public.user_profiles u where u.user_id = person
                union all
                select c.created_at, 1, 0, 'conversations',
                       to_jsonb(c) - 'answer_token' || jsonb_build_object(
                           'suppressed', private.suppressed_view(whose),
                           'blocked', private.block_answer(whose) is not null)
                  from public.conversations c where c.person_number = whose
                union all
                select m.created_at, 2, m.id, 'sms_history', to_jsonb(m) - 'outbox_token'
                  from public.sms_history m where m.phone_number = whose
                union all
                select o.created_at, 3, o.id, 'onboarding_messages', to_jsonb(o)
                  from public.onboarding_messages o where o.phone_number = whose
                union all
                select v.created_at, 4, 0, 'verifications', to_jsonb(v) - 'nonce'
                  from public.verifications v where v.phone_number = whose
                union all
                select c.created_at, 5, c.id, 'consents', to_jsonb(c)
                  from public.consents c where c.phone_number = whose
                union all
                select s.created_at, 6, s.id, 'suppressions', to_jsonb(s)
                  from public.suppressions s where s.phone_number = whose
                union all
                select x.created_at, 7, 0, 'support_escalations', to_jsonb(x)
                  from public.support_escalations x join public.conversations c on c.id = x.conversation_id
                 where c.person_number = whose) every
                 order by at desc, place desc, n desc
                 limit greatest(1, thread_timeline.page_size)) e);
end $$;

select private.grant_to_service('thread_timeline');
