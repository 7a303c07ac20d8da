"""What a transcript says of the words that were heard is what the phone heard, at the pace of life."""

import time
from concurrent.futures import ThreadPoolExecutor

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


def test_of_a_greeting_is_kept_what_was_heard_all_of_it_or_up_to_a_word(running_house: House) -> None:
    # At the same time, as they take ten seconds each.
    with ThreadPoolExecutor(3) as pool:
        heard_whole = [
            pool.submit(whole_greeting, running_house, typed) for typed in ("at once", "while the bot spoke")
        ]
        talked_over = pool.submit(greeting_talked_over, running_house)

    for typed, call in zip(("at once", "while the bot spoke"), heard_whole, strict=True):
        assert call.result() == (False, ""), typed
    cut, content, unheard = talked_over.result()
    assert cut
    assert 1 < len(unheard) < len(content)
    assert unheard[0] == " "


def whole_greeting(house: House, typed: str) -> tuple[bool, str]:
    """Say something that does not cut the greeting; return whether it was cut, and what of it counts as not heard."""
    phone = house.phone
    sid = phone.call("+12025550124" if typed == "at once" else "+12025550125", speed=1.0)
    if typed == "at once":
        phone.wait(sid, "speech")
    phone.say(sid, "Hi, when do you open on Saturdays please?")
    said = phone.wait(sid, "turn", after=2, timeout_s=30)
    phone.hangup(sid)
    return said["heard"][0]["cut"], unheard_of_greeting(house, sid)[1]


def greeting_talked_over(house: House) -> tuple[bool, str, str]:
    """Talk over the greeting; return whether it was cut, the greeting, and what of it counts as not heard."""
    phone = house.phone
    sid = phone.call(CALLER, speed=1.0)
    wait_for(lambda: phone.get(sid)["heard"], pause_s=0.02)
    # The caller listens to some of the greeting, which is played in real time.
    time.sleep(1.2)
    phone.say(sid, "Opening hours?", barge_in=True)
    said = phone.wait(sid, "turn", after=2, timeout_s=30)
    phone.hangup(sid)
    return said["heard"][0]["cut"], *unheard_of_greeting(house, sid)
