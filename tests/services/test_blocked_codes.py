"""A code that was asked for and not sent: the operator can see it, and whoever asked cannot."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.services.verification_desk import new_number
from voicebot.services.verification import verify_phone
from voicebot.storage.verification import verifications

pytestmark = pytest.mark.sql
ABROAD = "+4915112345678"


@pytest.fixture(autouse=True)
def nothing_before(owner):
    owner.execute("delete from public.verifications")
    owner.execute("delete from public.verification_counters")


def blocked(runtime):
    since = datetime.now(UTC) - timedelta(days=1)
    rows, counts = verifications.blocked_verifications(runtime.database, since=since)
    return {(row["phone_number"], row["blocked"]) for row in rows}, counts


def test_every_reason_is_told_apart(runtime, owner, number):
    stopped, ours = new_number(), runtime.settings.twilio_phone_number
    runtime.database.call("suppress", number=stopped, scope="all", reason="STOP")

    limited = [verify_phone.start(runtime, one, "sms").limited for one in (number, ABROAD, stopped, ours)]

    rows, counts = blocked(runtime)
    assert limited == [False] * 4
    assert rows == {(ABROAD, "country"), (stopped, "suppressed"), (ours, "own_number")}
    assert {"blocked": "country", "country": "DE", "count": 1} in counts


def test_what_is_sent_after_all_is_not_blocked_any_more(runtime, owner):
    stopped = new_number()
    runtime.database.call("suppress", number=stopped, scope="all", reason="STOP")
    verify_phone.start(runtime, stopped, "sms")
    before, _ = blocked(runtime)
    runtime.database.call("lift_suppression", number=stopped)
    owner.execute("delete from public.verification_counters")
    verify_phone.start(runtime, stopped, "sms")

    assert before == {(stopped, "suppressed")}
    assert blocked(runtime) == (set(), [])


def test_what_is_older_is_not_listed(runtime, owner):
    verify_phone.start(runtime, ABROAD, "sms")
    owner.execute("update public.verifications set blocked_at = now() - interval '2 days'")

    assert blocked(runtime) == (set(), [])
