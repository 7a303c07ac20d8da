"""A nuisance caller phones and texts the whole house."""

import pytest

from tests.house import House
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.storage import blocks
from voicebot.storage.database import PostgresDatabase
from voicebot.wiring import build_runtime

pytestmark = pytest.mark.chaos
NUISANCE = "+12025550188"


@pytest.mark.parametrize(
    ("answer", "status", "heard"),
    [("phrase", "completed", [phrase(Phrase.CALL_REFUSED)]), ("reject", "no-answer", [])],
)
def test_a_blocked_caller_is_refused_and_texts_are_left_alone(
    running_house: House, answer: str, status: str, heard: list[str]
) -> None:
    house = running_house
    house.tidy()
    runtime = build_runtime(house.settings, PostgresDatabase(house.dsn, max_size=2))
    try:
        blocks.block_caller(runtime.database, NUISANCE, answer=answer)
        sid = house.phone.call(NUISANCE)
        view = house.phone.wait(sid, "over", timeout_s=30)
        text = house.phone.text("Call me back!", NUISANCE)
        assert house.phone.callbacks_idle(20)
    finally:
        blocks.unblock_caller(runtime.database, NUISANCE)
        runtime.database.close()

    [call] = house.rows("select * from public.call_history where call_sid = %s", sid)
    turns = house.rows("select 1 from public.call_turns where call_id = %s", call["id"])
    [stored] = house.rows("select * from public.sms_history where message_sid = %s", text)
    assert view["status"] == status
    assert [item["text"] for item in view["heard"] if item["kind"] in ("say", "play")] == heard
    assert (call["end_reason"], call["call_status"], turns) == ("blocked", status, [])
    assert call["ended_at"] is not None
    assert (stored["content"], stored["wants_answer"]) == ("Call me back!", False)
