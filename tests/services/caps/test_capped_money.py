"""What a flood of calls costs is bounded, and a person hears of it once."""

from collections.abc import Callable

import pytest

from tests.services.calls.aftermath import Connection, new_sid
from tests.services.calls.gather.gather_calls import asks, verbs
from tests.services.caps.called_house import (
    MUCH,
    NEIGHBOUR,
    NUMBER,
    OPERATOR,
    STRANGER,
    calls,
    calls_in_turn,
    end,
    house,
    nobody_called_yet,
    pass_time,
)
from tests.support.providers import ScriptedModel
from voicebot.domain.call.events import CallerSaid
from voicebot.runtime import Runtime
from voicebot.services.calls.summarise import summarise_call
from voicebot.services.upkeep.sweep_records import sweep_records
from voicebot.storage.caps import list_refused
from voicebot.telemetry.metrics import REFUSED_BY_CAPS

pytestmark = pytest.mark.sql
__all__ = ["house", "nobody_called_yet"]


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


def used(owner: Connection) -> float:
    """What the one call has cost."""
    (usd,) = owner.execute("select spent_usd from public.call_states").fetchone()  # type: ignore[misc]
    return float(usd)


def test_of_calls_that_come_together_so_many_are_let_in_as_the_day_has_money_for(
    house: Callable[..., Runtime], owner: Connection
) -> None:
    runtime = house(MAX_DAILY_INBOUND_USD="0.5")
    callers = (NUMBER, STRANGER, NEIGHBOUR)

    together = [calls(runtime, caller) for caller in (*callers, *callers)]
    under_way = spent(owner)
    end(runtime, owner)

    assert together == ["let in"] * 3 + [MUCH] * 3
    assert under_way == pytest.approx(0.6)
    assert spent(owner) == pytest.approx(3 * 0.014)
    assert calls(runtime, NUMBER) == "let in"


def test_a_call_is_paid_as_it_goes_minutes_words_and_answers(
    house: Callable[..., Runtime], owner: Connection, model: ScriptedModel
) -> None:
    runtime, sid = house(), new_sid()
    model.scripts.append(["We open at nine."])

    calls(runtime, NUMBER, sid)
    after_greeting = used(owner)
    asks(runtime, sid, 1, CallerSaid("When do you open?"), caller=NUMBER)
    after_answer = used(owner)
    set_aside = spent(owner)
    owner.execute("update public.call_states set spent_usd = 0.19")
    asks(runtime, sid, 2, CallerSaid("And on Sundays?"), caller=NUMBER)

    assert after_greeting == pytest.approx(0.014)
    assert after_answer > after_greeting + 0.02
    assert set_aside == pytest.approx(0.2)
    assert spent(owner) == pytest.approx(used(owner)) and used(owner) > 0.21


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


def transferred(owner: Connection, sid: str, seconds: int) -> None:
    """Let the last turn have put the caller through, so long ago."""
    owner.execute(
        """update public.call_turns t set closing = '{"kind": "transfer"}', finished_at = now() - make_interval(secs => %s)
             from public.call_states s join public.call_history c on c.id = s.call_id
            where c.call_sid = %s and t.call_id = s.call_id and t.turn = s.turn""",
        [seconds, sid],
    )


@pytest.mark.parametrize(
    ("put_through", "told_s", "other_minutes"),
    [(False, None, 0), (True, None, 2), (True, 170, 3), (True, 0, 0)],
)
def test_the_end_of_a_call_pays_the_minutes_after_its_last_turn_and_those_of_the_other_leg(
    house: Callable[..., Runtime], owner: Connection, put_through, told_s, other_minutes
) -> None:
    runtime, sid = house(), new_sid()
    calls(runtime, NUMBER, sid)
    asks(runtime, sid, 1, CallerSaid("Hello?"), caller=NUMBER)
    owner.execute("update public.call_history set answered_at = answered_at - interval '230 s'")
    before = used(owner)
    if put_through:
        transferred(owner, sid, 110)
    if told_s is not None:
        runtime.database.call("record_transfer", call_sid=sid, turn=2, outcome="completed", duration_s=told_s)

    for _ in range(2):
        runtime.database.call("record_call_status", call_sid=sid, status="completed")

    assert used(owner) - before == pytest.approx((3 + other_minutes) * 0.014)
    assert spent(owner) == pytest.approx(used(owner))


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
