"""Every webhook of a call comes three times, two of them at once and on two processes: each has one effect."""

from collections import Counter
from typing import Any

import pytest

from tests.chaos.conftest import model_requests
from tests.chaos.signed import TripledCall, action
from tests.house import House

pytestmark = pytest.mark.chaos

SPOKEN = (
    "What does a full service cost?",
    "When are you open, and where is the shop?",
    "Use another voice please.",
)


def count(house: House, query: str, call_sid: str) -> Any:
    """The one number that a query about a call returns."""
    (row,) = house.rows(query, call_sid)
    return next(iter(row.values()))


def test_a_whole_call_of_repeated_requests_asks_the_model_once_a_turn_and_leaves_single_rows(
    house: House,
) -> None:
    carrier = TripledCall(house)
    document = carrier.follow(carrier.ask("/twilio/voice", CallStatus="ringing"))

    for said in SPOKEN[:2]:
        document = carrier.follow(carrier.ask(action(document), SpeechResult=said, Confidence="0.9"))
    asked = model_requests(house)
    document = carrier.follow(carrier.ask(action(document), Digits="*"))
    document = carrier.follow(carrier.ask(action(document)))
    document = carrier.follow(carrier.ask(action(document), SpeechResult=SPOKEN[2]))
    told = carrier.tell("/twilio/voice/status", CallStatus="completed", CallDuration="31", SequenceNumber="3")

    assert asked == 2
    assert [answer.status_code for answer in told] == [204] * 3
    call = "(select id from public.call_history where call_sid = %s)"
    assert count(house, "select count(*) from public.call_history where call_sid = %s", carrier.call_sid) == 1
    assert (
        count(house, f"select count(*) from public.call_turns where call_id = {call}", carrier.call_sid) == 6
    )
    stored = count(
        house, f"select count(*) from private.served_documents where call_id = {call}", carrier.call_sid
    )
    assert stored == carrier.documents
    said = house.rows(
        f"""select content from public.transcripts where speaker = 'caller' and session_id = {call}
            order by sequence_number""",
        carrier.call_sid,
    )
    assert [row["content"] for row in said] == [*SPOKEN[:2], "(pressed *)", SPOKEN[2]]
    jobs = house.rows(
        f"""select task_name from jobs.procrastinate_jobs where (args ->> 'call_id')::bigint = {call}""",
        carrier.call_sid,
    )
    assert Counter(job["task_name"] for job in jobs) == {"summarise_call": 1, "fetch_price": 1}


def test_two_identical_turns_at_once_are_one_question_to_a_slow_model(house: House) -> None:
    carrier = TripledCall(house)
    greeting = carrier.ask("/twilio/voice")
    house.phone.provider_knobs(target="model", mode="slow", delay_s=2.0)

    document = carrier.follow(carrier.ask(action(greeting), SpeechResult=SPOKEN[0]))

    assert model_requests(house) == 1
    assert action(document)
