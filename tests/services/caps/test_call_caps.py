"""How many calls of one number and one prefix are let in, and what becomes of one more; with the defaults of the settings."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import OURS, Connection, new_sid
from tests.services.calls.gather.gather_calls import asks, verbs
from tests.support.providers import InstantVoice, ScriptedModel
from voicebot.domain.call.events import CallerSaid
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.reports import CallArrival
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.take import answer_call
from voicebot.services.calls.summarise import summarise_call
from voicebot.services.upkeep.sweep_records import sweep_records
from voicebot.settings import load_settings
from voicebot.storage.caps import list_refused
from voicebot.telemetry.metrics import REFUSED_BY_CAPS

pytestmark = pytest.mark.sql
NUMBER, NEIGHBOUR, STRANGER = "+12025550123", "+12025550124", "+13035550123"
OPERATOR = "+12025550199"
MANY, MUCH = phrase(Phrase.CALLS_TOO_MANY), phrase(Phrase.CALLS_TOO_MUCH)


@pytest.fixture(autouse=True)
def nobody_called_yet(owner: Connection) -> Iterator[None]:
    owner.execute(
        "truncate public.caller_counters, public.daily_spending, public.call_history, public.sms_history, "
        "public.support_escalations, public.blocked_callers cascade"
    )
    yield


@pytest.fixture
def house(make_runtime: Callable[..., Runtime], tmp_path: Any) -> Callable[..., Runtime]:
    """A runtime with the caps that the product has, but for those given."""

    def make(**settings: str) -> Runtime:
        told = {"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR, **settings}
        return make_runtime(settings=load_settings(told))

    return make


def calls(runtime: Runtime, caller: str, sid: str = "") -> str:
    """A call comes in; what the caller hears first: `let in`, or the words of a refusal."""
    document = answer_call(runtime, CallArrival(sid or new_sid(), "inbound", caller, OURS))
    if "Gather" in verbs(document):
        return "let in"
    assert verbs(document) == ["Say", "Hangup"]
    return ElementTree.fromstring(document).findtext("Say") or ""


def end(runtime: Runtime, owner: Connection, caller: str | None = None) -> None:
    """Calls of a caller, or all, end as the carrier tells it."""
    open_calls = owner.execute(
        "select call_sid from public.call_history where ended_at is null and from_number = coalesce(%s, from_number)",
        [caller],
    ).fetchall()
    for (sid,) in open_calls:
        runtime.database.call("record_call_status", call_sid=sid, status="completed", direction="inbound")


def pass_time(owner: Connection, minutes: int) -> None:
    owner.execute(
        """update public.caller_counters c
              set recent = array(select r - make_interval(mins => %(m)s) from unnest(c.recent) r),
                  told = array(select t - make_interval(mins => %(m)s) from unnest(c.told) t),
                  refused_at = c.refused_at - make_interval(mins => %(m)s),
                  moved_at = c.moved_at - make_interval(mins => %(m)s)""",
        {"m": minutes},
    )


def calls_in_turn(runtime: Runtime, owner: Connection, callers: list[str]) -> Counter[str]:
    """Each calls, and hangs up before the next one does."""
    heard: Counter[str] = Counter()
    for caller in callers:
        heard[calls(runtime, caller)] += 1
        end(runtime, owner)
    return heard


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


# --- who hears of it ----------------------------------------------------------------------------------


def told(owner: Connection) -> list[tuple[str, str]]:
    return owner.execute(
        "select reason, message from public.support_escalations order by created_at"
    ).fetchall()  # type: ignore[return-value]


def test_the_operator_is_told_once_for_a_cap_and_an_hour(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house()
    before = REFUSED_BY_CAPS.labels("calls", "number_live")._value.get()

    for caller in (NUMBER, STRANGER):
        for _ in range(10):
            calls(runtime, caller)
    first = told(owner)
    pass_time(owner, 61)
    calls(runtime, NUMBER)

    words = "3 calls at once are the most of one number: more are refused."
    assert first == [("too_many_calls", words)]
    assert told(owner) == [("too_many_calls", words)] * 2
    texts = owner.execute(
        "select content from public.sms_history where to_number = %s", [OPERATOR]
    ).fetchall()
    assert [text.startswith("Voicebot: there were too many calls") for (text,) in texts] == [True, True]
    assert REFUSED_BY_CAPS.labels("calls", "number_live")._value.get() - before == 15


def test_the_operator_is_told_of_each_cap(house: Callable[..., Runtime], owner: Connection) -> None:
    runtime = house(MAX_HOURLY_CALLS_PER_PREFIX="4")

    for caller in (*[NUMBER] * 5, NEIGHBOUR, NEIGHBOUR, NEIGHBOUR):
        calls(runtime, caller)

    assert told(owner) == [
        ("too_many_calls", "3 calls at once are the most of one number: more are refused."),
        ("too_many_calls", "4 calls an hour are the most of one prefix: more are refused."),
    ]


def test_everybody_who_was_refused_within_a_day_stands_in_a_list(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house()
    for caller in (*[NUMBER] * 5, *["anonymous"] * 12):
        calls(runtime, caller)

    rows, counts = list_refused(runtime.database)

    assert [(row["kind"], row["who"], row["count"], row["cap"]) for row in rows] == [
        ("calls", "anonymous*", 2, "prefix_live"),
        ("calls", NUMBER, 2, "number_live"),
    ]
    assert counts == {"calls": 4}
    pass_time(owner, 24 * 60 + 1)
    assert list_refused(runtime.database) == ([], {})


def test_the_end_of_a_refused_call_costs_no_model(
    house: Callable[..., Runtime], owner: Connection, model: ScriptedModel
) -> None:
    runtime, sid = house(MAX_LIVE_CALLS_PER_NUMBER="1"), new_sid()
    calls(runtime, NUMBER)
    calls(runtime, NUMBER, sid)
    end(runtime, owner)
    (call_id,) = owner.execute("select id from public.call_history where call_sid = %s", [sid]).fetchone()  # type: ignore[misc]

    summary = summarise_call(runtime, call_id)

    assert summary is not None
    assert (summary.title, summary.outcome) == ("One call too many", "not_reached")
    assert model.requests == []


def test_counters_that_nobody_moves_are_swept(house: Callable[..., Runtime], owner: Connection) -> None:
    runtime = house()
    calls(runtime, NUMBER)
    sweep_records(runtime)
    kept = owner.execute("select count(*) from public.caller_counters").fetchone()

    owner.execute("update public.caller_counters set moved_at = now() - interval '3 days'")
    sweep_records(runtime)

    assert kept == (2,)
    assert owner.execute("select count(*) from public.caller_counters").fetchone() == (0,)


# --- money --------------------------------------------------------------------------------------------


def spent(owner: Connection, purse: str = "inbound") -> float:
    (usd,) = owner.execute(
        "select coalesce(sum(usd), 0) from public.daily_spending where purse = %s", [purse]
    ).fetchone()  # type: ignore[misc]
    return float(usd)


def test_a_call_is_paid_as_it_goes_minutes_words_and_answers(
    house: Callable[..., Runtime], owner: Connection, model: ScriptedModel
) -> None:
    runtime, sid = house(), new_sid()
    model.scripts.append(["We open at nine."])

    calls(runtime, NUMBER, sid)
    after_greeting = spent(owner)
    asks(runtime, sid, 1, CallerSaid("When do you open?"), caller=NUMBER)
    after_answer = spent(owner)

    assert after_greeting == pytest.approx(0.014)
    assert after_answer > after_greeting + 0.02
    (of_call,) = owner.execute("select spent_usd from public.call_states").fetchone()  # type: ignore[misc]
    assert float(of_call) == pytest.approx(after_answer)


def test_each_minute_that_begins_is_paid_once(house: Callable[..., Runtime], owner: Connection) -> None:
    runtime, sid = house(), new_sid()
    calls(runtime, NUMBER, sid)
    owner.execute("update public.call_history set answered_at = answered_at - interval '130 s'")

    asks(runtime, sid, 1, CallerSaid("Hello?"), caller=NUMBER)
    first = spent(owner)
    asks(runtime, sid, 2, CallerSaid("Hello?"), caller=NUMBER)

    (minutes,) = owner.execute("select paid_minutes from public.call_states").fetchone()  # type: ignore[misc]
    assert minutes == 3
    assert first >= 3 * 0.014
    assert spent(owner) - first < 0.03


def test_when_the_days_money_is_spent_no_call_is_let_in_until_the_next_day(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house(MAX_DAILY_INBOUND_USD="0.02")
    first = calls_in_turn(runtime, owner, [NUMBER, STRANGER])

    refused = [calls(runtime, caller) for caller in (NUMBER, STRANGER, "anonymous", "+442079460123")]
    owner.execute("update public.daily_spending set day = day - 1")
    owner.execute("update public.caller_counters set told = '{}'")

    assert first == {"let in": 2}
    assert refused == [MUCH] * 4
    assert told(owner) == [
        (
            "too_many_calls",
            "The day's money for calls is spent (0.02 USD): more are refused until midnight UTC.",
        )
    ]
    assert calls(runtime, NUMBER) == "let in"


def test_a_day_without_money_lets_nobody_in(house: Callable[..., Runtime]) -> None:
    assert calls(house(MAX_DAILY_INBOUND_USD="0"), NUMBER) == MUCH


def test_a_call_that_costs_too_much_says_goodbye_and_asks_no_model_again(
    house: Callable[..., Runtime], owner: Connection, model: ScriptedModel
) -> None:
    runtime, sid = house(MAX_CALL_USD="0.03"), new_sid()
    calls(runtime, NUMBER, sid)
    asks(runtime, sid, 1, CallerSaid("When do you open?"), caller=NUMBER)
    asked = len(model.requests)

    last = asks(runtime, sid, 2, CallerSaid("And on Sundays?"), caller=NUMBER)

    assert asked == 1
    assert len(model.requests) == asked
    assert verbs(last)[-1] == "Hangup"
    assert owner.execute("select end_reason from public.call_history").fetchone() == ("max_cost",)
    assert [reason for reason, _ in told(owner)] == ["call_cost"]


def test_of_calls_that_cost_too_much_the_operator_hears_once_an_hour(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house(MAX_CALL_USD="0.01")

    for caller in (NUMBER, STRANGER, NEIGHBOUR):
        sid = new_sid()
        calls(runtime, caller, sid)
        asks(runtime, sid, 1, CallerSaid("Hello?"), caller=caller)

    assert [reason for reason, _ in told(owner)] == ["call_cost"]
    assert owner.execute("select array_agg(distinct end_reason) from public.call_history").fetchone() == (
        ["max_cost"],
    )
