"""A call over Media Streams with nothing replaced but the providers: it is heard, spoken to, interrupted and ended, in real time."""

import time
from typing import Any

from tests.chaos.streams.conftest import said, streamed_call
from tests.house import House
from tests.support.waiting import wait_for


def test_a_caller_is_heard_answered_and_may_interrupt_and_what_was_heard_is_kept(streaming: House) -> None:
    phone = streaming.phone
    sid = streamed_call(streaming)
    phone.say(sid, "When do you open on Saturday?")
    phone.wait_heard(sid, said("until two"), timeout_s=20)
    # The caller hears the rest of the answer, which is played in real time.
    time.sleep(3)
    phone.say(sid, "Do you repair electric bikes?")
    phone.wait_heard(sid, said("Electric bicycles"), timeout_s=20)
    phone.say(sid, "No wait, I want to know where the shop is.", barge_in=True)
    interrupted_at = next(item["at_s"] for item in phone.get(sid)["heard"] if said("Electric bicycles")(item))
    phone.wait_heard(
        sid, lambda item: item["kind"] == "play" and item["at_s"] > interrupted_at + 2, timeout_s=20
    )
    phone.keys(sid, "#")
    call = phone.wait(sid, "over", timeout_s=20)

    assert call["ear"]["longest_silence_s"] < 4
    wait_for(lambda: bool(rows_of(streaming, sid)))
    bot = [row for row in rows_of(streaming, sid) if row["speaker"] == "bot"]
    assert {row["heard_source"] for row in bot if row["heard"]} == {"mark"}
    cut = [row for row in bot if row["heard"] != row["content"]]
    assert cut, "the answer that was talked over"
    assert all(row["content"].startswith(row["heard"]) for row in cut)
    gaps = streaming.rows(
        """select t.gap_ms, t.ours_ms from public.call_turns t join public.call_history c on c.id = t.call_id
            where c.call_sid = %s and t.gap_ms is not null""",
        sid,
    )
    assert len(gaps) >= 2
    assert all(row["gap_ms"] < 4000 for row in gaps)


def rows_of(house: House, sid: str) -> list[dict[str, Any]]:
    """The transcript, once the call's last words are in it."""
    rows = house.rows(
        """select t.speaker, t.content, t.heard, t.heard_source from public.transcripts t
             join public.call_history c on c.id = t.session_id where c.call_sid = %s order by t.sequence_number""",
        sid,
    )
    over = bool(rows) and "Goodbye" in str(rows[-1]["content"]) and rows[-1]["heard"] is not None
    return rows if over else []
