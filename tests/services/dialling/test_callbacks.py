"""Who asks the bot to call them is called then: in a call and by text, by their own clock, told with day and time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, asks
from tests.services.texts.text_house import answer_all, onboarded, outgoing, texts
from tests.support.providers import ScriptedModel
from voicebot.domain.call.events import CallerSaid
from voicebot.providers.ports import ToolCall
from voicebot.runtime import Runtime
from voicebot.services.calls.run_tool import ToolUse, run_tool
from voicebot.services.dialling.callbacks import CALLBACK
from voicebot.storage import suppressions

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts", "no_entries")]
DENVER = ZoneInfo("America/Denver")
# Ten in the morning in Denver, on a Wednesday that lies ahead of every clock that runs these tests.
NOW = datetime(2035, 12, 5, 17, 0, tzinfo=UTC)
ANYBODY = (f"+1303555{n:04d}" for n in range(10_000))


@pytest.fixture
def no_entries(owner: Connection) -> None:
    for table in ("call_attempts", "call_queue", "dialling_lanes", "suppressions"):
        owner.execute(f"delete from public.{table}")


@pytest.fixture
def bot(make_runtime: Callable[..., Runtime]) -> Runtime:
    return make_runtime(now=lambda: NOW)


@pytest.fixture
def caller() -> str:
    return next(ANYBODY)


def entries(owner: Connection, number: str) -> list[tuple[Any, ...]]:
    rows = owner.execute(
        """select status, scheduled_time, not_before, not_after, timezone, zones from public.call_queue
            where recipient_number = %s order by created_at""",
        [number],
    ).fetchall()
    return [
        tuple(value.astimezone(DENVER) if isinstance(value, datetime) else value for value in row)
        for row in rows
    ]


def test_a_wish_said_in_a_call_waits_in_the_callers_zone_and_is_told_with_day_and_time(
    bot: Runtime, model: ScriptedModel, owner: Connection, call_sid: str, caller: str
) -> None:
    arrives(bot, call_sid, caller)
    model.scripts = [
        [ToolCall("t1", "callback", {"when": "tomorrow at nine"})],
        ["Tomorrow, Thursday, at nine."],
    ]

    asks(bot, call_sid, 1, CallerSaid("Call me tomorrow at nine."), caller=caller)

    nine = datetime(2035, 12, 6, 9, 0, tzinfo=DENVER)
    [(status, at, _, until, zone, zones)] = entries(owner, caller)
    assert (status, at, until, zone, zones) == (
        "queued",
        nine,
        nine + timedelta(hours=1),
        "America/Denver",
        ["America/Denver"],
    )
    told = model.requests[1].messages[-1]["content"]
    assert "tomorrow, Thursday, December 6, at 9:00 AM, Denver time" in told
    assert owner.execute(
        "select wording_version, source_sid, channel from public.consents where phone_number = %s and purpose = 'asked_for'",
        [caller],
    ).fetchall() == [("tomorrow at nine", call_sid, "call")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"when": "next week"}, "No call is set. On which day exactly"),
        ({"when": "tomorrow at eight"}, "8:00 AM or 8:00 PM"),
        ({"when": ""}, "No call is set. On which day"),
        ({}, "No call is set. On which day"),
        ({"when": "yesterday at nine"}, "That day is over."),
        ({"when": "tomorrow at three in the night"}, "Nobody is called at that hour"),
        ({"when": "tonight at eleven"}, "Nobody is called at that hour"),
        ({"when": "tomorrow at nine", "place": "Xyzzy"}, "In which city"),
        ({"when": "tomorrow at nine", "place": "Oregon"}, "In which city are you"),
        ({"kind": "cancel"}, "No call was set"),
    ],
)
def test_what_is_unclear_is_asked_back_and_what_cannot_be_is_refused_in_words(
    bot: Runtime, owner: Connection, call_sid: str, caller: str, given: dict[str, str], told: str
) -> None:
    result = used(bot, owner, call_sid, caller, **given)

    assert told in result.text and not result.ok
    assert entries(owner, caller) == []


def used(bot: Runtime, owner: Connection, call_sid: str, number: str, **arguments: str) -> Any:
    """Have the tool used in a call of this number."""
    if not (
        row := owner.execute("select id from public.call_history where call_sid = %s", [call_sid]).fetchone()
    ):
        arrives(bot, call_sid, number)
        row = owner.execute("select id from public.call_history where call_sid = %s", [call_sid]).fetchone()
    assert row is not None
    return run_tool(bot, CALLBACK.name, ToolUse(row[0], uuid4().hex, arguments, number=number))


@pytest.mark.parametrize(
    ("place", "zone", "hour"),
    [("New York", "America/New_York", 7), ("I'm in Los Angeles", "America/Los_Angeles", 10), ("Phoenix, Arizona", "America/Phoenix", 9),
     ("Pacific time", "America/Los_Angeles", 10)],
)  # fmt: skip
def test_where_the_caller_says_they_are_counts_before_their_number(
    bot: Runtime, owner: Connection, call_sid: str, caller: str, place: str, zone: str, hour: int
) -> None:
    assert used(bot, owner, call_sid, caller, when="tomorrow at nine", place=place).ok

    [(_, at, _, _, named, zones)] = entries(owner, caller)
    assert (at.hour, named, zones) == (hour, zone, [zone])


def test_a_number_of_several_zones_is_asked_where_unless_it_is_the_same_moment(
    bot: Runtime, owner: Connection, call_sid: str
) -> None:
    # Idaho has two clocks.
    number = "+12085550142"

    asked = used(bot, owner, call_sid, number, when="tomorrow at nine")
    set_for = used(bot, owner, call_sid, number, when="in two hours")

    assert "In which city are you" in asked.text
    assert set_for.ok
    [(_, at, _, _, zone, zones)] = entries(owner, number)
    assert (at.astimezone(UTC), zone, len(zones)) == (NOW + timedelta(hours=2), None, 2)


def test_asking_again_moves_it_and_never_mind_takes_it_back(
    bot: Runtime, owner: Connection, call_sid: str, caller: str
) -> None:
    used(bot, owner, call_sid, caller, when="tomorrow at nine")

    moved = used(bot, owner, call_sid, caller, when="Friday after two")
    [(status, at, begins, _, _, _)] = entries(owner, caller)
    taken_back = used(bot, owner, call_sid, caller, kind="cancel")

    assert (moved.ok, taken_back.ok) == (True, True)
    assert (status, at, begins) == ("queued", None, datetime(2035, 12, 7, 14, 0, tzinfo=DENVER))
    assert [row[0] for row in entries(owner, caller)] == ["canceled"]


@pytest.mark.parametrize(
    "number",
    ["anonymous", "+266696687", "", "sip:bob@example.com", "+19005550142", "+442079460000", "+18005550142"],
)
def test_a_number_that_is_withheld_or_not_to_be_called_gets_no_call(
    bot: Runtime, owner: Connection, call_sid: str, number: str
) -> None:
    result = used(bot, owner, call_sid, number, when="tomorrow at nine")

    assert not result.ok and result.text.startswith("No call")
    assert owner.execute("select count(*) from public.call_queue").fetchone() == (0,)


def test_who_said_stop_gets_no_call(bot: Runtime, owner: Connection, call_sid: str, caller: str) -> None:
    suppressions.suppress(bot.database, caller, reason="operator", scope="all")

    assert "asked not to be called" in used(bot, owner, call_sid, caller, when="tomorrow at nine").text
    assert entries(owner, caller) == []


def test_a_text_sets_the_call_too_and_the_answer_says_when(
    bot: Runtime, model: ScriptedModel, owner: Connection, caller: str
) -> None:
    onboarded(bot, owner, caller)
    model.scripts = [
        [ToolCall("t1", "callback", {"when": "tomorrow at nine"})],
        ["I will call you tomorrow, Thursday, at 9:00 AM."],
    ]
    text = texts(bot, caller, "Call me tomorrow at nine")

    answer_all(bot)

    [(status, at, *_)] = entries(owner, caller)
    assert (status, at) == ("queued", datetime(2035, 12, 6, 9, 0, tzinfo=DENVER))
    assert "9:00 AM" in outgoing(owner, caller)[-1]["content"]
    assert "The call is set for tomorrow" in model.requests[1].messages[-1]["content"]
    assert owner.execute(
        "select source_sid, channel from public.consents where purpose = 'asked_for' and phone_number = %s",
        [caller],
    ).fetchall() == [(text.message_sid, "sms")]
    # What is set is no promise that somebody of the team has to keep.
    assert owner.execute(
        "select count(*) from public.support_escalations e join public.conversations c on c.id = e.conversation_id where c.customer_identifier = %s",
        [caller],
    ).fetchone() == (0,)


def test_a_text_is_told_when_although_the_model_finds_no_words(
    bot: Runtime, model: ScriptedModel, owner: Connection, caller: str
) -> None:
    onboarded(bot, owner, caller)
    model.scripts = [[ToolCall("t1", "callback", {"when": "tomorrow at nine"})], []]
    texts(bot, caller, "Call me tomorrow at nine")

    answer_all(bot)

    assert (
        "The call is set for tomorrow, Thursday, December 6, at 9:00 AM"
        in outgoing(owner, caller)[-1]["content"]
    )
