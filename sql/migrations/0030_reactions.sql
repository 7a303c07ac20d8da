-- A text may be a reaction to one of ours: kept and shown, never judged and never answered.

alter table public.sms_history drop constraint sms_history_kind_check;
alter table public.sms_history
    add constraint sms_history_kind_check check (kind in (
        'conversation', 'verification', 'onboarding', 'reminder', 'operator_notice', 'confirmation', 'reaction')) not valid;
alter table public.sms_history validate constraint sms_history_kind_check;
comment on column public.sms_history.kind is
    'Why it is there. `reaction`: what a telephone writes for a thumb or a heart, in place of words.';
