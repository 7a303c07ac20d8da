-- What the demo has beside its shop: two further phone lines (the same shop as its first version says, carried another way
-- whatever VOICE_TRANSPORT says), and room for its calls.
insert into public.call_templates (
    id, name, description, category, is_public, greeting, prompt, facts, tools, transport, transfer_to)
select line.id, 'Harbour Street Bicycles, ' || line.name, 'The shop''s line, carried ' || line.how || '.', 'demo', true,
       replace(shop.greeting, '{{line}}', 'Harbour Street Bicycles'), replace(shop.prompt, '{{line}}', 'Harbour Street Bicycles'), shop.facts, shop.tools, line.transport, shop.transfer_to
  from (values
        ('00000000-0000-4000-8000-00000000d302'::uuid, 'on relay', 'by ConversationRelay', 'relay'),
        ('00000000-0000-4000-8000-00000000d303'::uuid, 'on Gather', 'by Gather', 'gather')
       ) as line (id, name, how, transport),
       public.call_template_versions v, jsonb_populate_record(null::public.call_templates, v.content) shop
 where v.template_id = '00000000-0000-4000-8000-00000000d301' and v.version = 1
on conflict (id) do nothing;

select public.publish_template(id, revision) from public.call_templates
 where id in ('00000000-0000-4000-8000-00000000d302', '00000000-0000-4000-8000-00000000d303') and published_version_id is null;

update public.provider_phone_numbers n
   set template_id = line.template_id
  from (values
        ('+12025550101', '00000000-0000-4000-8000-00000000d302'::uuid),
        ('+12025550102', '00000000-0000-4000-8000-00000000d303'::uuid)
       ) as line (full_number, template_id)
 where n.full_number = line.full_number and n.template_id is null
   and exists (select from public.call_templates t where t.id = line.template_id);

-- The simulator has lines enough for a whole tour at once, also beside calls that went with one that was killed.
update public.call_service_providers set concurrency_limit = 20 where name = 'twilio' and concurrency_limit = 5;
