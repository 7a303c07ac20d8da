-- Voices: the catalogue that a provider offers, and the choice of another one for a caller.

select private.drop_functions('sync_voices', 'list_voices', 'voices_to_choose', 'next_voice');
drop function if exists private.voices_to_choose(text);

-- The provider's row, made when it is met for the first time. Shared by voices and numbers.
create or replace function private.provider_named(provider_name text, provider_type text) returns uuid
language plpgsql set search_path = '' as $$
declare
    found_id uuid;
begin
    insert into public.call_service_providers (name, type) values (provider_name, provider_type)
    on conflict (name) do nothing;
    select p.id into found_id from public.call_service_providers p where p.name = provider_name;
    return found_id;
end $$;

-- sync_voices: kind command; key provider_name; called by services/upkeep/sync_voices
-- `voices`: [{voice_id, name, gender?, language?, accent?, description?, sample_mp3_url?, is_premium?}]. One that the
-- provider no longer lists is switched off, not deleted: templates and calls point to it. An empty list is refused,
-- because it is a failed listing far more often than a provider without voices.
create function public.sync_voices(provider_name text, voices jsonb) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    provider uuid;
    written int;
    gone int;
begin
    if jsonb_typeof(voices) is distinct from 'array' or voices = '[]' then
        return jsonb_build_object('result', 'refused', 'code', 'no_voices');
    end if;
    provider := private.provider_named(provider_name, 'speech');
    insert into public.voice_options as o (
        provider_id, voice_id, name, gender, language, accent, description, sample_mp3_url, is_premium, is_active)
    select distinct on (v ->> 'voice_id')
           provider, v ->> 'voice_id', coalesce(v ->> 'name', v ->> 'voice_id'),
           case when v ->> 'gender' in ('male', 'female', 'neutral') then v ->> 'gender' end,
           coalesce(v ->> 'language', 'en'), v ->> 'accent', v ->> 'description', v ->> 'sample_mp3_url',
           coalesce((v ->> 'is_premium')::boolean, false), true
      from jsonb_array_elements(voices) v
     where coalesce(v ->> 'voice_id', '') <> ''
    on conflict (provider_id, voice_id) do update
       set name = excluded.name, gender = excluded.gender, language = excluded.language, accent = excluded.accent,
           description = excluded.description, sample_mp3_url = excluded.sample_mp3_url,
           is_premium = excluded.is_premium, is_active = true;
    get diagnostics written = row_count;
    update public.voice_options o set is_active = false
     where o.provider_id = provider and o.is_active
       and not exists (select from jsonb_array_elements(voices) v where v ->> 'voice_id' = o.voice_id);
    get diagnostics gone = row_count;
    return jsonb_build_object('result', 'synced', 'active', written, 'switched_off', gone);
end $$;

-- list_voices: kind read; key language; called by cli voices list, services/templates/edit, services/texts/steps
-- `language` may be a whole tag (en-GB) or its first part (en).
create function public.list_voices(language text default null, include_inactive boolean default false) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', v.id, 'provider', p.name, 'voice_id', v.voice_id, 'name', v.name, 'gender', v.gender,
               'language', v.language, 'accent', v.accent, 'description', v.description,
               'sample_mp3_url', v.sample_mp3_url, 'is_premium', v.is_premium, 'is_active', v.is_active)
               order by v.language, v.name, v.id), '[]')
      from public.voice_options v
      join public.call_service_providers p on p.id = v.provider_id
     where (v.is_active or include_inactive)
       and (list_voices.language is null or v.language = list_voices.language
            or split_part(v.language, '-', 1) = list_voices.language)
$$;

-- voices_to_choose: kind read; key language; called by call_background, services/onboarding/start, services/texts/steps
-- The few voices that somebody is offered: of their language, or any where there is none. More would not fit into one
-- text, nor into a head.
create function public.voices_to_choose(language text) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object('voice_id', s.voice_id, 'name', s.name, 'gender', s.gender)
                              order by s.fits desc, s.language, s.name), '[]')
      from (select v.voice_id, v.name, v.gender, v.language,
                   split_part(v.language, '-', 1) = split_part(voices_to_choose.language, '-', 1) as fits,
                   bool_or(split_part(v.language, '-', 1) = split_part(voices_to_choose.language, '-', 1)) over () as some_fit
              from public.voice_options v where v.is_active
             order by fits desc, v.language, v.name, v.id limit 4) s
     where s.fits or not s.some_fit
$$;

-- A voice for each language that a call may be in, {"es": voice id}: of those that a template names, else of all in which
-- a call can say its fixed phrases.
create or replace function private.voices_of_languages(named jsonb) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_object_agg(f.tongue, f.voice_id), '{}')
      from (select distinct on (split_part(v.language, '-', 1)) split_part(v.language, '-', 1) as tongue, v.voice_id
              from public.voice_options v
             where v.is_active and not coalesce(v.is_premium, false)
             order by split_part(v.language, '-', 1), v.language, v.name, v.id) f
     where f.tongue in (
           select split_part(l, '-', 1) from jsonb_array_elements_text(
               case when jsonb_typeof(named) = 'array' and named <> '[]' then named
                    else '["en", "es", "fr", "de", "pt", "it"]' end) l)
$$;

-- next_voice: kind command; key call_id; called by services/calls/run_tool (change_voice)
-- Without a wish a different active voice of the same language, which the call then has; asked again it goes on through
-- all of them. `wish` is the caller's own words: a voice that bears a name of it, of whatever language, or else the one
-- whose gender, accent, name or description it mentions most. A wish that nothing suits changes nothing: `no_match`, or
-- `already` where the voice that is heard is the one; `names` are voices to offer instead.
create function public.next_voice(call_id bigint, wish text default null, voice_id text default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    calling public.call_history;
    now_used public.voice_options;
    tongue text;
    wished constant text[] := private.wished_words(next_voice.wish);
    chosen public.voice_options;
    best text;
    may_pay boolean;
begin
    select c.* into calling from public.call_history c where c.id = next_voice.call_id for update;
    if calling.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    -- Before the first change the call's row names no voice: the caller of this function says which one is heard.
    select v.* into now_used from public.voice_options v
     where v.id = calling.voice_id or (calling.voice_id is null and v.voice_id = next_voice.voice_id)
     order by v.is_active desc limit 1;
    select split_part(coalesce(now_used.language, p.language, 'en'), '-', 1) into tongue
      from (select 1) always left join public.preferences p on p.user_id = calling.user_id;
    may_pay := exists (
        select from public.user_subscriptions s where s.user_id = calling.user_id and s.status in ('active', 'trialing'));

    if cardinality(wished) > 0 and private.bears_name(now_used, wished) then
        return jsonb_build_object('result', 'refused', 'code', 'already', 'name', now_used.name);
    end if;
    select v.* into chosen from public.voice_options v
     where v.is_active and v.id is distinct from now_used.id and (may_pay or not coalesce(v.is_premium, false))
       and (private.bears_name(v, wished)
            or (split_part(v.language, '-', 1) = tongue
                and (cardinality(wished) = 0 or private.voice_suits(v, wished) > 0)))
     order by private.bears_name(v, wished) desc, split_part(v.language, '-', 1) = tongue desc,
              private.voice_suits(v, wished) desc,
              coalesce((v.name, v.id) <= (now_used.name, now_used.id), false), v.name, v.id
     limit 1;
    if chosen.id is null and cardinality(wished) > 0 then
        return jsonb_build_object(
            'result', 'refused', 'name', now_used.name,
            'code', case when private.voice_suits(now_used, wished) > 0 then 'already' else 'no_match' end,
            'names', coalesce((
                select jsonb_agg(o.name order by o.name)
                  from (select v.name from public.voice_options v
                         where v.is_active and v.id is distinct from now_used.id
                           and split_part(v.language, '-', 1) = tongue and (may_pay or not coalesce(v.is_premium, false))
                         order by v.name, v.id limit 4) o), '[]'));
    end if;
    if chosen.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'no_other_voice');
    end if;
    update public.call_history c set voice_id = chosen.id where c.id = calling.id;
    -- A matter of taste, so the caller id is enough: the next call begins with this voice.
    update public.preferences p set voice_preference = chosen.voice_id where p.user_id = calling.user_id;
    return jsonb_build_object(
        'result', 'changed', 'id', chosen.id, 'voice_id', chosen.voice_id, 'name', chosen.name,
        'gender', chosen.gender, 'language', chosen.language, 'accent', chosen.accent);
end $$;

-- The words of a wish that tell one voice from another; none of "something else, please" do.
create or replace function private.wished_words(wish text) returns text[]
language sql immutable set search_path = '' as $$
    select coalesce(array_agg(distinct case word
               when 'man' then 'male' when 'boy' then 'male' when 'guy' then 'male' when 'mans' then 'male'
               when 'deeper' then 'deep' when 'lower' then 'deep' when 'younger' then 'young' when 'older' then 'old'
               when 'warmer' then 'warm' when 'softer' then 'soft' when 'calmer' then 'calm' when 'brighter' then 'bright'
               when 'woman' then 'female' when 'girl' then 'female' when 'lady' then 'female' when 'womans' then 'female'
               else word end), '{}')
      from regexp_split_to_table(
               lower(regexp_replace(coalesce(wish, ''), '[''’]', '', 'g')), '[^[:alnum:]]+') word
     where length(word) > 2 and word <> all (array[
         'the', 'and', 'for', 'you', 'your', 'with', 'who', 'whose', 'that', 'this', 'one', 'ones', 'some', 'any', 'another',
         'other', 'others', 'different', 'new', 'next', 'else', 'something', 'someone', 'somebody', 'anything', 'change',
         'switch', 'use', 'try', 'have', 'get', 'give', 'want', 'wants', 'would', 'could', 'can', 'may', 'like', 'love',
         'prefer', 'please', 'thanks', 'thank', 'instead', 'voice', 'voices', 'speak', 'speaker', 'talk', 'sound', 'sounds',
         'sounding', 'kind', 'called', 'named', 'name', 'lets', 'let', 'again', 'not', 'more', 'bit', 'very', 'caller', 'yes',
         'here', 'from', 'what', 'there', 'just', 'now', 'maybe', 'id',
         'andere', 'anderen', 'eine', 'stimme', 'bitte', 'otra', 'otro', 'voz', 'por', 'favor', 'autre', 'une', 'voix'])
$$;

-- Whether a wish has the voice's name in it: the first word of it, which is what people say of "Anna - Warm Narrator".
create or replace function private.bears_name(voice public.voice_options, wished text[]) returns boolean
language sql immutable set search_path = '' as $$
    select coalesce((regexp_split_to_array(lower(voice.name), '[^[:alnum:]]+'))[1] = any (wished), false)
$$;

drop function if exists private.voice_suits(public.voice_options, text);
-- How many of the wish's words the voice answers to. Whole words, because "male" is a part of "female".
create or replace function private.voice_suits(voice public.voice_options, wished text[]) returns integer
language sql immutable set search_path = '' as $$
    select count(*)::int
      from unnest(wished) word
     where word = any (regexp_split_to_array(
           lower(concat_ws(' ', voice.gender, voice.accent, voice.name, voice.description)), '[^[:alnum:]]+'))
$$;

select private.grant_to_service('sync_voices', 'list_voices', 'voices_to_choose', 'next_voice');
select private.share_with_service('provider_named', 'wished_words', 'bears_name', 'voice_suits', 'voices_of_languages');
