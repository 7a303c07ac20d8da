"""The stations of the tour whose calls a websocket carries."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from voicebot.demo.patience import patiently
from voicebot.demo.screen import tell
from voicebot.demo.talk import Talk
from voicebot.demo.visitor import Visitor
from voicebot.domain.person.phone import mask
from voicebot.domain.templates.template import CallTemplate
from voicebot.services.dialling.ask import ask_for_call, dial_limits
from voicebot.services.templates import edit
from voicebot.storage import queue
from voicebot.storage.calls.calls import call_speech
from voicebot.storage.queue import NewEntry

NAMES = {
    "relay": "Harbour Street Bicycles, by words over a socket",
    "media": "Harbour Street Bicycles, by sound over a socket",
}
FACTS = ("The shop is open Monday to Friday from nine to six, and on Saturday until two.",)
LINES = ("When are you open on Saturday?", "Thank you, goodbye!")
GREETINGS = {
    "relay": "Hello, this is Harbour Street Bicycles. How can I help you?",
    "media": "Hello, this is Harbour Street Bicycles, the repair shop beside the old ferry terminal. You can ask me what a "
    "repair costs, when we are open, where we are, and what a bicycle costs for a day. How can I help you?",
}
"""The second one is long enough to be interrupted."""
ANY_HOUR = "the tour is played at any hour"
DIALLED_WITHIN_S = 60.0
SPEED = 1.0
"""A socket is as fast as life, however fast the rest of the tour goes."""
LOOK_S = 0.2


def by_words(visitor: Visitor) -> None:
    """Be called by a bot whose words go over a socket (ConversationRelay), ask it something and say goodbye."""
    visitor.phone.operator(
        "answer", number=visitor.number, ring_s=1, says=list(LINES), hesitates_s=0.5, speed=SPEED
    )
    talk = _called(visitor, "relay")
    shown = _carried(visitor, talk, "relay")
    # How an answer was cut into sounds is no question of the transcript's.
    played = " ".join(item["text"] or "" for item in talk.view["heard"] if item["kind"] in ("say", "play"))
    visitor.evidence.check("transcripts hold what the telephone played", _heard(shown) == played.split())


def by_sound(visitor: Visitor) -> None:
    """The same with a bot that hears and makes the sound itself (Media Streams), and that is interrupted."""
    visitor.phone.operator("answer", number=visitor.number, ring_s=1, speed=SPEED)
    talk = _called(visitor, "media")
    talk.interrupt(LINES[0])
    talk.say(LINES[1])
    shown = _carried(visitor, talk, "media")
    check, bot = (
        visitor.evidence.check,
        [line for line in shown.get("transcripts") or [] if line["speaker"] == "bot"],
    )
    greeting, answers = bot[0], bot[1:]
    check(
        "the greeting was interrupted, and is kept as far as it was heard",
        greeting["heard"] != greeting["content"] and greeting["content"].startswith(greeting["heard"]),
    )
    # A sound is no text: what the rows hold is looked at, not how the phone understood it. Whoever waits on a busy
    # machine hears a filler, which is no part of the talk.
    heard = [line for line in answers if line["heard"]]
    check(
        "of every answer it is kept how far it was heard, and marks prove it",
        len(heard) >= len(LINES)
        and all(
            line["content"].startswith(line["heard"]) and line["heard_source"] == "mark" for line in heard
        ),
    )
    check("the answer says until when", any("until two" in line["heard"] for line in heard))
    check("its speed is measured", any(speed["gap_ms"] for speed in shown.get("speeds") or []))
    spoken = patiently(lambda: call_speech(visitor.runtime.database, UUID(shown["call"]["public_id"]))) or {}
    check(
        "it is kept who spoke when",
        all(len(spoken.get(side, ())) >= len(LINES) for side in ("caller", "bot")),
    )


def _called(visitor: Visitor, transport: str) -> Talk:
    """Be called on this transport."""
    wanted = NewEntry(
        to_number=visitor.number,
        purpose="asked_for",
        template=_template(visitor, transport),
        hours_lifted=ANY_HOUR,
    )
    row, _ = ask_for_call(visitor.runtime, wanted)
    tell(visitor.console, f"{mask(visitor.number)} asked to be called", style="dim")
    return Talk(visitor.console, visitor.phone, _sid(visitor, UUID(row["id"])))


def _carried(visitor: Visitor, talk: Talk, transport: str) -> dict[str, Any]:
    """Hang on to the end; return what the database holds of the call."""
    talk.follow()
    evidence = visitor.evidence
    shown = evidence.examine(
        talk,
        call_status="completed",
        end_reason="bot_ended",
        direction="outbound",
        transport=transport,
    )
    spells = [spell["transport"] for spell in talk.view["streams"]]
    evidence.check(f"the carrier opened one socket, for {transport}", spells == [transport])
    return shown


def _template(visitor: Visitor, transport: str) -> str:
    """Have the shop's line in a template of this transport; an earlier tour's is made again."""
    name = NAMES[transport]
    draft = CallTemplate.model_validate(
        {
            "name": name,
            "greeting": GREETINGS[transport],
            "prompt": "You are the telephone assistant of Harbour Street Bicycles, a bicycle repair shop.",
            "facts": FACTS,
            "tools": ["end_call", "take_message"],
            "transport": transport,
        }
    )
    kept = edit.keep(visitor.runtime, edit.named(visitor.runtime, name), draft)
    edit.publish(visitor.runtime, kept)
    return name


def _sid(visitor: Visitor, entry: UUID) -> str:
    """Return the call of an entry once it is dialled. Raises TimeoutError."""
    until, limits = time.monotonic() + DIALLED_WITHIN_S, dial_limits(visitor.runtime)
    while time.monotonic() < until:
        shown = patiently(lambda: queue.show_entry(visitor.runtime.database, entry, limits))
        for attempt in shown["attempts"]:
            if attempt["call_sid"]:
                return str(attempt["call_sid"])
        time.sleep(LOOK_S)
    raise TimeoutError(f"nobody was dialled within {DIALLED_WITHIN_S:g} s")


def _heard(shown: dict[str, Any]) -> Sequence[str]:
    lines = shown.get("transcripts") or []
    return " ".join(str(line["heard"]) for line in lines if line["speaker"] == "bot").split()
