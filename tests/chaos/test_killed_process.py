"""A web process is killed in the middle of a turn: the other one finishes the answer, and the caller hears it once."""

import os
import re
import signal
from collections.abc import Callable

import pytest

from tests.chaos.conftest import (
    MOST_SILENCE_S,
    Call,
    live_turns,
    model_requests,
    without_fillers,
)
from tests.house import House
from tests.support.waiting import wait_for

pytestmark = pytest.mark.chaos

QUESTION = "When are you open, what does a full service cost and where is the shop?"


def busy_process(house: House) -> int:
    """The pid of the process that is making an answer."""
    return int(wait_for(lambda: next((pid for pid, turns in live_turns(house).items() if turns), None)))


def committed(house: House, call: Call) -> str:
    """The words of the caller's first turn that are rows."""
    parts = house.rows(
        """select s ->> 'text' as text from public.call_history c, jsonb_array_elements(private.turn_parts(c.id, 1)) p,
                  jsonb_array_elements(p -> 'speech') s where c.call_sid = %s""",
        call.sid,
    )
    return " ".join(part["text"] for part in parts)


def beginning(text: str, sentences: int) -> str:
    """The first sentences of a text."""
    return "".join(re.findall(r".+?[.?!](?:\s|$)", text)[:sentences]).strip()


@pytest.mark.parametrize("sentences", [0, 1, 2])
def test_the_other_process_finishes_the_answer_and_it_is_heard_once(
    house: House, begin: Callable[..., Call], sentences: int
) -> None:
    whole = without_fillers(begin().say(QUESTION))
    kept = beginning(whole, sentences)
    call = begin()
    house.phone.provider_knobs()
    # The sentence is known to be one when the next word has begun.
    stall = {"after_chars": len(kept) + len(" One more") if kept else 0, "delay_s": 2.4, "times": 1}
    house.phone.provider_knobs(target="model", mode="slow", **stall)
    house.phone.say(call.sid, QUESTION)
    wait_for(lambda: model_requests(house) == 1 and committed(house, call) == kept)

    os.kill(victim := busy_process(house), signal.SIGKILL)
    answer = call.listen()

    asked = model_requests(house)
    again = call.say("Do you rent bicycles?")
    call.hang_up()
    wait_for(lambda: victim not in house.web_pids())
    print(f"\nkilled after {sentences} sentences: longest silence {call.silence_s:.2f} s, heard {answer}")
    assert without_fillers(answer) == whole
    assert asked == 2
    assert "thirty dollars" in without_fillers(again)
    assert call.silence_s < MOST_SILENCE_S
