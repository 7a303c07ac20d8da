-- Who may see and write what through the REST API. Everything is closed by now (private.protect); this opens, by name.
-- anon: nothing. authenticated: own rows, rows of their organisation, the open part of the catalogue; one policy a verb.
-- Administrators share the role authenticated, so the column grants bind them too: statuses, marks, roles, counters and
-- credentials are written by the service for them.

-- Organisations: members see their organisation and each other.
grant select on public.organizations, public.organization_members to authenticated;
create policy "Members can view their organization" on public.organizations for select to authenticated
    using (id = any ((select private.my_organizations())::uuid[]) or (select private.is_admin()));
create policy "Members can view members of their organization" on public.organization_members
    for select to authenticated
    using (user_id = (select auth.uid()) or organization_id = any ((select private.my_organizations())::uuid[])
           or (select private.is_admin()));

-- People.
grant select (id, user_id, phone_number, verified, verification_attempts, last_verification_attempt,
              verification_expires_at, verified_at, channel, created_at, updated_at)
    on public.phone_links to authenticated;
create policy "Users can view own phone link" on public.phone_links for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

grant select on public.preferences to authenticated;
create policy "Users can view own preferences" on public.preferences for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

grant select, delete on public.user_profiles to authenticated;
grant insert (user_id, first_name, last_name, email, address, location) on public.user_profiles to authenticated;
grant update (first_name, last_name, email, address, location) on public.user_profiles to authenticated;
create policy "Users can view own profile" on public.user_profiles for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can insert own profile" on public.user_profiles for insert to authenticated
    with check (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can update own profile" on public.user_profiles for update to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()))
    with check (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Admin can delete profiles" on public.user_profiles for delete to authenticated
    using ((select private.is_admin()));

grant select on public.onboarding_messages to authenticated;
create policy "Users can view own onboarding messages" on public.onboarding_messages for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

-- The catalogue: everybody who is signed in sees what is open; administrators keep it.
grant select (id, name, type, concurrency_limit, priority, created_at, updated_at), delete
    on public.call_service_providers to authenticated;
grant insert (name, type, concurrency_limit, priority), update (name, type, concurrency_limit, priority)
    on public.call_service_providers to authenticated;
create policy "Users can view call providers" on public.call_service_providers for select to authenticated
    using (true);
create policy "Admin can add call providers" on public.call_service_providers for insert to authenticated
    with check ((select private.is_admin()));
create policy "Admin can update call providers" on public.call_service_providers for update to authenticated
    using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admin can delete call providers" on public.call_service_providers for delete to authenticated
    using ((select private.is_admin()));

grant select, insert, update, delete on public.provider_phone_numbers to authenticated;
create policy "Users can view provider phone numbers" on public.provider_phone_numbers for select to authenticated
    using (is_active or (select private.is_admin()));
create policy "Admin can add phone numbers" on public.provider_phone_numbers for insert to authenticated
    with check ((select private.is_admin()));
create policy "Admin can update phone numbers" on public.provider_phone_numbers for update to authenticated
    using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admin can delete phone numbers" on public.provider_phone_numbers for delete to authenticated
    using ((select private.is_admin()));

grant select, insert, update, delete on public.voice_options to authenticated;
create policy "Users can view available voices" on public.voice_options for select to authenticated
    using (is_active or (select private.is_admin()));
create policy "Admin can add voices" on public.voice_options for insert to authenticated
    with check ((select private.is_admin()));
create policy "Admin can update voices" on public.voice_options for update to authenticated
    using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admin can delete voices" on public.voice_options for delete to authenticated
    using ((select private.is_admin()));

-- Users' own numbers. The mark `verified` is not among the columns: only the service knows who proved what.
grant select, delete on public.user_phone_numbers to authenticated;
grant insert (user_id, provider_id, phone_id, country_code, area_code, phone_number, full_number, is_active, is_default,
              capabilities),
      update (is_active, is_default)
    on public.user_phone_numbers to authenticated;
create policy "Users can view own phone numbers" on public.user_phone_numbers for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can manage own phone numbers" on public.user_phone_numbers for insert to authenticated
    with check (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can update own phone numbers" on public.user_phone_numbers for update to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()))
    with check (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can delete own phone numbers" on public.user_phone_numbers for delete to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

-- Templates. Where a call may be put through to, how long it may last, and whether it is recorded are not the user's
-- to say: dial targets, money and consent come from configuration.
grant select, delete on public.call_templates to authenticated;
grant insert (created_by, name, description, category, tags, is_public, provider_id, assistant_id, voice_id, params,
              params_order, prompt, greeting, tools, on_voicemail),
      update (name, description, category, tags, is_public, provider_id, assistant_id, voice_id, params,
              params_order, prompt, greeting, tools, on_voicemail)
    on public.call_templates to authenticated;
create policy "Users can view own and public templates" on public.call_templates for select to authenticated
    using (is_public or created_by = (select auth.uid()) or (select private.is_admin()));
create policy "Users can create templates" on public.call_templates for insert to authenticated
    with check (created_by = (select auth.uid()) or (select private.is_admin()));
create policy "Users can update own templates" on public.call_templates for update to authenticated
    using (created_by = (select auth.uid()) or (select private.is_admin()))
    with check (created_by = (select auth.uid()) or (select private.is_admin()));
create policy "Users can delete own templates" on public.call_templates for delete to authenticated
    using (created_by = (select auth.uid()) or (select private.is_admin()));

-- The queue. user_id is not among the columns: its default is whoever asks. Foreign keys look past row level security,
-- so the policy itself refuses other people's numbers and private templates.
grant select, delete on public.call_queue to authenticated;
grant insert (recipient_number, caller_number_id, scheduled_time, not_before, not_after, timezone, template_id,
              voice_id, custom_variables, request_key),
      update (recipient_number, caller_number_id, scheduled_time, not_before, not_after, timezone, template_id,
              voice_id, custom_variables, request_key)
    on public.call_queue to authenticated;
create policy "Users can view own call queue" on public.call_queue for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can insert into call queue" on public.call_queue for insert to authenticated
    with check (
        user_id = (select auth.uid()) and status = 'queued'
        and (caller_number_id is null or exists (
            select from public.user_phone_numbers n
             where n.id = call_queue.caller_number_id and n.user_id = (select auth.uid()) and n.verified and n.is_active))
        and (template_id is null or exists (select from public.call_templates t where t.id = call_queue.template_id))
        and (voice_id is null or exists (select from public.voice_options v where v.id = call_queue.voice_id)));
create policy "Users can update own queued calls" on public.call_queue for update to authenticated
    using ((user_id = (select auth.uid()) or (select private.is_admin())) and status = 'queued')
    with check (
        (user_id = (select auth.uid()) or (select private.is_admin())) and status = 'queued'
        and (caller_number_id is null or exists (
            select from public.user_phone_numbers n
             where n.id = call_queue.caller_number_id and n.user_id = call_queue.user_id and n.verified and n.is_active))
        and (template_id is null or exists (select from public.call_templates t where t.id = call_queue.template_id))
        and (voice_id is null or exists (select from public.voice_options v where v.id = call_queue.voice_id)));
create policy "Users can delete own queued calls" on public.call_queue for delete to authenticated
    using ((user_id = (select auth.uid()) and status = 'queued') or (select private.is_admin()));

-- Calls and what is known of them. Who leads an organisation sees its calls; what hangs on a call is seen with it.
grant select on public.call_history, public.user_call_history, public.transcripts, public.summaries to authenticated;
create policy "Users can view own call history" on public.call_history for select to authenticated
    using (user_id = (select auth.uid()) or organization_id = any ((select private.led_organizations())::uuid[])
           or (select private.is_admin()));
create policy "Transcripts are seen with their call" on public.transcripts for select to authenticated
    using (exists (select from public.call_history c where c.id = transcripts.session_id));
create policy "Summaries are seen with their call" on public.summaries for select to authenticated
    using (exists (select from public.call_history c where c.id = summaries.session_id));

-- Texts, consent, plans.
grant select on public.sms_history, public.consents, public.subscription_plans, public.user_subscriptions,
    public.user_call_usage to authenticated;
create policy "Users can view own messages" on public.sms_history for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can view own consents" on public.consents for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can view own subscriptions" on public.user_subscriptions for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can view own call usage" on public.user_call_usage for select to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()));

grant insert, update, delete on public.subscription_plans to authenticated;
create policy "Anyone can view subscription plans" on public.subscription_plans for select to authenticated using (true);
create policy "Admin can add subscription plans" on public.subscription_plans for insert to authenticated
    with check ((select private.is_admin()));
create policy "Admin can update subscription plans" on public.subscription_plans for update to authenticated
    using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admin can delete subscription plans" on public.subscription_plans for delete to authenticated
    using ((select private.is_admin()));
