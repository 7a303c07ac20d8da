"""Whoever picks up a call of ours on a socket hears something at once: measured by the carrier, from the answer on."""

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from tests.chaos.streams.conftest import metrics_of
from tests.house import House
from tests.support.waiting import wait_for
from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import ask_for_call, dial_limits
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.dial import place_dials
from voicebot.services.templates import edit
from voicebot.storage import queue
from voicebot.storage.queue import NewEntry
from voicebot.wiring import build_runtime

pytestmark = pytest.mark.chaos
MOST_MS, CALLS = 400.0, 3
NUMBERS = (f"+1202555{number}" for number in count(4000))
"""Whoever was called in a first try is not called again at once."""
GREETING = "Hello, this is the shop that you asked to call you. How can I help you?"


@pytest.fixture
def dialler(house: House) -> Iterator[Runtime]:
    """What dials as the worker does, on the house's database, with the house's clips."""
    runtime = build_runtime(house.settings)
    wait_for(lambda: "voicebot_stream_healthy 1.0" in metrics_of(house), timeout_s=30)
    yield runtime
    runtime.database.close()


def asked_for(runtime: Runtime, number: str, transport: str) -> UUID:
    """Have somebody asked to be called on this transport."""
    name = f"First sound on {transport}"
    draft = CallTemplate.model_validate(
        {"name": name, "greeting": GREETING, "prompt": "You help.", "transport": transport}
    )
    edit.publish(runtime, edit.keep(runtime, edit.named(runtime, name), draft))
    wanted = NewEntry(to_number=number, purpose="asked_for", template=name, hours_lifted="a test")
    return UUID(ask_for_call(runtime, wanted)[0]["id"])


def dialled(runtime: Runtime, entry: UUID) -> str:
    """Dial it, and return the call's name."""

    def placed() -> str | None:
        check_entries(runtime)
        place_dials(runtime)
        attempts = queue.show_entry(runtime.database, entry, dial_limits(runtime))["attempts"]
        return next((attempt["call_sid"] for attempt in attempts if attempt["call_sid"]), None)

    return str(wait_for(placed, timeout_s=40, pause_s=0.1))


def first_ms(view: dict[str, Any], transport: str) -> float | None:
    """From the answer to the first frame that was played; on the relay to the first words that it was given to say."""
    answered_s = view["answered_at_s"]
    if transport == "media":
        came = [item["at_s"] for item in view["heard"] if item["kind"] == "play"]
    else:
        sent = [each for spell in view["streams"] for each in spell["messages"] if each["by"] == "app"]
        came = [each["at_s"] for each in sent if each["message"].get("type") == "text"]
    return (min(came) - answered_s) * 1000 if came and answered_s is not None else None


@pytest.mark.parametrize("transport", ["media", "relay"])
def test_who_picks_up_hears_the_first_words_within_400_ms(
    house: House, dialler: Runtime, transport: str
) -> None:
    found = []
    for _ in range(CALLS):
        to = next(NUMBERS)
        house.phone.operator("answer", number=to, ring_s=0.5, says=[], speed=1.0)
        sid = dialled(dialler, asked_for(dialler, to, transport))
        found.append(
            wait_for(lambda sid=sid: first_ms(house.phone.get(sid), transport), timeout_s=20, pause_s=0.1)
        )
        house.phone.hangup(sid)

    print(f"{transport}: first sound {[round(ms) for ms in found]} ms after the answer")
    # The first call of a process loads what tells speech from silence.
    assert sorted(found)[CALLS // 2] <= MOST_MS
