-- Of a call that brings a code: whether anybody heard it. A voicemail box answers, and presses no key.

alter table public.call_attempts add column heard_at timestamptz;
comment on column public.call_attempts.heard_at is
    'When somebody first pressed the key for the code to be read out. An answered call without it ends with the error '
    '''not_heard''.';
