"""Supabase's URL and key alone, against Supabase's own local server: what README says works, works."""

import json

import pytest

from tests.support.command_line import Run, run
from voicebot.storage.database import SupabaseDatabase

__all__ = ["run"]

pytestmark = [pytest.mark.sql, pytest.mark.lite]

LISTS = ("calls list", "texts list", "escalations list", "templates list", "voices list", "keys list", "block list",
         "mail list", "verifications blocked")  # fmt: skip


@pytest.fixture
def environ(lite, tmp_path) -> dict[str, str]:
    return {
        "SUPABASE_URL": lite.url,
        "SUPABASE_SERVICE_ROLE_KEY": lite.key,
        "VOICEBOT_DATA_DIR": str(tmp_path),
        "VOICEBOT_SIMULATOR_URL": "http://127.0.0.1:9",
    }


def test_a_text_is_kept_its_stop_holds_and_both_are_listed(lite, run: Run):
    database = SupabaseDatabase(lite.url, lite.key)
    database.call(
        "message_received", message_sid="SMalone", channel="sms", from_number="+12025550123",
        to_number="+12025550100", content="STOP", keyword="stop", confirmation="Done.",
    )  # fmt: skip
    database.close()

    code, out, err = run("texts", "list", "--json")

    assert (code, err) == (0, "")
    (thread,) = json.loads(out)["conversations"]
    assert thread["suppressed"]["reason"] == "STOP"


@pytest.mark.parametrize("words", LISTS)
def test_what_is_kept_can_be_listed(run: Run, words: str):
    code, out, err = run(*words.split(), "--json")

    assert (code, err) == (0, "")
    assert isinstance(json.loads(out), dict)


def test_a_key_is_made_and_a_caller_blocked(run: Run):
    made = run("keys", "create", "alone")
    blocked = run("block", "add", "+12025550177")

    assert (made[0], blocked[0]) == (0, 0)
    assert made[1].strip()
