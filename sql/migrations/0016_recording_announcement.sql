-- What a caller is told before a recording begins is a matter of law and language: each template may have its own words.

alter table public.call_templates add column recording_announcement text;
comment on column public.call_templates.recording_announcement is
    'Said before a recording begins; null or blank plays our own short sentence.';
