"""A service and a carrier that knows what the service was not told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.services.text_house import (
    OURS,
    sid,
)
from tests.support.carriers import CallCarrier, TextCarrier
from voicebot.providers.ports import ProviderMessage
from voicebot.runtime import Runtime

MINUTES = timedelta(minutes=1)


DESK = "+12025550199"


class Lists(CallCarrier):
    """A carrier whose calls can be listed."""

    def list_calls(self, *, to=None, started_after=None, limit=1000):
        return iter(list(self.calls.values()))


@pytest.fixture
def phone() -> Lists:
    return Lists()


@pytest.fixture
def house(make_runtime: Callable[..., Runtime], carrier: TextCarrier, phone: Lists) -> Runtime:
    return make_runtime(messaging=carrier, telephony=phone)


def arrived(sender: str, body: str, ago: timedelta, **changes) -> ProviderMessage:
    """A text as the carrier lists it."""
    moment = datetime.now(UTC) - ago
    facts = {
        "sid": sid(),
        "status": "received",
        "direction": "inbound",
        "from_number": sender,
        "to_number": OURS,
        "body": body,
        "created_at": moment,
        "sent_at": moment,
    }
    return ProviderMessage(**(facts | changes))


def hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=6)
