-- What came before an organization was there, or before a number was its: nobody's calls and threads, which it may be given. What
-- belongs to another organization never moves.

select private.drop_functions('place_history');

-- How many calls and threads over a number belong to nobody, up to 10,001 of each.
create or replace function private.unplaced(number text) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'calls', (select count(*) from (
            select from public.call_history c
             where c.organization_id is null and (c.to_number = number or c.from_number = number)
               and private.our_number(c) = number limit 10001) one),
        'threads', (select count(*) from (
            select from public.conversations t
             where t.organization_id is null and private.bare_number(t.our_number) = number limit 10001) one))
$$;

create or replace function private.ask_to_place(organization uuid, number_id uuid) returns void
language plpgsql set search_path = '' as $$
begin
    perform jobs.defer('place_history', jsonb_build_object('organization_id', organization, 'number_id', number_id));
end $$;

-- place_history: kind command; key organization_id, number_id; called by services/numbers/history
-- Gives an organization what belongs to nobody and came over a number; without one, all there is, which the only organization gets
-- as it is made. `batch` rows of each kind at most; `moved`: how many, 0 once nothing is left. A thread is left where it is when the
-- organization has one with the same person over that number already.
create function public.place_history(organization_id uuid, number_id uuid default null, batch int default 1000) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    whose constant uuid := (select o.id from public.organizations o
                             where o.id = place_history.organization_id and o.deleted_at is null);
    the_number constant text := (select n.full_number from public.provider_phone_numbers n where n.id = place_history.number_id);
    calls bigint[];
    threads uuid[];
    entries uuid[];
begin
    if whose is null
       or (place_history.number_id is null and private.sole_organization() is distinct from whose)
       or (place_history.number_id is not null and not exists (
               select from public.provider_phone_numbers n where n.id = place_history.number_id and n.organization_id = whose)) then
        return '{"moved": 0}';
    end if;
    calls := array(
        select c.id from public.call_history c
         where c.organization_id is null and c.direction is not null
           and (the_number is null or ((c.to_number = the_number or c.from_number = the_number) and private.our_number(c) = the_number))
         order by c.id limit place_history.batch for update skip locked);
    threads := array(
        select t.id from public.conversations t
         where t.organization_id is null and (the_number is null or private.bare_number(t.our_number) = the_number)
           and not exists (select from public.conversations o
                            where o.channel = t.channel and o.person_number = t.person_number and o.our_number = t.our_number
                              and o.organization_id = whose)
         order by t.id limit place_history.batch for update skip locked);
    entries := array(
        select q.id from public.call_queue q
         where q.organization_id is null and (the_number is null or q.from_number_id = place_history.number_id)
         order by q.id limit place_history.batch for update skip locked);
    update public.call_history c set organization_id = whose where c.id = any (calls);
    update public.summaries s set organization_id = whose where s.session_id = any (calls) and s.organization_id is null;
    update public.conversations t set organization_id = whose where t.id = any (threads);
    update public.inbox_items i set organization_id = whose
     where (i.call_id = any (calls) or i.conversation_id = any (threads)) and i.organization_id is null;
    update public.call_queue q set organization_id = whose where q.id = any (entries);
    update public.inbox_items i set organization_id = whose where i.call_queue_id = any (entries) and i.organization_id is null;
    if the_number is null then
        update public.campaigns g set organization_id = whose where g.organization_id is null;
        update public.call_series s set organization_id = whose where s.organization_id is null;
    end if;
    return jsonb_build_object('moved', cardinality(calls) + cardinality(threads) + cardinality(entries));
end $$;

select private.share_with_service('unplaced', 'ask_to_place');
select private.grant_to_service('place_history');
