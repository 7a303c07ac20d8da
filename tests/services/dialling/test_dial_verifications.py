import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.services.verification.verification_desk import let_pass, new_number
from voicebot.domain.call.reports import CallReport
from voicebot.providers.ports import NewCall, Outcome, ProviderCall, ProviderError
from voicebot.services.calls import report_status
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.settle import record_dial_status, settle_silent_dials
from voicebot.services.verification import verify_phone
from voicebot.storage.verification import verifications

pytestmark = pytest.mark.sql


@dataclass
class Dialler:
    """Dials as told, and lists what it was told to list."""

    failure: ProviderError | None = None
    calls: list[NewCall] = field(default_factory=list)
    listed: list[ProviderCall] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)

    def create_call(self, call: NewCall) -> str:
        self.calls.append(call)
        if self.failure:
            raise self.failure
        return f"CA{uuid.uuid4().hex}"

    def list_calls(self, *, to: str | None = None, **_: Any) -> list[ProviderCall]:
        return [call for call in self.listed if call.to_number == to]

    def fetch_call(self, sid: str) -> ProviderCall:
        self.fetched.append(sid)
        return next(call for call in self.listed if call.sid == sid)


@pytest.fixture
def carrier() -> Dialler:
    return Dialler()


@pytest.fixture
def bot(make_runtime, carrier, owner):
    runtime = make_runtime(telephony=carrier)
    while place_dials(runtime):
        pass
    carrier.calls.clear()
    owner.execute("delete from public.verification_counters where scope in ('global', 'country', 'prefix')")
    return runtime


@pytest.fixture
def number(bot) -> str:
    number = new_number()
    verify_phone.start(bot, number, "call")
    return number


def attempts(owner, number):
    return owner.execute(
        """select a.state, a.call_sid, a.error, q.status, q.call_id from public.call_attempts a
             join public.call_queue q on q.id = a.call_queue_id where a.to_number = %s order by a.created_at""",
        [number],
    ).fetchall()


def make_silent(owner, number):
    """Let nothing have been heard of a number's dials for an hour."""
    owner.execute("alter table public.call_attempts disable trigger touch_updated_at")
    owner.execute(
        "update public.call_attempts set updated_at = now() - interval '1 hour' where to_number = %s",
        [number],
    )
    owner.execute("alter table public.call_attempts enable trigger touch_updated_at")


def attempt_id(call: NewCall) -> str:
    return re.search(r"[?&]attempt=([0-9a-f-]{36})", call.url)[1]


def test_a_dial_carries_our_own_id_in_both_addresses(bot, carrier, owner, number):
    assert place_dials(bot) == 1

    (call,) = carrier.calls
    assert call.to == number
    assert call.from_number == bot.settings.twilio_phone_number
    assert f"/twilio/voice/outbound?attempt={attempt_id(call)}" in call.url
    assert f"/twilio/voice/status?attempt={attempt_id(call)}" in call.status_url
    ((state, sid, error, status, _),) = attempts(owner, number)
    assert (state, error, status) == ("sent", None, "in-progress")
    assert sid.startswith("CA")


def test_a_dial_is_committed_before_the_carrier_hears_of_it(bot, carrier, owner, number):
    seen = []
    carrier.create_call = lambda call: seen.append(attempts(owner, number)[0][0]) or f"CA{uuid.uuid4().hex}"

    place_dials(bot)

    assert seen == ["sending"]


def test_nobody_is_dialled_twice(bot, carrier, owner, number):
    place_dials(bot)
    place_dials(bot)
    let_pass(owner, number, 61)
    # The first call may still be ringing.
    verify_phone.start(bot, number, "call")
    place_dials(bot)

    assert len(carrier.calls) == 1


@pytest.mark.parametrize(
    ("outcome", "state", "dials"),
    [(Outcome.NOT_SENT, "sent", 2), (Outcome.UNKNOWN, "unknown", 1), (Outcome.REFUSED, "failed", 1)],
)
def test_only_what_was_not_sent_is_dialled_again(bot, carrier, owner, number, outcome, state, dials):
    carrier.failure = ProviderError("twilio", "x", outcome)
    place_dials(bot)
    carrier.failure = None

    owner.execute("update public.call_attempts set not_before = now() where state = 'generated'")
    owner.execute("update public.dialling_accounts set next_dial_at = now()")
    # The rate may let it wait for its place.
    while place_dials(bot):
        pass

    assert attempts(owner, number)[0][0] == state
    assert len(carrier.calls) == dials


def test_a_claimer_that_never_came_back_leaves_an_unknown_dial_and_is_fenced(bot, carrier, owner, number):
    token = uuid.uuid4()
    claimed = bot.database.call("claim_dials", token=token, lease_s=60.0)["dials"]
    again = bot.database.call("claim_dials", token=token, lease_s=60.0)["dials"]
    owner.execute("update public.call_attempts set lease_until = now() where token = %s", [token])

    place_dials(bot)

    assert claimed == again
    assert carrier.calls == []
    assert attempts(owner, number)[0][0] == "unknown"
    late = bot.database.call("finish_dial", attempt_id=claimed[0]["attempt_id"], token=token, outcome="sent")
    assert late["result"] == "fenced"


def test_a_status_tells_what_became_of_an_unknown_dial(bot, carrier, owner, number):
    carrier.failure = ProviderError("twilio", "timeout", Outcome.UNKNOWN)
    place_dials(bot)
    attempt, sid = attempt_id(carrier.calls[0]), f"CA{uuid.uuid4().hex}"

    record_dial_status(bot, attempt, sid, "ringing")
    ringing = attempts(owner, number)[0][:2]
    record_dial_status(bot, attempt, sid, "completed")
    record_dial_status(bot, attempt, sid, "ringing")

    assert ringing == ("sent", sid)
    assert attempts(owner, number) == [("done", sid, "not_heard", "failed", sid)]


@pytest.mark.parametrize("is_heard", [True, False])
def test_operators_see_whether_the_code_was_heard(bot, carrier, owner, number, is_heard):
    place_dials(bot)
    ((_, sid, *_),) = attempts(owner, number)
    attempt = UUID(attempt_id(carrier.calls[0]))
    if is_heard:
        verifications.hear_verification_call(bot.database, attempt)
    report_status.record_status(
        bot, CallReport(sid, "completed", direction="outbound", to_number=number, duration_s=20)
    )

    for _ in range(2):
        record_dial_status(bot, str(attempt), sid, "completed")

    ((state, _, error, status, _),) = attempts(owner, number)
    (outcome,) = owner.execute(
        "select outcome from public.call_history where call_sid = %s", [sid]
    ).fetchone()
    heard = ("done", None, "completed", "code_heard")
    assert (state, error, status, outcome) == (
        heard if is_heard else ("done", "not_heard", "failed", "code_not_heard")
    )


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_call_that_nobody_answered_says_so_and_not_that_nobody_pressed_a_key(
    bot, carrier, owner, number, status
):
    place_dials(bot)
    ((_, sid, *_),) = attempts(owner, number)

    record_dial_status(bot, attempt_id(carrier.calls[0]), sid, status)

    assert attempts(owner, number)[0][2] == status


def test_a_status_that_names_no_attempt_changes_nothing(bot, owner, number):
    record_dial_status(bot, "nonsense", "CA1", "completed")
    record_dial_status(bot, str(uuid.uuid4()), "CA1", "completed")

    assert attempts(owner, number)[0][0] == "generated"


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_dial_of_which_nothing_is_heard_is_looked_up_once_it_must_be_over(
    bot, carrier, owner, number, is_listed
):
    carrier.failure = ProviderError("twilio", "timeout", Outcome.UNKNOWN)
    place_dials(bot)
    sid = f"CA{uuid.uuid4().hex}"
    if is_listed:
        carrier.listed = [
            ProviderCall(sid, "completed", "outbound-api", "+12025550100", number, created_at=datetime.now(UTC)),
            ProviderCall(
                "CA0", "completed", "outbound-api", "+12025550100", number,
                created_at=datetime.now(UTC) - timedelta(days=1),
            ),
        ]  # fmt: skip

    assert settle_silent_dials(bot) == 0
    # What one list lacks is looked for once more.
    for _ in range(2):
        make_silent(owner, number)
        settle_silent_dials(bot)

    state, found, error, _, _ = attempts(owner, number)[0]
    assert (state, error) == (("done", "not_heard") if is_listed else ("failed", "failed"))
    assert (found == sid) is is_listed


def test_a_call_of_another_attempt_is_not_taken_for_a_dial_that_was_lost(bot, carrier, owner, number):
    """Both were dialled within minutes, and the carrier lists the newer one first."""
    carrier.failure = ProviderError("twilio", "timeout", Outcome.UNKNOWN)
    place_dials(bot)
    lost, other = f"CA{uuid.uuid4().hex}", f"CA{uuid.uuid4().hex}"
    owner.execute(
        """with entry as (insert into public.call_queue (user_id, recipient_number, status)
                          select user_id, %(n)s, 'completed' from public.phone_links where phone_number = %(n)s
                          returning id)
           insert into public.call_attempts (
               call_queue_id, kind, attempt_number, to_number, state, call_sid)
           select id, 'code', 1, %(n)s, 'done', %(sid)s from entry""",
        {"n": number, "sid": other},
    )
    made = datetime.now(UTC)
    carrier.listed = [
        ProviderCall(sid, "completed", "outbound-api", "+12025550100", number, created_at=made)
        for sid in (other, lost)
    ]
    make_silent(owner, number)

    settle_silent_dials(bot)

    assert attempts(owner, number)[0][:2] == ("done", lost)


def test_a_call_that_goes_on_is_asked_about_again_only_after_another_silence(bot, carrier, owner, number):
    place_dials(bot)
    ((_, sid, *_),) = attempts(owner, number)
    carrier.listed = [ProviderCall(sid, "in-progress", "outbound-api", "+12025550100", number)]
    carrier.fetched.clear()
    make_silent(owner, number)

    settle_silent_dials(bot)
    settle_silent_dials(bot)

    assert carrier.fetched.count(sid) == 1
    assert attempts(owner, number)[0][0] == "sent"


def test_a_dial_whose_code_is_over_is_not_made(bot, carrier, owner, number):
    let_pass(owner, number, 601)

    place_dials(bot)

    assert carrier.calls == []
    assert attempts(owner, number)[0][:3] == ("failed", None, "code_over")


def test_who_said_stop_after_asking_is_not_dialled(bot, carrier, owner, number):
    bot.database.call("suppress", number=number, scope="all", reason="STOP")

    place_dials(bot)

    assert carrier.calls == []
    assert attempts(owner, number)[0][2] == "suppressed"
