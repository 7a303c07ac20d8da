"""What a transcript says of the words that were heard is what the phone heard, at the pace of life."""

import time

import pytest

from tests.house import CALLER, House
from tests.support.waiting import wait_for

pytestmark = pytest.mark.chaos


def unheard_of_greeting(house: House, sid: str) -> tuple[str, str]:
    """The greeting, and what of it counts as not heard."""
    rows = house.rows(
        """select t.content, t.heard from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s and t.speaker = 'bot' order by t.sequence_number limit 1""",
        sid,
    )
    content, heard = rows[0]["content"], rows[0]["heard"]
    assert content.startswith(heard)
    return content, content[len(heard) :]


@pytest.mark.parametrize("typed", ["at once", "while the bot spoke"])
def test_a_greeting_that_was_played_to_its_end_was_heard_whole(running_house: House, typed: str) -> None:
    phone = running_house.phone
    sid = phone.call(CALLER, speed=1.0)
    if typed == "at once":
        phone.wait(sid, "speech")
    phone.say(sid, "Hi, when do you open on Saturdays please?")
    said = phone.wait(sid, "turn", after=2, timeout_s=30)
    phone.hangup(sid)

    assert [item["cut"] for item in said["heard"][:1]] == [False]
    assert unheard_of_greeting(running_house, sid)[1] == ""


def test_a_greeting_that_was_talked_over_is_cut_at_a_word(running_house: House) -> None:
    phone = running_house.phone
    sid = phone.call(CALLER, speed=1.0)
    wait_for(lambda: phone.get(sid)["heard"], pause_s=0.02)
    # The caller listens to some of the greeting, which is played in real time.
    time.sleep(1.2)
    phone.say(sid, "Opening hours?", barge_in=True)
    said = phone.wait(sid, "turn", after=2, timeout_s=30)
    phone.hangup(sid)

    content, unheard = unheard_of_greeting(running_house, sid)
    assert said["heard"][0]["cut"]
    assert 1 < len(unheard) < len(content)
    assert unheard[0] == " "
