"""The database goes away, at the start of a call and in its middle: nobody is cut off without a word, and it mends itself."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.chaos.conftest import MOST_SILENCE_S, Call, spoken, without_fillers
from tests.chaos.outage import frozen, recovered, stopped
from tests.house import CALLER, House
from tests.support.servers import Server
from tests.support.waiting import wait_for
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.storage.embedded import server

pytestmark = pytest.mark.chaos

QUESTION = "What does a full service cost?"
ANSWER = "eighty-five dollars"
DOCUMENT_WITHIN_S = 3.0


@pytest.fixture
def house(frail_house: House, frail_server: Server) -> Iterator[House]:
    """The house on a database that is there, whatever the test before did to it."""
    yield frail_house
    server.ensure_running(frail_server.data_dir)
    recovered(frail_house)


def documents_s(call: Call) -> float:
    return (
        max(hook["took_ms"] for hook in call.view["webhooks"] if hook["kind"] not in ("media", "status"))
        / 1000
    )


@pytest.mark.parametrize("outage", [stopped, frozen])
def test_in_the_middle_of_a_call_the_caller_is_asked_to_say_it_again(
    house: House, frail_server: Server, begin: Callable[..., Call], outage: Callable[[Server], object]
) -> None:
    call = begin()

    with outage(frail_server):
        apology = call.say(QUESTION)
    recovered(house)
    answer = call.say(QUESTION)
    call.hang_up()

    print(
        f"\n{outage.__name__}: longest silence {call.silence_s:.2f} s, slowest document {documents_s(call):.2f} s"
    )
    assert without_fillers(apology) == phrase(Phrase.SERVICE_SAY_AGAIN)
    assert ANSWER in without_fillers(answer)
    assert call.silence_s < MOST_SILENCE_S
    assert documents_s(call) < DOCUMENT_WITHIN_S


@pytest.mark.parametrize("outage", [stopped, frozen])
def test_a_call_that_cannot_be_begun_is_asked_for_patience_and_then_handed_to_a_person(
    house: House, frail_server: Server, begin: Callable[..., Call], outage: Callable[[Server], object]
) -> None:
    with outage(frail_server):
        call = begin()

    print(
        f"\n{outage.__name__}: longest silence {call.silence_s:.2f} s, slowest document {documents_s(call):.2f} s"
    )
    assert said(call) == [phrase(Phrase.SERVICE_PATIENCE)] * 2 + [phrase(Phrase.SERVICE_CONNECTING)]
    assert [item["text"] for item in call.view["heard"] if item["kind"] == "dial"] == ["answered"]
    assert call.silence_s < MOST_SILENCE_S
    assert documents_s(call) < DOCUMENT_WITHIN_S


def test_a_call_that_begins_while_the_database_starts_is_answered_after_all(
    house: House, frail_server: Server, begin: Callable[..., Call]
) -> None:
    with stopped(frail_server):
        # In compressed time the pauses that it is given would take none.
        call = begin(listening=False, speed=1.0)
        wait_for(lambda: said(call))
    wait_for(lambda: "Harbour Street" in said(call)[-1])

    assert said(call)[0] == phrase(Phrase.SERVICE_PATIENCE)
    assert not call.over
    assert call.silence_s < MOST_SILENCE_S


def said(call: Call) -> list[str]:
    """What the bot has said by now."""
    call.view = call.phone.get(call.sid)
    return spoken(call.view["heard"])


def test_a_status_that_comes_while_the_database_is_away_is_kept_until_it_is_back(
    house: House, frail_server: Server, begin: Callable[..., Call]
) -> None:
    call = begin()

    with stopped(frail_server):
        house.phone.hangup(call.sid)
        assert house.phone.callbacks_idle(20.0)
    recovered(house)

    row = wait_for(lambda: ended(house, call))
    hooks = house.phone.ledger(call.sid)["webhooks"]
    assert [hook["status"] for hook in hooks if hook["kind"] == "status"][-1] == 204
    assert (row["call_status"], row["end_reason"]) == ("completed", "caller_hung_up")
    assert row["from_number"] == CALLER


def ended(house: House, call: Call) -> dict[str, Any] | None:
    """The call's row, once its end is in it."""
    rows = house.rows(
        "select * from public.call_history where call_sid = %s and ended_at is not null", call.sid
    )
    return rows[0] if rows else None
