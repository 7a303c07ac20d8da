"""Reminders of an open question: time that passed, and who was reminded."""

from collections.abc import Callable
from datetime import UTC, datetime

from tests.services.text_house import Connection
from voicebot.runtime import Runtime
from voicebot.services.onboarding.remind import remind_onboarding

# In New York it is 10 in the morning, and 3 at night.
DAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


NIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def quiet_for(owner: Connection, hours: float) -> None:
    owner.execute(
        "update public.conversations set last_message_at = now() - make_interval(secs => %s)", [hours * 3600]
    )


def reminded(make_runtime: Callable[..., Runtime], moment: datetime) -> int:
    return remind_onboarding(make_runtime(now=lambda: moment))
