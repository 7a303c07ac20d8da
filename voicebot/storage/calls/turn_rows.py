"""The JSON of a call's rows <-> objects. Rows of an older version are read, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from voicebot.domain.call.actions import HangUp, Listen, ListenMode, SaveUtterance, Transfer
from voicebot.domain.call.background import CallBackground, OnboardingFound, Transport
from voicebot.domain.call.events import CallerSaid, Event, SilencePassed, event_to_json
from voicebot.domain.call.phrases import ENGLISH, Phrase
from voicebot.domain.call.state import CallState, Phase
from voicebot.domain.call.turn import (
    CallSnapshot,
    Closing,
    RecordingStart,
    ServedItem,
    SpeechItem,
    SpeechSpan,
    SpokenItem,
    TurnResults,
    TurnSpeed,
)
from voicebot.domain.onboarding.state import Voice
from voicebot.domain.person.effects import effect_to_json

RECORD, SENTENCE = "record", "sentence"


@dataclass(frozen=True)
class OfferedStream:
    """A call that begins, and a socket is to carry it: it gets no turn."""

    call_id: int
    transport: Transport
    background: CallBackground


# --- what is said ---------------------------------------------------------------------------------


def item_to_json(item: SpeechItem) -> dict[str, Any]:
    """Return `{"kind": record | sentence | the phrase's name, …}`."""
    match item:
        case RecordingStart():
            return {"kind": RECORD}
        case SpokenItem():
            return {
                "kind": item.phrase or SENTENCE,
                "gen": item.gen,
                "seq": item.seq,
                "text": item.text,
                "interruptible": item.interruptible,
                "voice_id": item.voice_id,
                "language": item.language,
                **({"said_as": item.said_as} if item.said_as else {}),
            }
        case _:
            assert_never(item)


def item_from_json(row: Mapping[str, Any]) -> SpeechItem:
    """Read what `item_to_json` wrote."""
    if row["kind"] == RECORD:
        return RecordingStart()
    return SpokenItem(
        gen=row["gen"],
        seq=row["seq"],
        text=row["text"],
        voice_id=row["voice_id"],
        language=row["language"],
        interruptible=row["interruptible"],
        phrase=Phrase(row["kind"]) if row["kind"] in ENGLISH else None,
        said_as=row.get("said_as", ""),
    )


def served_to_json(item: ServedItem) -> dict[str, Any]:
    """Return an item of a document that was served."""
    clip = {"clip": item.clip} if item.clip else {}
    return {"gen": item.gen, "seq": item.seq, "text": item.text, **clip}


def served_from_json(row: Mapping[str, Any]) -> ServedItem:
    """Read what `served_to_json` wrote."""
    return ServedItem(row["gen"], row["seq"], row["text"], row.get("clip"))


@dataclass(frozen=True)
class Draft:
    """A document to be served: its number in the turn, the TwiML, and what of the turn it says."""

    document: int
    body: str
    parts_served: int
    speech: Sequence[ServedItem]

    def to_json(self) -> dict[str, Any]:
        """Return the row's columns."""
        return {
            "document": self.document,
            "body": self.body,
            "parts_served": self.parts_served,
            "speech": [served_to_json(item) for item in self.speech],
        }


@dataclass(frozen=True)
class Opening:
    """The opening of a turn without a claim, for the process that ended the last turn at `state_at`."""

    events: Sequence[Event]
    state_at: str

    def to_json(self) -> dict[str, Any]:
        """Return what `finish_turn` opens the turn with."""
        return {
            "input": [event_to_json(event) for event in self.events],
            "silent": bool(columns_of_opening(self.events).get("silent")),
            "state_at": self.state_at,
        }


# --- how a turn ends ------------------------------------------------------------------------------


@dataclass(frozen=True)
class TurnEnd:
    """A turn is committed. `body`: the document to send, which is another one if it was served meanwhile; "" without a draft."""

    body: str
    state_at: str
    """When the call's row was written, as the database spells it; blank: the row tells of another turn."""
    spent_usd: float
    """What the call has cost until now."""


def turn_end_from_json(row: Mapping[str, Any]) -> TurnEnd:
    """Read what `finish_turn` answers of a turn that it has ended."""
    return TurnEnd(row.get("body") or "", row.get("state_at") or "", float(row.get("spent_usd") or 0.0))


def closing_to_json(closing: Closing) -> dict[str, Any]:
    """Return `{"kind": listen | transfer | hang_up, "language", …}`; SQL reads it of transfers."""
    match closing.end:
        case Listen(mode, hints, timeout_s, pause_s):
            how: dict[str, Any] = {
                "kind": "listen",
                "mode": mode.value,
                "hints": list(hints),
                "timeout_s": timeout_s,
                "pause_s": pause_s,
                **({"speculates": True} if closing.speculates else {}),
            }
        case Transfer(_, to, at_once, ring_s):
            how = {
                "kind": "transfer",
                "to": list(to),
                "at_once": at_once,
                "ring_s": ring_s,
                "time_limit_s": closing.time_limit_s,
            }
        case HangUp():
            how = {"kind": "hang_up"}
        case _:
            assert_never(closing.end)
    return {**how, "language": closing.language}


def closing_from_json(row: Mapping[str, Any]) -> Closing:
    """Read what `closing_to_json` wrote; the generation that it follows is not kept."""
    language = row.get("language") or ""
    match row["kind"]:
        case "hang_up":
            return Closing(HangUp(after_gen=0), language)
        case "transfer":
            # A turn that was closed by an older version names one number as a text.
            to = (row["to"],) if isinstance(row["to"], str) else tuple(row["to"])
            transfer = Transfer(0, to, bool(row.get("at_once")), row["ring_s"])
            return Closing(transfer, language, row["time_limit_s"])
        case _:
            mode = ListenMode(row.get("mode", ListenMode.SPEECH_AND_KEYS))
            hints, timeout_s = tuple(row.get("hints", ())), row.get("timeout_s", Listen.timeout_s)
            listen = Listen(mode, hints, timeout_s, row.get("pause_s", Listen.pause_s))
            return Closing(listen, language, speculates=bool(row.get("speculates")))


# --- what the call goes on from -------------------------------------------------------------------


def snapshot_to_json(snapshot: CallSnapshot) -> dict[str, Any]:
    """Return `{"core", "timers": {name: ISO time}}`."""
    timers = {name: at.isoformat() for name, at in snapshot.timers.items()}
    return {"core": snapshot.core.to_json(), "timers": timers}


def snapshot_from_json(row: Mapping[str, Any]) -> CallSnapshot:
    """Read what `snapshot_to_json` wrote. Raises ValueError on a state of another version."""
    timers = {name: datetime.fromisoformat(at) for name, at in row.get("timers", {}).items()}
    return CallSnapshot(CallState.from_json(row["core"]), timers)


def background_from_json(row: Mapping[str, Any]) -> CallBackground:
    """Read what `call_background` found."""
    found = row.get("onboarding")
    return CallBackground(
        template=row.get("template") or {},
        language=row.get("language") or "",
        voice_id=row.get("voice_id"),
        number=row.get("number") or "",
        attestation=row.get("attestation"),
        person=row.get("person") or {},
        elsewhere=row.get("elsewhere"),
        onboarding=_onboarding(found) if found else None,
        wants_no_texts=bool(row.get("wants_no_texts")),
        voices=row.get("voices") or {},
        dialled=row.get("dialled"),
        code_runs=bool(row.get("code_runs")),
    )


def offered_from_json(row: Mapping[str, Any]) -> OfferedStream:
    """Read what `begin_gather_call` answers of a call that a socket is to carry."""
    return OfferedStream(row["call_id"], Transport(row["transport"]), background_from_json(row["plan"]))


def _onboarding(row: Mapping[str, Any]) -> OnboardingFound:
    voices = tuple(Voice(each["voice_id"], each["name"], each["gender"]) for each in row["voices"] or ())
    return OnboardingFound(
        status=row["status"],
        verified=bool(row["verified"]),
        thread=row["state"] or {},
        stopped=bool(row.get("stopped")),
        onboarding_by_call=row.get("onboarding_by_call"),
        voices=voices,
    )


@dataclass(frozen=True)
class Speculated:
    """An answer that was begun while the caller was not done.

    `hit` says that its words were the final ones, so its events open the turn; `token` then finds its further events,
    unless it is `finished`. `unpaid_usd` is the cost of answers in vain.
    """

    hit: bool
    finished: bool = False
    token: UUID | None = None
    unpaid_usd: float = 0.0


def speculated_from_json(row: Mapping[str, Any]) -> Speculated:
    """Read what `private.take_speculation` found."""
    unpaid_usd = float(row["unpaid_usd"])
    if not row["hit"]:
        return Speculated(hit=False, unpaid_usd=unpaid_usd)
    return Speculated(True, bool(row["finished"]), UUID(row["token"]), unpaid_usd)


# --- what a turn leaves ---------------------------------------------------------------------------


def utterance_rows(results: TurnResults) -> list[dict[str, Any]]:
    """Return the utterances as `transcripts` holds them."""
    return [_utterance(saved, results.latency_ms.get(number)) for number, saved in results.utterances.items()]


def _utterance(saved: SaveUtterance, latency_ms: int | None) -> dict[str, Any]:
    return {
        "number": saved.number,
        "speaker": saved.speaker,
        "text": saved.text,
        "confidence": saved.confidence,
        "heard": saved.heard,
        "heard_source": saved.heard_source,
        "latency_ms": latency_ms,
    }


def results_to_json(results: TurnResults) -> dict[str, Any]:
    """Return columns of the call's row, `messages`, `texts` and `escalations`; empty ones are left out."""
    found: dict[str, str | Sequence[Any] | Mapping[str, Any] | None] = {
        "outcome": results.outcome,
        "end_reason": results.end_reason,
        "messages": [{"key": f"utterance-{left.number}", "text": left.text} for left in results.messages],
        "texts": [{"key": "closed", "text": text.text} for text in results.texts],
        "escalations": results.escalations,
        "answerer": dict(vars(results.answerer)) if results.answerer else None,
        "commands": [dict(vars(each)) for each in results.commands],
        "speed": _speed_to_json(results.speed) if results.speed else None,
        "speech": [_span_to_json(span) for span in results.speech],
    }
    return {name: value for name, value in found.items() if value}


def _span_to_json(span: SpeechSpan) -> dict[str, Any]:
    return {
        "side": span.side.value,
        "began_at": span.began_at.isoformat(),
        "ended_at": span.ended_at.isoformat(),
        "words": [[round(at_s, 3), word] for at_s, word in span.words],
    }


def _speed_to_json(speed: TurnSpeed) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(speed).items()
    }


def guidance_to_json(snapshot: CallSnapshot, results: TurnResults) -> dict[str, Any] | None:
    """Return what the thread keeps of a caller who is asked our questions."""
    if snapshot.core.onboarding is None:
        return None
    return {
        "onboarding": snapshot.core.onboarding.to_json(),
        "phase": snapshot.core.onboarding.phase.value,
        "reminders": snapshot.core.onboarding.reminders,
        "effects": [effect_to_json(effect) for effect in results.effects],
    }


# --- what SQL needs of it, as columns -------------------------------------------------------------


def columns_of_opening(opening: Sequence[Event]) -> dict[str, Any]:
    """Return what SQL needs of the events that open a turn."""
    match opening[0] if opening else None:
        case CallerSaid(text, confidence):
            return {"said": text, "confidence": confidence}
        case SilencePassed():
            return {"silent": True}
    return {}


def columns_of_state(state: CallState) -> dict[str, Any]:
    """Return what SQL needs of a call's state, as columns: SQL does not look into the state."""
    return {
        "voice_id": state.voice_id,
        "next_number": state.next_number,
        "transferring": state.phase is Phase.TRANSFERRING,
        "taking_message": state.taking_message,
        "held_by": state.stepped.by or None,
        "muted": state.stepped.muted,
    }
