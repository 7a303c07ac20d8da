"""Whole calls as text, replayed through the whole house: web processes, database, carrier, model and voice."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from simulator.phone.play import play_scenario
from tests.house import CALLER, NUMBER, House
from tests.support.command_line import printed_by
from voicebot.domain.call.phrases import FILLERS, Phrase, phrase

pytestmark = pytest.mark.chaos

CALLS = sorted((Path(__file__).parent / "calls").glob("*.txt"))
MOST_SILENCE_S = 4.0
NOTE = re.compile(r"^# (line|stored|recorded|voices): (.+)$", re.MULTILINE)
TEMPLATE = "(select template_id from public.provider_phone_numbers where full_number = %s)"


@pytest.fixture
def house(running_house: House) -> Iterator[House]:
    running_house.tidy()
    yield running_house
    running_house.tidy()


@contextmanager
def line(house: House, changes: dict[str, Any]) -> Iterator[None]:
    """Have calls to the house's number meet a changed template for a while."""
    columns = list(changes)
    (before,) = house.rows(f"select * from public.call_templates where id = {TEMPLATE}", NUMBER)

    def put(values: dict[str, Any]) -> None:
        for column in columns:
            value = Jsonb(values[column]) if isinstance(values[column], dict | list) else values[column]
            house.rows(f"update public.call_templates set {column} = %s where id = {TEMPLATE}", value, NUMBER)
        house.rows(
            f"select public.publish_template(id, revision) from public.call_templates where id = {TEMPLATE}",
            NUMBER,
        )

    put(changes)
    yield
    put(before)


def call_row(house: House, sid: str) -> dict[str, Any]:
    """The call as it is stored once its last status has come."""
    assert house.phone.callbacks_idle(20.0)
    (row,) = house.rows("select * from public.call_history where call_sid = %s", sid)
    return row


def spoken_voices(house: House, sid: str) -> int:
    """With how many voices the bot spoke."""
    rows = house.rows(
        """select distinct s ->> 'voice_id' from public.call_turns t join public.call_history c on c.id = t.call_id,
                  jsonb_array_elements(private.turn_parts(t.call_id, t.turn)) p, jsonb_array_elements(p -> 'speech') s
            where c.call_sid = %s and s ->> 'kind' = 'sentence'""",
        sid,
    )
    return len(rows)


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_the_call_goes_as_written_and_is_stored_as_it_went(house: House, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    notes = {name: json.loads(value) if value[0] == "{" else value for name, value in NOTE.findall(text)}
    fillers = "".join(f"ignore: {phrase(name)}\n" for name in FILLERS)

    with line(house, notes.get("line", {})):
        result = play_scenario(fillers + text, house.phone)

    row = call_row(house, result.sid)
    heard = [item["text"] for item in result.view["heard"] if item["kind"] == "caller"]
    stored = house.rows(
        "select content from public.transcripts where session_id = %s and speaker = 'caller'", row["id"]
    )
    assert result.passed, [str(each) for each in result.mismatches]
    assert {column: row[column] for column in notes["stored"]} == notes["stored"]
    assert row["ended_at"] is not None
    assert set(heard) <= {each["content"] for each in stored}
    assert result.view["ear"]["longest_silence_s"] < MOST_SILENCE_S
    assert result.view["alerts"] == []
    if "recorded" in notes:
        assert row["recording_status"] == notes["recorded"]
    if "voices" in notes:
        assert spoken_voices(house, result.sid) == int(notes["voices"])


def test_there_are_calls_enough() -> None:
    assert len(CALLS) >= 12


def test_a_call_that_lasts_too_long_is_ended_with_a_word(house: House) -> None:
    with line(house, {"limits": {"max_duration_s": 1}}):
        sid = house.phone.call(CALLER)
        view = house.phone.wait(sid)
    # The limit is on the wall clock, whatever the speed of the call.
    time.sleep(1.1)
    house.phone.say(sid, "What does a full service cost?")
    view = house.phone.wait(sid, "over", after=len(view["heard"]))

    said = [item["text"] for item in view["heard"] if item["kind"] in ("say", "play")]
    row = call_row(house, sid)
    assert said[-1] == phrase(Phrase.TIME_IS_UP)
    assert (row["call_status"], row["end_reason"]) == ("completed", "max_duration")


def test_a_change_of_the_template_is_heard_in_the_next_call(house: House) -> None:
    def command(*arguments: str) -> None:
        printed_by(house.environ, "templates", *arguments)

    def first_words() -> str:
        sid = house.phone.call(CALLER)
        view = house.phone.wait(sid)
        house.phone.hangup(sid)
        return next(item["text"] for item in view["heard"] if item["kind"] in ("say", "play"))

    name = "Harbour Street Bicycles"
    before = first_words()
    try:
        command("edit", name, "--greeting", "Good day, this is {{line}} by the sea.", "--publish")

        assert first_words() == "Good day, this is Harbour Street Bicycles by the sea."
    finally:
        command("publish", name, "--version", "1")
    assert first_words() == before
