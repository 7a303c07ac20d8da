-- Who spoke when in a call. The function is the transaction.

select private.drop_functions('call_speech');

-- Keeps stretches of speech; one that is told again has grown. `spans`: [{"side", "began_at", "ended_at", "words"}, …].
create or replace function private.keep_speech(the_call bigint, spans jsonb) returns void
language sql set search_path = '' as $$
    insert into public.call_speech_spans as s (call_id, side, began_at, ended_at, words)
    select distinct on (t.side, t.began_at) the_call, t.side, t.began_at, greatest(t.ended_at, t.began_at), coalesce(t.words, '[]')
      from jsonb_to_recordset(spans) t (side text, began_at timestamptz, ended_at timestamptz, words jsonb)
     order by t.side, t.began_at, t.ended_at desc, jsonb_array_length(coalesce(t.words, '[]')) desc
    on conflict (call_id, side, began_at) do update
       set ended_at = greatest(s.ended_at, excluded.ended_at),
           words = case when excluded.words = '[]' then s.words else excluded.words end
$$;

-- call_speech: kind read; key public_id; called by storage/calls/calls
-- {"caller": [[from_s, to_s], …], "bot": the same, "words": [["caller" | "bot", at_s, word], …]} in seconds since the call began;
-- empty where nothing was measured. A call that the actor may not see is answered like one that does not exist.
create function public.call_speech(public_id uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    shown public.call_history;
    began timestamptz;
    spans jsonb;
    words jsonb;
begin
    select c.* into shown from public.call_history c where c.public_id = call_speech.public_id;
    if shown.id is null or not private.may_see_call(actor, shown) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    began := coalesce(shown.started_at, shown.created_at);
    select coalesce(jsonb_object_agg(l.side, l.spans), '{}') into spans from (
        select t.side, jsonb_agg(jsonb_build_array(t.from_s, t.to_s) order by t.from_s) as spans
          from (select s.side, round(greatest(0, extract(epoch from s.began_at - began)), 3) as from_s,
                       round(greatest(0, extract(epoch from s.ended_at - began)), 3) as to_s
                  from public.call_speech_spans s where s.call_id = shown.id) t
         group by t.side) l;
    select coalesce(jsonb_agg(jsonb_build_array(w.side, w.at_s, w.word) order by w.began_at, w.place), '[]') into words
      from (select s.side, s.began_at, t.word ->> 1 as word, t.place,
                   round(greatest(0, extract(epoch from s.began_at - began) + (t.word ->> 0)::numeric), 3) as at_s
              from public.call_speech_spans s, jsonb_array_elements(s.words) with ordinality as t (word, place)
             where s.call_id = shown.id) w;
    return jsonb_build_object('result', 'found', 'caller', '[]'::jsonb, 'bot', '[]'::jsonb) || spans
        || jsonb_build_object('words', words);
end $$;

select private.grant_to_service('call_speech');
select private.share_with_service('keep_speech');
