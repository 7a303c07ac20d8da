"""A call that is asked for is dialled once, greets the person with what it was asked for, and says what it came to."""

import itertools
import random
import re
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.services.dialling.moody_dialler import MoodyDialler
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import NewCall, Outcome, ProviderCall, ProviderError
from voicebot.services.dialling import ask
from voicebot.services.dialling.ask import CallRefused, ask_for_call
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.settle import record_dial_status, settle_silent_dials
from voicebot.services.templates import edit
from voicebot.storage import queue
from voicebot.storage.queue import NewEntry

pytestmark = pytest.mark.sql
ANY_HOUR = "a test runs at any hour"
LINES = 100


@dataclass
class Dialler:
    """Takes every call, and lists what it was told to list."""

    failure: ProviderError | None = None
    calls: list[NewCall] = field(default_factory=list)
    listed: list[ProviderCall] = field(default_factory=list)
    known: bool = True

    def create_call(self, call: NewCall) -> str:
        self.calls.append(call)
        if self.failure:
            raise self.failure
        return f"CA{uuid.uuid4().hex}"

    def list_calls(self, *, to: str | None = None, **_: Any) -> list[ProviderCall]:
        return [call for call in self.listed if call.to_number == to]

    def fetch_call(self, sid: str) -> ProviderCall:
        if not self.known:
            raise ProviderError("twilio", "20404", Outcome.REFUSED)
        return ProviderCall(sid, "completed", "outbound-api", "+12025550100", "+12025550123")


@pytest.fixture
def carrier() -> Dialler:
    return Dialler()


@pytest.fixture
def bot(make_runtime, carrier, owner):
    for table in ("call_attempts", "call_queue", "dialling_lanes", "dialling_accounts"):
        owner.execute(f"delete from public.{table}")
    owner.execute("update public.call_service_providers set concurrency_limit = %s", [LINES])
    return make_runtime(telephony=carrier)


NUMBERS = (f"+1303555{n:04d}" for n in range(10_000))


def wanted(**given: Any) -> NewEntry:
    return NewEntry(
        **{"to_number": "+13035550142", "purpose": "asked_for", "hours_lifted": ANY_HOUR, **given}
    )


def silent(owner: Any) -> None:
    """Let nothing have been heard of any dial for an hour."""
    owner.execute("alter table public.call_attempts disable trigger touch_updated_at")
    owner.execute("update public.call_attempts set updated_at = now() - interval '1 hour'")
    owner.execute("alter table public.call_attempts enable trigger touch_updated_at")


def state_of(owner: Any) -> tuple[Any, ...]:
    return owner.execute(
        """select a.state, a.error, q.status, q.last_error from public.call_attempts a
             join public.call_queue q on q.id = a.call_queue_id order by a.created_at desc limit 1"""
    ).fetchone()


def test_a_call_that_is_asked_for_is_dialled_once_and_done_when_it_was_answered(bot, carrier, owner):
    row, new = ask_for_call(bot, wanted())

    assert (new, row["status"], row["reasons"], row["zones"]) == (True, "queued", [], ["America/Denver"])
    assert [place_dials(bot), place_dials(bot)] == [1, 0]
    (call,) = carrier.calls
    assert call.to == "+13035550142"
    attempt = re.search(r"attempt=([0-9a-f-]{36})", call.url)[1]
    (sid,) = owner.execute("select call_sid from public.call_attempts").fetchone()
    record_dial_status(bot, attempt, sid, "in-progress")
    record_dial_status(bot, attempt, sid, "completed")
    shown = queue.show_entry(bot.database, uuid.UUID(row["id"]), ask.dial_limits(bot))
    assert shown["status"] == "completed"
    assert [(one["state"], one["transport"]) for one in shown["attempts"]] == [("done", "completed")]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"to_number": "+19005550142"}, "not_callable"),
        ({"to_number": "+4930901820"}, "country_not_allowed"),
        ({"timezone": "EST5"}, "invalid_request"),
        ({"variables": {"name": "Ann"}}, "invalid_variables"),
        ({"template": "no such template"}, "unknown_template"),
        ({"purpose": "marketing"}, "no_consent"),
    ],
)
def test_what_can_never_be_dialled_is_refused_and_nobody_is_asked(bot, carrier, owner, given, code):
    with pytest.raises(CallRefused) as refused:
        ask_for_call(bot, wanted(**given))

    assert refused.value.code == code
    assert refused.value.words.endswith(".")
    assert owner.execute("select count(*) from public.call_queue").fetchone() == (0,)


def test_the_variables_of_an_entry_fit_its_template_and_reach_the_call(bot, carrier, owner):
    name = f"bikes {uuid.uuid4().hex}"
    stored = edit.make(
        bot, CallTemplate(name=name, greeting="Hello {{first_name}}.", variables={"first_name": "you"})
    )
    edit.publish(bot, stored)

    ask_for_call(bot, wanted(template=name, variables={"first_name": "Ann"}))
    place_dials(bot)

    background = bot.database.call(
        "call_background",
        number="+12025550100",
        user_id=None,
        theirs="+13035550142",
        **dict(
            zip(
                ("version_id", "variables"),
                owner.execute("select template_version_id, variables from public.call_attempts").fetchone(),
                strict=True,
            )
        ),
    )
    assert background["template"]["params"] == {"first_name": "Ann"}
    assert background["template"]["name"] == name


def test_what_came_straight_into_the_table_is_checked_and_then_dialled(bot, carrier, owner):
    user = bot.database.call("ensure_user", phone="+12025550100")["user_id"]
    good, premium = "+13035550142", "+19005550142"
    for number in (good, premium):
        owner.execute(
            """insert into public.call_queue (user_id, purpose, recipient_number, hours_lifted)
               values (%s, 'asked_for', %s, 'a test')""",
            [user, number],
        )

    assert place_dials(bot) == 0
    assert check_entries(bot) == 2
    while place_dials(bot):
        pass

    assert [call.to for call in carrier.calls] == [good]
    assert owner.execute(
        "select status, last_error from public.call_queue where recipient_number = %s", [premium]
    ).fetchone() == ("failed", "not_callable")


def test_a_call_that_the_carrier_does_not_know_any_more_holds_no_line(bot, carrier, owner):
    ask_for_call(bot, wanted())
    place_dials(bot)
    carrier.known = False
    silent(owner)

    assert settle_silent_dials(bot) == 1

    assert state_of(owner)[0] == "done"
    assert owner.execute("select sum(calls) from public.dialling_load").fetchone() == (0,)


def test_one_list_without_a_call_is_not_believed_two_are(bot, carrier, owner):
    ask_for_call(bot, wanted())
    carrier.failure = ProviderError("twilio", "timeout", Outcome.UNKNOWN)
    place_dials(bot)
    silent(owner)

    first = settle_silent_dials(bot), state_of(owner)[0]
    soon = settle_silent_dials(bot), state_of(owner)[0]
    silent(owner)
    second = settle_silent_dials(bot), state_of(owner)

    assert first == soon == (0, "unknown")
    assert second == (1, ("failed", "failed", "queued", "failed"))


def test_a_dial_of_which_nobody_tells_anything_ends_after_a_day_and_is_not_repeated(bot, carrier, owner):
    ask_for_call(bot, wanted())
    place_dials(bot)
    owner.execute("update public.call_attempts set deadline = now() - interval '1 second'")

    assert settle_silent_dials(bot) == 1

    assert state_of(owner) == ("done", "nobody_told", "failed", "nobody_told")
    assert place_dials(bot) == 0


def test_workers_that_dial_at_once_at_a_carrier_that_lies_call_nobody_twice(
    make_runtime, bot, owner, no_breaker
):
    """Each call that was made is one attempt's; what was perhaps made is dialled by nobody again."""
    carrier = MoodyDialler(random.Random(9))
    workers = [make_runtime(telephony=carrier) for _ in range(3)]
    for _ in range(50):
        ask_for_call(bot, wanted(to_number=next(NUMBERS)))

    def work(runtime: Any) -> None:
        while owner.execute(
            """select count(*) from public.call_queue q where q.status = 'queued'
                or exists (select from public.call_attempts a where a.call_queue_id = q.id and a.state = 'sending')"""
        ).fetchone() != (0,):
            place_dials(runtime)
            owner.execute(
                "update public.call_queue set next_attempt_at = now() where status = 'queued' and last_error = '429'"
            )
            owner.execute("update public.dialling_lanes set due_at = now()")

    threads = [threading.Thread(target=work, args=(runtime,)) for runtime in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert max(carrier.made.values()) == 1
    per_entry = Counter(
        entry
        for (entry,) in owner.execute(
            "select call_queue_id from public.call_attempts where id::text = any (%s)", [list(carrier.made)]
        ).fetchall()
    )
    assert max(per_entry.values()) == 1
    moments = [
        at
        for (at,) in owner.execute(
            "select sending_at from public.call_attempts order by sending_at"
        ).fetchall()
    ]
    # A hundred a second are allowed.
    assert all(
        later - earlier >= timedelta(milliseconds=9.9) for earlier, later in itertools.pairwise(moments)
    )
