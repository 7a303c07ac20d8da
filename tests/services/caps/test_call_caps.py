"""How many calls of one number and one prefix are let in, and what becomes of one more; with the defaults of the settings."""

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from tests.services.calls.aftermath import OURS, Connection, new_sid
from tests.services.calls.gather.gather_calls import verbs
from tests.services.caps.called_house import (
    MANY,
    MUCH,
    NEIGHBOUR,
    NUMBER,
    STRANGER,
    calls,
    calls_in_turn,
    end,
    house,
    nobody_called_yet,
    pass_time,
)
from tests.support.providers import InstantVoice, ScriptedModel
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.reports import CallArrival
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.take import answer_call
from voicebot.storage.caps import list_refused

pytestmark = pytest.mark.sql
__all__ = ["house", "nobody_called_yet"]


# --- at once ------------------------------------------------------------------------------------------


def test_forty_calls_at_once_of_one_number_are_three_conversations(
    house: Callable[..., Runtime], owner: Connection, model: ScriptedModel, voice: InstantVoice
) -> None:
    runtime, heard = house(), list[str]()
    threads = [threading.Thread(target=lambda: heard.append(calls(runtime, NUMBER))) for _ in range(40)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(heard) == {"let in": 3, MANY: 37}
    assert model.requests == []
    assert owner.execute(
        "select end_reason, count(*) from public.call_history group by 1 order by 1"
    ).fetchall() == [("capped", 37), (None, 3)]
    # Those that were refused are no calls that this process carries.
    assert len(runtime.live_calls) == 3


def test_forty_calls_at_once_of_one_prefix_are_ten_conversations(house: Callable[..., Runtime]) -> None:
    runtime, heard = house(), list[str]()
    threads = [
        threading.Thread(target=lambda n=n: heard.append(calls(runtime, f"+1202555{n:04d}")))
        for n in range(40)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(heard) == {"let in": 10, MUCH: 30}


def test_a_call_that_is_over_makes_room_for_another(house: Callable[..., Runtime], owner: Connection) -> None:
    runtime = house()
    first = [calls(runtime, NUMBER) for _ in range(4)]

    end(runtime, owner, NUMBER)

    assert first == ["let in"] * 3 + [MANY]
    assert [calls(runtime, NUMBER) for _ in range(4)] == ["let in"] * 3 + [MANY]


def test_a_call_whose_end_nobody_tells_holds_a_place_for_some_hours_only(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house()
    for _ in range(3):
        calls(runtime, NUMBER)

    owner.execute("update public.call_history set started_at = started_at - interval '6 hours'")

    assert calls(runtime, NUMBER) == "let in"


def test_a_repeated_request_is_one_call(house: Callable[..., Runtime], owner: Connection) -> None:
    runtime, sids = house(), [new_sid() for _ in range(3)]

    heard = [calls(runtime, NUMBER, sid) for sid in sids for _ in range(5)]

    assert heard == ["let in"] * 15
    assert calls(runtime, NUMBER) == MANY


def test_a_refused_call_that_is_asked_for_again_is_refused_again_and_a_full_row_counts_it_once(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime, sid = house(), new_sid()
    for _ in range(3):
        calls(runtime, NUMBER)

    first = calls(runtime, NUMBER, sid)
    end(runtime, owner, NUMBER)
    again = calls(runtime, NUMBER, sid)

    assert (first, again) == (MANY, MANY)
    assert list_refused(runtime.database)[1] == {"calls": 1}


# --- an hour ------------------------------------------------------------------------------------------


def test_a_number_calls_twenty_times_an_hour_and_the_others_are_let_in(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house()

    assert calls_in_turn(runtime, owner, [NUMBER] * 25) == {"let in": 20, MANY: 5}

    assert calls(runtime, NEIGHBOUR) == calls(runtime, STRANGER) == "let in"
    pass_time(owner, 61)
    assert calls(runtime, NUMBER) == "let in"


def test_a_prefix_calls_sixty_times_an_hour_and_the_others_are_let_in(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house()
    neighbours = [f"+1202555{n:04d}" for n in range(65)]

    assert calls_in_turn(runtime, owner, neighbours) == {"let in": 60, MUCH: 5}

    assert calls(runtime, STRANGER) == "let in"


def test_a_refusal_uses_nothing_up(house: Callable[..., Runtime], owner: Connection) -> None:
    runtime = house(MAX_HOURLY_CALLS_PER_NUMBER="2")
    calls_in_turn(runtime, owner, [NUMBER] * 2)
    pass_time(owner, 50)

    assert calls_in_turn(runtime, owner, [NUMBER] * 30) == {MANY: 30}

    pass_time(owner, 11)
    assert calls(runtime, NUMBER) == "let in"


@pytest.mark.parametrize(
    ("setting", "callers", "let_in"),
    [
        ("MAX_LIVE_CALLS_PER_NUMBER", [NUMBER] * 3, 1),
        ("MAX_LIVE_CALLS_PER_PREFIX", [NUMBER, NEIGHBOUR, "+12025550125"], 1),
        ("MAX_HOURLY_CALLS_PER_NUMBER", [NUMBER] * 3, 1),
        ("MAX_HOURLY_CALLS_PER_PREFIX", [NUMBER, NEIGHBOUR, "+12025550125"], 1),
        ("MAX_LIVE_CALLS_PER_PREFIX", [NUMBER, STRANGER, "+14045550123"], 3),
    ],
)
def test_every_cap_is_a_setting(
    house: Callable[..., Runtime], setting: str, callers: list[str], let_in: int
) -> None:
    runtime = house(**{setting: "1"})

    assert [calls(runtime, caller) for caller in callers].count("let in") == let_in


# --- who is taken for one -----------------------------------------------------------------------------


def test_withheld_callers_are_one_prefix_together(house: Callable[..., Runtime]) -> None:
    runtime = house()
    withheld = ["anonymous", "Anonymous", "unknown", "RESTRICTED", "", "+266696687", "+7378742833", "private"]

    heard = [calls(runtime, random.Random(9).choice(withheld)) for _ in range(8)]
    heard += [calls(runtime, each) for each in withheld]

    assert heard == ["let in"] * 10 + [MUCH] * 6
    assert calls(runtime, NUMBER) == "let in"


@pytest.mark.parametrize(
    "spellings",
    [
        ["+12025550123", "2025550123", "(202) 555-0123", "12025550123"],
        ["client:alice"] * 4,
        ["sip:alice@pbx.example.com"] * 4,
        [
            "sip:alice@pbx.example.com",
            "SIP:Alice@PBX.example.com",
            "sip:ALICE@pbx.Example.com",
            "sip:alice@pbx.example.com",
        ],
        ["sip:" + "x" * 5000 + "@pbx.example.com"] * 4,
        ["12345"] * 4,
    ],
)
def test_a_caller_is_one_however_it_is_written(house: Callable[..., Runtime], spellings: list[str]) -> None:
    runtime = house()

    assert [calls(runtime, each) for each in spellings] == ["let in"] * 3 + [MANY]


@pytest.mark.parametrize(
    ("chosen", "apart"),
    [
        (lambda n: f"sip:caller{n}@pbx.example.com;transport=udp", "sip:caller@other.example.com"),
        (lambda n: f"client:visitor-{n}", "sip:visitor@pbx.example.com"),
        (lambda n: f"+44207946{n:04d}", "+442079470000"),
        (lambda n: f"+1202555{n:04d}", "+12025540123"),
        (lambda n: f"sips:{n}@PBX.example.com:5061", "sips:1@pbx.example.org:5061"),
    ],
)
def test_names_that_can_be_chosen_are_a_prefix_together(
    house: Callable[..., Runtime], chosen: Callable[[int], str], apart: str
) -> None:
    runtime = house()

    heard = [calls(runtime, chosen(n)) for n in range(12)]

    assert heard == ["let in"] * 10 + [MUCH] * 2
    assert calls(runtime, apart) == "let in"


def test_whom_we_call_is_counted_nowhere(house: Callable[..., Runtime], owner: Connection) -> None:
    runtime = house(MAX_LIVE_CALLS_PER_NUMBER="1")

    for _ in range(3):
        document = answer_call(runtime, CallArrival(new_sid(), "outbound", OURS, NUMBER))
        assert "Gather" in verbs(document)

    assert owner.execute("select count(*) from public.caller_counters").fetchone() == (0,)


def test_a_blocked_caller_is_refused_as_such_and_uses_no_cap(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house()
    runtime.database.call("block_caller", number=NUMBER)

    assert {calls(runtime, NUMBER) for _ in range(5)} == {phrase(Phrase.CALL_REFUSED)}
    assert owner.execute("select count(*) from public.caller_counters").fetchone() == (0,)
