-- The language in which a code is sent and read out, as a tag of BCP 47; null: the one of the house.

alter table public.verifications
    add column language text check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$');
comment on column public.verifications.language is 'As whoever asked for the code last wants it: de-DE.';
