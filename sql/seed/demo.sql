-- What the demo's phone line is: one business with facts to ask about. What somebody made of it since stays.
insert into public.call_templates (
    id, name, description, category, is_public, greeting, prompt, facts, tools, transport, transfer_to)
values (
    '00000000-0000-4000-8000-00000000d301',
    'Harbour Street Bicycles',
    'The line of a small bicycle shop; what `make demo` answers with.',
    'demo',
    true,
    'Hello, this is {{line}}. How can I help you?',
    'You are the telephone assistant of {{line}}, a bicycle repair shop.',
    '["The shop is open Monday to Friday from nine in the morning to six in the evening, and on Saturday until two.",
      "The shop is closed on Sunday.",
      "A full service costs eighty-five dollars and takes two working days.",
      "Fixing a flat tyre costs fifteen dollars and is done while you wait.",
      "The shop is at 12 Harbour Street, next to the old ferry terminal.",
      "Bicycles can be rented for thirty dollars a day; a helmet is included.",
      "Electric bicycles are repaired too, but batteries are sent to the maker."]',
    '["end_call", "transfer", "change_voice", "take_message", "callback"]',
    null,
    '+12025550199'
)
on conflict (id) do nothing;

select public.publish_template(id, revision) from public.call_templates
 where id = '00000000-0000-4000-8000-00000000d301' and published_version_id is null;

update public.provider_phone_numbers
   set template_id = '00000000-0000-4000-8000-00000000d301'
 where full_number = '+12025550100' and template_id is null;
