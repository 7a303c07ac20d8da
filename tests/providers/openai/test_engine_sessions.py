"""Recorded sessions of engines that hear and speak by themselves, played against the port."""

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.providers.hearing.replay import ScriptWire
from tests.support.waiting import wait_for
from voicebot.providers.hearing.wires import refused
from voicebot.providers.openai.live import LiveDialect
from voicebot.providers.openai.realtime import RealtimeDialect
from voicebot.providers.openai.realtime_engine import SocketSession
from voicebot.providers.ports.engine import (
    AnswerEnded,
    AnswerSound,
    AnswerTool,
    AnswerWords,
    CallerBegan,
    CallerWords,
    EngineEvent,
    EngineFailed,
    EngineSetup,
    EngineUsed,
    Told,
    ToolResult,
)
from voicebot.providers.ports.model import ToolSpec
from voicebot.sockets.client import RefusedUpgrade
from voicebot.sockets.ending import SocketClosed

VECTORS = Path(__file__).parents[2] / "vectors/providers"
BOOK = ToolSpec(
    "book",
    "Book an appointment",
    {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
)
SETUP = EngineSetup("You are the receptionist.", (BOOK,), ("en",))
NOT_OURS = {"input_audio_buffer.commit"}
"""What a recorded client says and we never do."""

WRONG = {"rt-error-beta-fields", "rt-error-pcmu-rate", "lv-error"}


def sessions(name: str) -> list[Any]:
    recorded = json.loads((VECTORS / f"{name}.json").read_text())["sessions"]
    return [pytest.param(name, each, id=each["id"]) for each in recorded]


@dataclass
class Player:
    """One session at the port; the test is the provider."""

    dialect: Any
    refusal: RefusedUpgrade | None = None
    events: list[EngineEvent] = field(default_factory=list)
    wire: ScriptWire = field(default_factory=ScriptWire)
    looked: int = 0
    wrong: bool = False
    """What a recorded client sent is wrong on purpose."""

    def __post_init__(self) -> None:
        self.session = SocketSession(self._connect, self.dialect, self.events.append)  # type: ignore[arg-type]
        wait_for(lambda: self.events if self.refusal else self.wire.is_read)

    def _connect(self) -> Any:
        if self.refusal is not None:
            raise refused("openai", self.refusal)
        return self.wire

    def play(self, kind: str, body: Any, options: Any = None) -> None:
        match kind:
            case "recv":
                self.wire.comes(json.loads(_filled(json.dumps(body))))
            case "close":
                self.wire.comes(SocketClosed(body["code"], body["reason"]))
            case "send":
                self._sent(body, (options or {}).get("repeat", 1))

    def _sent(self, body: dict[str, Any], repeat: int) -> None:
        kind, provoked = body["type"], "event_id" in body
        match kind.removeprefix("session."):
            case "input_audio_buffer.append" | "input_audio.append":
                for _ in range(repeat):
                    self.session.hear(b"\xff" * 160)
                repeat_seen = [json.loads(each)["type"] for each in self.wire.sent[-repeat:]]
                assert repeat_seen == [kind] * repeat
                self.looked = len(self.wire.sent)
                return
            case "response.create":
                self.session.answer()
                body = {"type": kind}
            case "response.cancel":
                self.session.stop(body.get("response_id", "none"))
            case "conversation.item.truncate":
                self.session.cut(body["item_id"], body["audio_end_ms"])
            case "conversation.item.create":
                self.session.add(ToolResult(body["item"]["call_id"], body["item"]["output"]))
            case "commentary.append":
                self.session.add(ToolResult(body["delegation_id"], body["content"]))
            case "thinking.append":
                self.session.add(Told(body["delegation_id"], "system", body["content"]))
            case "close":
                # The goodbye is ours alone to say; afterwards nothing is reported.
                self.session.close()
        if kind in NOT_OURS or provoked:
            # The error that follows is one that we cannot cause.
            return
        sent = [json.loads(each) for each in self.wire.sent[self.looked :]]
        found = [number for number, each in enumerate(sent) if _holds(each, body)]
        assert found or self.wrong, (body, sent)
        self.looked += found[0] + 1 if found else 0

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def action(self) -> str:
        """What a call does about it, in the words of the recordings."""
        failed = self.of(EngineFailed)
        if not failed:
            return "ignore"
        if failed[0].error.unwell and self.dialect.trouble is None:
            return "alert"
        return str(self.dialect.trouble.remedy if self.dialect.trouble else "alert")


def _filled(text: str) -> str:
    while '"@audio:ulaw:' in text:
        before, _, rest = text.partition('"@audio:ulaw:')
        ms, _, after = rest.partition('"')
        text = f'{before}"{base64.b64encode(bytes([255]) * int(ms) * 8).decode()}"{after}'
    return text


def _holds(given: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(
            name in given and _holds(given[name], value) for name, value in wanted.items()
        )
    return bool(given == wanted)


@pytest.mark.parametrize(("name", "session"), [*sessions("openai_realtime"), *sessions("openai_live")])
def test_a_recorded_session_is_understood_and_ours_is_what_was_sent(name: str, session: Any) -> None:
    frames, expect = session["frames"], session.get("expect") or {}
    refusal = None
    if frames[0][0] == "http":
        answer = frames[0][1]
        refusal = RefusedUpgrade(answer["status"], json.dumps(answer["body"]).encode())
    dialect = (RealtimeDialect if name == "openai_realtime" else LiveDialect)(SETUP)

    player = Player(dialect, refusal, wrong=session["id"] in WRONG)
    for frame in [] if refusal else frames:
        player.play(*frame)
    player.session.close()

    if "action" in expect:
        # What is asked too early the session asks again by itself.
        assert player.action == expect["action"].replace("retry_later", "ignore")
    if "tools" in expect:
        assert [[each.name, dict(each.arguments)] for each in player.of(AnswerTool)] == expect["tools"]
    if "audio_ms" in expect:
        assert sum(len(each.audio) for each in player.of(AnswerSound)) == expect["audio_ms"] * 8
    if "history" in expect:
        caller = " ".join(each.text for each in player.of(CallerWords))
        bot = "".join(each.text for each in player.of(AnswerWords))
        assert [["user", caller], ["assistant", bot]] == expect["history"]
    if session["id"] == "rt-barge-in":
        assert player.of(CallerBegan) and player.of(AnswerEnded)[0].cancelled
    if session["id"] == "lv-normal":
        assert "".join(each.text for each in player.of(CallerWords)) == "I need an appointment."
        assert player.of(EngineUsed)[0].usage.seconds == 4


def test_what_was_heard_is_never_more_than_what_came_and_late_sound_is_dropped() -> None:
    dialect = RealtimeDialect(SETUP)
    delta = {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i"}
    sound = json.dumps({**delta, "delta": base64.b64encode(bytes(800)).decode()})

    dialect.heard(sound)

    assert [json.loads(each)["audio_end_ms"] for each in dialect.cut("i", 3760)] == [100]
    assert [json.loads(each)["audio_end_ms"] for each in dialect.cut("i", -5)] == [0]
    assert dialect.heard(sound) == ()
    assert dialect.cut("unknown", 10) == ()


def test_an_answer_that_is_asked_for_too_early_follows_the_one_that_is_made() -> None:
    dialect = RealtimeDialect(SETUP)
    dialect.heard('{"type":"response.created","response":{"id":"r1"}}')

    assert dialect.answer() == ()
    after = dialect.heard('{"type":"response.done","response":{"id":"r1","status":"completed"}}')

    assert json.loads(after[-1].message) == {"type": "response.create"}  # type: ignore[union-attr]
