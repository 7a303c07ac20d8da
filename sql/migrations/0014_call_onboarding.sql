-- Which callers and texters of a template's line are asked our questions first.
alter table public.call_templates
    add column onboarding text check (onboarding in ('none', 'texts', 'all'));
comment on column public.call_templates.onboarding is
    'Who is guided through the onboarding: nobody, who texts, or callers too. Null: as the setting says.';
