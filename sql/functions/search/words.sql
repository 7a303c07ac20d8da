-- The words of a search, as questions to an index of words (calls.sql says what is asked).

-- A phrase as it stands; otherwise every word, of which the last letters may be missing. Where there is no word nothing is found.
create or replace function private.words_query(said jsonb) returns tsquery
language sql stable set search_path = '' as $$
    select coalesce(case when (said ->> 'phrase')::boolean then phraseto_tsquery('simple'::regconfig, said ->> 'text')
                else (select string_agg('''' || replace(replace(w.lexeme, '\', '\\'), '''', '''''') || ''':*', ' & ' order by w.lexeme)
                        from unnest(to_tsvector('simple'::regconfig, said ->> 'text')) w)::tsquery end, ''::tsquery)
$$;

-- Everything that was said, as one question: all of it, or any of it.
create or replace function private.said_query(wanted jsonb, is_any boolean default false) returns tsquery
language plpgsql stable set search_path = '' as $$
declare
    said jsonb;
    asked tsquery;
    one tsquery;
begin
    for said in select s from jsonb_array_elements(coalesce(wanted -> 'said', '[]')) s loop
        one := private.words_query(said);
        asked := case when asked is null then one when is_any then asked || one else asked && one end;
    end loop;
    return asked;
end $$;

-- The rarer ones of the words that are asked, null where the index is asked for all. With letters missing an index gathers all rows
-- that have a word, in each window of time anew: of a word that is in every tenth call that takes longer than all the rest.
create or replace function private.rarer_query(wanted jsonb) returns tsquery
language plpgsql stable set search_path = '' as $$
declare
    words constant text[] := array(
        select distinct w.lexeme from jsonb_array_elements(wanted -> 'said') s,
               lateral unnest(to_tsvector('simple'::regconfig, s ->> 'text')) w where (s ->> 'phrase')::boolean is not true);
    common text[];
    shares real[];
    rarer text[];
begin
    if cardinality(words) < 2 then
        return null;
    end if;
    -- As ANALYZE saw them in calls; the words of texts are much the same.
    select p.most_common_elems::text::text[], p.most_common_elem_freqs into common, shares from pg_catalog.pg_stats p
     where p.schemaname = 'public' and p.tablename = 'call_search' and p.attname = 'words';
    rarer := array(select w from unnest(words) w
                    where (select coalesce(sum(c.share), 0) from unnest(common, shares) c (word, share) where starts_with(c.word, w)) < 0.02);
    return case when cardinality(rarer) between 1 and cardinality(words) - 1 then
        private.words_query(jsonb_build_object('text', array_to_string(rarer, ' '))) end;
end $$;

-- The condition that words are those which are asked.
create or replace function private.where_said(words text, wanted jsonb) returns text
language sql stable set search_path = '' as $$
    -- What is true of a row is not asked of an index.
    select format('%s @@ %L::tsquery', words, coalesce(r.query, private.said_query(wanted)))
           || case when r.query is not null then format(' and (%s @@ %L::tsquery) is true', words, private.said_query(wanted)) else '' end
      from (select private.rarer_query(wanted) as query) r
$$;

select private.share_with_service('words_query', 'said_query', 'rarer_query', 'where_said');
