-- What end users may listen to while it changes: their calls, their texts, their queue, their onboarding.

select private.join_realtime(
    'public.call_history', 'public.sms_history', 'public.call_queue', 'public.onboarding_messages');
