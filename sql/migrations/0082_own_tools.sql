-- What the bot may ask systems of the operator's for. End users do not write it: it says where a caller's words go.

alter table public.call_templates add column own_tools jsonb check (jsonb_typeof(own_tools) = 'array');
comment on column public.call_templates.own_tools is
    'Tools of one''s own: each with name, description, url, arguments and what else it needs; null: none.';
