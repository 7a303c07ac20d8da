-- One telephone, one person: however a carrier spells a number, one form of it decides whose it is. What a row is known by
-- (phone_number, person_number, number) holds that form; what is sent back to the carrier (from_number, to_number,
-- customer_identifier) keeps the carrier's spelling.

-- A withheld number: a word that networks write in its place, the word on a telephone's keys, or a number that no
-- telephone has. domain/not_given.py knows more words; only these come with a plus sign.
create function private.is_withheld(address text) returns boolean
language sql immutable parallel safe set search_path = '' as $$
    select case
        when address ~ '^\+?1?[0-9]+$' or address ~ '^00[0-9]+$' then address ~
            ('^(\+|00)?1?(266696687|86282452253|8656696|2562533|7378742833|7748283|94844353|668282452253|86547833|72974663'
             '|688632732|7748283686237|7748283225537|8656696225537|66686237|464|0000123456|0{3,}|1{8,}|9{8,})$')
        when address ~ '^\+' then false
        when address ~* '^"?[a-z ]*"? ?<?(sips?|tel):' then address ~*
            '(sips?|tel):(anonymous|restricted|unavailable|unknown|private|blocked|withheld)?(@|;|>|$)'
        else lower(regexp_replace(address, '[^[:alnum:]]+', '', 'g')) in (
            '', 'anonymous', 'unavailable', 'unknown', 'blocked', 'restricted', 'private', 'withheld', 'hidden', 'notavailable',
            'unlisted', 'payphone', 'outofarea', 'privatenumber', 'privatecaller', 'unknownnumber', 'unknowncaller',
            'anonymouscaller', 'restrictednumber', 'blockednumber', 'blockedcaller', 'nocallerid', 'callerunknown', 'nonumber',
            'null', 'none', 'undefined', 'na') end
$$;

-- The one form of a telephone's number: without the channel and without a trunk zero, and as its country writes it today.
-- `anonymous` stands for a withheld number; what is no telephone's number comes back as it is. The same as
-- domain/person/phone.py (person_number), which also reads national forms.
create function private.person_number(address text) returns text
language plpgsql immutable parallel safe set search_path = '' as $$
declare
    bare text := address;
begin
    if bare ~* '^whatsapp:' then
        bare := btrim(substr(bare, 10));
    end if;
    -- Most numbers of some houses: nothing to look for.
    if bare ~ '^\+1[2-9][0-9]{9}$' and bare not in ('+17378742833', '+19999999999') then
        return bare;
    end if;
    if bare !~ '^\+[0-9]+$' then
        bare := btrim(regexp_replace(btrim(bare), '^(whatsapp:|(?!sips?:|client:)[a-z][a-z0-9.-]{1,30}:\s*(?=\+))', '', 'i'));
    end if;
    if private.is_withheld(bare) then
        return 'anonymous';
    end if;
    if bare !~ '^\+[1-9][0-9]{6,17}$' or bare ~ '^\+1[2-9]' then
        return bare;
    end if;
    -- Behind these codes no number begins with a zero.
    if bare ~ '^\+[2-9][0-9]{1,2}0' then
        bare := regexp_replace(bare,
            '^\+(20|27|31|32|33|40|41|43|44|46|49|51|53|54|55|57|58|60|61|62|63|64|66|81|82|84|86|9[0-58]'
            '|21[1238]|23[1-4]|243|249|250(?=0[27])|25[124-6]|26[0-5]|291|35[3589]|37[0347]|38[0-35-79]|42[13]|508|59[01345683]'
            '|686|850|85[56]|880|886|96[1-467]|97[0-2]|97[67]|99[4-6])0([1-9])', '+\1\2');
    end if;
    return case left(bare, 3)
        -- Mexico: the 1 of mobiles went in 2019.
        when '+52' then regexp_replace(bare, '^\+52(1|01|044|045)([0-9]{10})$', '+52\2')
        -- Brazil: mobiles have nine digits since 2016.
        when '+55' then regexp_replace(bare, '^\+55([1-9][1-9])([6-9][0-9]{7})$', '+55\19\2')
        -- Argentina: a mobile is dialled with a 9 from abroad and with a 15 at home, and shows neither when it calls.
        when '+54' then regexp_replace(regexp_replace(bare,
                '^\+54(11(?=15[0-9]{8}$)|[23][0-9]{2}(?=15[0-9]{7}$)|[23][0-9]{3}(?=15[0-9]{6}$))15', '+54\1'),
            '^\+54(11[0-9]{8}|[23][0-9]{9})$', '+549\1')
        -- Benin: 01 stands before all numbers since 2024. Ivory Coast: the operator before mobiles since 2021.
        when '+22' then case
            when bare ~ '^\+229[0-9]{8}$' then '+22901' || substr(bare, 5)
            when bare ~ '^\+225[04-9][0-3][0-9]{6}$' then '+22501' || substr(bare, 5)
            when bare ~ '^\+225[04-9][4-6][0-9]{6}$' then '+22505' || substr(bare, 5)
            when bare ~ '^\+225[04-9][7-9][0-9]{6}$' then '+22507' || substr(bare, 5)
            else bare end
        -- Gabon: the operator stands before mobiles since 2019.
        when '+24' then regexp_replace(regexp_replace(
            bare, '^\+2410([256][0-9]{6})$', '+2416\1'), '^\+2410([47][0-9]{6})$', '+2417\1')
        else bare end;
end $$;

-- The forms under which others may know a telephone (auth.users keeps what somebody signed up with).
create function private.spellings(number text) returns text[]
language sql immutable parallel safe set search_path = '' as $$
    select array_remove(array[
        number,
        case when number ~ '^\+52[0-9]{10}$' then '+521' || substr(number, 4) end,
        case when number ~ '^\+55[1-9][1-9]9[6-9][0-9]{7}$' then left(number, 5) || substr(number, 7) end,
        case when number ~ '^\+549[0-9]{10}$' then '+54' || substr(number, 5) end,
        case when number ~ '^\+22901[0-9]{8}$' then '+229' || substr(number, 7) end,
        case when number ~ '^\+2250[157][0-9]{8}$' then '+225' || substr(number, 7) end], null)
$$;

select private.share_with_service('is_withheld', 'person_number', 'spellings');

-- --- rows of before: a withheld number was an account, two spellings were two people ------------------------------

alter table public.conversations disable trigger touch_updated_at;
alter table public.phone_links disable trigger touch_updated_at;
alter table public.sms_history disable trigger touch_updated_at;
alter table public.call_history disable trigger touch_updated_at;

-- Accounts that withheld callers shared: nobody's, with what several people said of themselves.
create temporary table shared_accounts on commit drop as
select l.user_id from public.phone_links l
  join auth.users u on u.id = l.user_id
 where private.person_number(l.phone_number) = 'anonymous' and u.email is null
   and private.person_number('+' || u.phone) = 'anonymous'
   and not exists (select from public.phone_links o
                    where o.user_id = l.user_id and private.person_number(o.phone_number) <> 'anonymous');
delete from public.phone_links l where private.person_number(l.phone_number) = 'anonymous';
delete from auth.users u where u.id in (select s.user_id from shared_accounts s);

-- Accounts of one telephone: the proven one stays, else the one that is spelt as it should be, else the eldest.
create temporary table one_person on commit drop as
select l.id, l.user_id, l.phone_number, private.person_number(l.phone_number) as person_number,
       first_value(l.id) over same_telephone as kept_id, first_value(l.user_id) over same_telephone as kept_user
  from public.phone_links l
 where private.person_number(l.phone_number) in (
     select private.person_number(o.phone_number) from public.phone_links o
      where o.phone_number <> private.person_number(o.phone_number))
window same_telephone as (
    partition by private.person_number(l.phone_number)
    order by l.user_id is null, l.verified desc, (l.phone_number = private.person_number(l.phone_number)) desc, l.id);

update public.user_profiles kept
   set first_name = case when kept.first_name = '' then gone.first_name else kept.first_name end,
       last_name = case when kept.last_name = '' then gone.last_name else kept.last_name end,
       location = coalesce(kept.location, gone.location)
  from one_person o join public.user_profiles gone on gone.user_id = o.user_id
 where kept.user_id = o.kept_user and o.user_id <> o.kept_user;
delete from public.phone_links l using one_person o where l.id = o.id and o.id <> o.kept_id;
update public.phone_links l set phone_number = o.person_number
  from one_person o where l.id = o.kept_id and o.id = o.kept_id and l.phone_number <> o.person_number;

-- What somebody said or heard under the other spelling is theirs as well.
do $$
declare
    known_by record;
begin
    for known_by in select * from (values
        ('sms_history'), ('call_history'), ('consents'), ('verifications'), ('onboarding_messages')) as t (name)
    loop
        execute format(
            'update public.%I r set user_id = o.kept_user from one_person o
              where r.phone_number = o.phone_number and r.user_id = o.user_id and o.user_id <> o.kept_user', known_by.name);
    end loop;
end $$;
update public.support_escalations e set user_id = o.kept_user
  from one_person o where e.user_id = o.user_id and o.user_id <> o.kept_user;

-- A code is derived from the number that it was asked for: one that runs under another spelling holds no more. The
-- counters of a spelling that cannot be moved end with their day.
update public.verifications v set status = 'canceled'
 where v.status = 'pending' and v.phone_number <> private.person_number(v.phone_number);
update public.verification_counters c set subject = private.person_number(c.subject)
 where c.scope = 'number' and c.subject <> private.person_number(c.subject) and not exists (
     select from public.verification_counters o
      where o.action = c.action and o.scope = c.scope and o.subject = private.person_number(c.subject)
        and o.window_s = c.window_s and o.window_start = c.window_start);

update public.sms_history r set phone_number = private.person_number(r.phone_number)
 where r.phone_number <> private.person_number(r.phone_number);
update public.call_history r set phone_number = private.person_number(r.phone_number)
 where r.phone_number <> '' and r.phone_number <> private.person_number(r.phone_number);
update public.sms_history r set user_id = null where r.phone_number = 'anonymous' and r.user_id is not null;
update public.call_history r set user_id = null where r.phone_number = 'anonymous' and r.user_id is not null;
update public.consents r set phone_number = private.person_number(r.phone_number)
 where r.phone_number <> private.person_number(r.phone_number);
update public.verifications r set phone_number = private.person_number(r.phone_number)
 where r.phone_number <> private.person_number(r.phone_number);
update public.onboarding_messages r set phone_number = private.person_number(r.phone_number)
 where r.phone_number <> private.person_number(r.phone_number);

-- The ledger: the latest START of a telephone counts, and every STOP that is newer.
delete from public.suppression_lifts l where private.person_number(l.phone_number) = 'anonymous';
delete from public.suppressions s where private.person_number(s.phone_number) = 'anonymous';
delete from public.suppression_lifts l
 where exists (select from public.suppression_lifts o
                where private.person_number(o.phone_number) = private.person_number(l.phone_number)
                  and (o.observed_at, o.phone_number) > (l.observed_at, l.phone_number))
   and exists (select from public.suppression_lifts o
                where private.person_number(o.phone_number) = private.person_number(l.phone_number)
                  and o.phone_number <> private.person_number(o.phone_number));
update public.suppression_lifts l set phone_number = private.person_number(l.phone_number)
 where l.phone_number <> private.person_number(l.phone_number);
delete from public.suppressions s
 where s.until is null and exists (
     select from public.suppressions o
      where o.until is null and o.scope = s.scope and o.reason = s.reason and o.phone_number <> s.phone_number
        and private.person_number(o.phone_number) = private.person_number(s.phone_number)
        and (o.since, o.id) > (s.since, s.id));
update public.suppressions s set phone_number = private.person_number(s.phone_number)
 where s.phone_number <> private.person_number(s.phone_number);
update public.suppressions s set until = greatest(s.since, l.observed_at)
  from public.suppression_lifts l
 where l.phone_number = s.phone_number and s.until is null and s.reason <> 'operator' and s.since <= l.observed_at;

-- Blocks: the one that lasts longest stays.
delete from public.blocked_callers b
 where exists (
     select from public.blocked_callers o
      where o.id <> b.id and private.person_number(o.number) = private.person_number(b.number)
        and (coalesce(o.until, 'infinity'), o.id) > (coalesce(b.until, 'infinity'), b.id));
update public.blocked_callers b set number = private.person_number(b.number)
 where b.number <> private.person_number(b.number);

-- --- threads: one between a telephone and a number of ours, whatever the spelling -----------------------------------

alter table public.conversations
    add column person_number text not null generated always as (private.person_number(customer_identifier)) stored;
comment on column public.conversations.person_number is
    'Whose thread it is: the one form of their number (private.person_number). `anonymous`: of everybody who withholds it.';
comment on column public.conversations.customer_identifier is
    'Their number as the carrier last spelt it, which is where answers go; WhatsApp''s keep their prefix.';

create temporary table one_thread on commit drop as
select c.id, first_value(c.id) over (
           partition by c.channel, c.person_number, c.our_number
           order by c.last_message_at desc nulls last, c.id) as kept_id
  from public.conversations c;
delete from one_thread t where t.id = t.kept_id;
update public.sms_history m set conversation_id = t.kept_id from one_thread t where m.conversation_id = t.id;
update public.support_escalations e set conversation_id = t.kept_id from one_thread t where e.conversation_id = t.id;
update public.conversations c
   set unread_count = c.unread_count + gone.unread_count, stopped = c.stopped or gone.stopped,
       ai_mode = case when gone.off then 'OFF' else c.ai_mode end,
       waiting_since = case when gone.off then null else least(c.waiting_since, gone.waiting_since) end,
       last_inbound_at = greatest(c.last_inbound_at, gone.last_inbound_at), created_at = least(c.created_at, gone.created_at)
  from (select t.kept_id, sum(o.unread_count)::int as unread_count, bool_or(o.stopped) as stopped,
               bool_or(o.ai_mode = 'OFF') as off, min(o.waiting_since) as waiting_since,
               max(o.last_inbound_at) as last_inbound_at, min(o.created_at) as created_at
          from one_thread t join public.conversations o on o.id = t.id group by t.kept_id) gone
 where c.id = gone.kept_id;
delete from public.conversations c using one_thread t where c.id = t.id;
update public.conversations c set user_id = null where c.person_number = 'anonymous' and c.user_id is not null;
update public.conversations c set user_id = o.kept_user
  from one_person o where c.user_id = o.user_id and o.user_id <> o.kept_user;
alter table public.conversations drop constraint conversations_thread_key;
alter table public.conversations
    add constraint conversations_thread_key unique (channel, person_number, our_number);
create index conversations_person_number_idx on public.conversations (person_number);

-- A telephone that may be ringing is not dialled under another spelling.
update public.call_attempts a set state = 'failed', error = 'other_spelling'
 where a.state = 'generated' and exists (
     select from public.call_attempts o
      where o.id <> a.id and o.state in ('generated', 'sending', 'sent', 'unknown')
        and private.person_number(o.to_number) = private.person_number(a.to_number) and o.to_number <> a.to_number);
update public.call_attempts a set state = 'done', error = coalesce(a.error, 'other_spelling')
 where a.state in ('sent', 'unknown') and exists (
     select from public.call_attempts o
      where o.id > a.id and o.state in ('sending', 'sent', 'unknown')
        and private.person_number(o.to_number) = private.person_number(a.to_number));
drop index public.call_attempts_live_number_key;
create unique index call_attempts_live_number_key on public.call_attempts (private.person_number(to_number))
    where state in ('generated', 'sending', 'sent', 'unknown');

-- The same of texts: one at a time to a telephone, and replies are counted by it.
drop index public.sms_history_recipient_idx;
drop index public.sms_history_sending_key;
drop index public.sms_history_replies_idx;
drop index public.sms_history_prefix_replies_idx;
update public.sms_history m set outbox_state = 'unknown', status = coalesce(m.status, 'unknown')
 where m.outbox_state = 'sending' and exists (
     select from public.sms_history o
      where o.outbox_state = 'sending' and o.phone_number = m.phone_number and o.id > m.id);
create index sms_history_recipient_idx on public.sms_history (phone_number, id)
    where outbox_state in ('generated', 'sending');
create unique index sms_history_sending_key on public.sms_history (phone_number) where outbox_state = 'sending';
create index sms_history_replies_idx on public.sms_history (phone_number, sending_at)
    where part = 0 and sending_at is not null;
create index sms_history_prefix_replies_idx on public.sms_history (left(phone_number, -4), sending_at)
    where part = 0 and sending_at is not null;

alter table public.conversations enable trigger touch_updated_at;
alter table public.phone_links enable trigger touch_updated_at;
alter table public.sms_history enable trigger touch_updated_at;
alter table public.call_history enable trigger touch_updated_at;

-- --- what stands beside it ------------------------------------------------------------------------------------------

alter table public.sms_history drop constraint sms_history_channel_check;
alter table public.sms_history add constraint sms_history_channel_check check (channel in ('sms', 'mms', 'whatsapp', 'rcs'));
alter table public.verifications add column to_number text;
comment on column public.verifications.phone_number is 'Whose code it is: the one form of the number.';
comment on column public.verifications.to_number is 'The number as whoever asked spelt it: where a call goes. Null: as phone_number.';
comment on column public.call_history.phone_number is
    'The person''s number, whoever called whom, in its one form; from_number and to_number are as the carrier sent them.';
comment on column public.sms_history.phone_number is
    'The person''s number in its one form; from_number and to_number are as the carrier spells them.';

-- --- what end users write and read ----------------------------------------------------------------------------------

-- A claim that nobody has proven blocks nobody.
drop index public.user_phone_numbers_active_full_number_key;
create unique index user_phone_numbers_verified_number_key
    on public.user_phone_numbers (full_number) where is_active and verified;

-- A link that was made to an account only because somebody had entered the number there: its owner gets an account of their
-- own with the next call or text.
create temporary table unproven_links on commit drop as
select l.id, l.user_id, l.phone_number from public.phone_links l join auth.users u on u.id = l.user_id
 where not l.verified and u.phone_confirmed_at is null and (u.email is not null or u.encrypted_password <> '');
update public.phone_links l set user_id = null from unproven_links o where l.id = o.id;
update public.sms_history r set user_id = null
  from unproven_links o where r.user_id = o.user_id and r.phone_number = o.phone_number;
update public.call_history r set user_id = null
  from unproven_links o where r.user_id = o.user_id and r.phone_number = o.phone_number;
update public.conversations r set user_id = null
  from unproven_links o where r.user_id = o.user_id and r.person_number = o.phone_number;
update public.consents r set user_id = null
  from unproven_links o where r.user_id = o.user_id and r.phone_number = o.phone_number;
delete from public.onboarding_messages r using unproven_links o
 where r.user_id = o.user_id and r.phone_number = o.phone_number;

-- Every column that somebody may write over the REST API has a longest length. What was longer is cut, so that its row can
-- still be changed.
create function private.limit_lengths(of_table regclass, limits jsonb) returns void
language plpgsql set search_path = '' as $$
declare
    asked record;
    is_text boolean;
begin
    for asked in select key as name, value::int as most from jsonb_each_text(limits) loop
        select t.typcategory = 'S' into is_text
          from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
         where a.attrelid = of_table and a.attname = asked.name;
        if is_text then
            execute format('update %s set %I = left(%I, %s) where length(%I) > %s',
                           of_table, asked.name, asked.name, asked.most, asked.name, asked.most);
        end if;
        execute format('alter table %s add constraint %I check (length(%I::text) <= %s) not valid',
                       of_table, asked.name || '_length', asked.name, asked.most);
    end loop;
end $$;
comment on function private.limit_lengths is
    'Longest lengths of columns, by name: characters of a text, of JSON as text. Rows of before are not looked at again.';
revoke execute on function private.limit_lengths(regclass, jsonb) from public;

alter table public.user_profiles disable trigger touch_updated_at;
alter table public.call_templates disable trigger touch_updated_at;
alter table public.call_queue disable trigger touch_updated_at;
select private.limit_lengths('public.user_profiles',
    '{"first_name": 200, "last_name": 200, "email": 320, "location": 500, "address": 4000}');
select private.limit_lengths('public.preferences',
    '{"voice_preference": 200, "language": 35, "timezone": 100, "call_transport": 20}');
select private.limit_lengths('public.user_phone_numbers',
    '{"phone_id": 200, "country_code": 10, "area_code": 20, "phone_number": 40, "full_number": 20, "capabilities": 4000}');
select private.limit_lengths('public.call_templates',
    '{"name": 200, "description": 2000, "category": 200, "tags": 4000, "params": 50000, "params_order": 10000, "prompt": 50000,
      "greeting": 4000, "tools": 10000, "on_voicemail": 20, "facts": 250000, "languages": 2000, "hours": 50000, "closed": 20000}');
select private.limit_lengths('public.call_queue',
    '{"recipient_number": 100, "timezone": 100, "custom_variables": 50000, "request_key": 300}');
select private.limit_lengths('public.call_service_providers', '{"name": 200, "type": 100}');
select private.limit_lengths('public.voice_options',
    '{"voice_id": 200, "name": 200, "gender": 20, "language": 35, "accent": 200, "description": 4000, "sample_mp3_url": 2000}');
select private.limit_lengths('public.provider_phone_numbers',
    '{"phone_id": 200, "country_code": 10, "area_code": 20, "phone_number": 40, "full_number": 40, "capabilities": 4000}');
alter table public.user_profiles enable trigger touch_updated_at;
alter table public.call_templates enable trigger touch_updated_at;
alter table public.call_queue enable trigger touch_updated_at;

-- Of a text its owner sees what was said and what became of it; keys, claims and prices are the service's.
revoke select on public.sms_history from authenticated;
grant select (id, user_id, phone_number, message_sid, direction, content, status, error_code, num_segments, media,
              from_number, to_number, channel, conversation_id, sent_by, in_reply_to, part, kind, keyword, observed_at,
              created_at, updated_at)
    on public.sms_history to authenticated;

-- Who was not answered is looked up by the time of it.
create index sms_history_not_answered_idx on public.sms_history (updated_at)
    where outbox_state = 'failed' and error_code in ('not_textable', 'capped');
create index support_escalations_not_answered_idx on public.support_escalations (created_at)
    where reason in ('not_textable', 'too_many_texts');
