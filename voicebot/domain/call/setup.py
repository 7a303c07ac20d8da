"""The decisions of a call template about one call, made before its first word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from voicebot.domain.answer.respelling import Pronunciations
from voicebot.domain.call.pickup.rules import PickupRules
from voicebot.domain.call.turn_taking.pauses import Pauses
from voicebot.domain.call.turn_taking.rules import TurnRules, TurnWishes

BUILT_IN_TOOLS = ("end_call", "transfer", "change_voice", "take_message", "callback", "escalate", "send_code")


@dataclass(frozen=True)
class CallSetup:
    """The settled choices for a call. The prompt is not among them: only the model's context needs it."""

    greeting: str = ""
    """The first words; blank plays the clip `greeting`, because a call never begins with silence."""
    language: str = "en-US"
    voice_id: str | None = None
    tools: tuple[str, ...] = BUILT_IN_TOOLS
    """Names the model may call; every other name is refused."""
    transfer_to: tuple[str, ...] = ()
    """Where people are reached (E.164); none: nobody can be reached now. A call is put through to no other number."""
    transfer_at_once: bool = False
    """Ring all of them together; else one after the other."""
    ring_s: int = 20
    """How long each of them rings."""
    closed: bool = False
    """The call came outside the number's hours."""
    closed_text: str = ""
    """The text message for a caller who asks for a person outside the hours; blank: the bot offers to take a message."""
    record: bool = False
    recording_announcement: str = ""
    """Said before the recording starts; blank plays the clip `recording_announcement`."""
    bot_is_back: str = ""
    """Said in the template's own language when an operator gives the call back; blank plays the clip `bot_is_back`."""
    max_duration_s: int = 1800
    silence_timeout_s: int = 6
    pauses: Pauses = field(default_factory=Pauses)
    """Silences that end what the caller says."""
    turns: TurnWishes = field(default_factory=TurnWishes)
    """How turns are taken where the line hears the caller's sound."""
    hints: tuple[str, ...] = ()
    """Words the transcriber should expect."""
    languages: tuple[str, ...] | None = None
    """Languages (BCP 47) that the call may be in; empty: all that every phrase has words in; None: it stays in its own."""
    voices: Mapping[str, str] = field(default_factory=dict)
    """Voices for other languages than the call begins in, by language without region."""
    pronunciations: Pronunciations = ()
    """Words that the voice is given in another spelling."""
    emergency_number: str = ""
    """Who sends help where the caller is; blank: not known."""
    pickup: PickupRules | None = None
    """A call of ours: what machines that pick up are told."""

    def to_json(self) -> dict[str, Any]:
        """Return the setup as JSON's own types; not to be changed: every commit of the call has it."""
        return self._json

    @cached_property
    def _json(self) -> dict[str, Any]:
        data = {
            **vars(self),
            "tools": list(self.tools),
            "transfer_to": list(self.transfer_to),
            "hints": list(self.hints),
            "pauses": vars(self.pauses),
        }
        # Processes of the previous version do not know these fields. What no model may be told is reported by the
        # background again.
        del data["pickup"], data["turns"], data["languages"], data["voices"], data["pronunciations"]
        del data["bot_is_back"], data["emergency_number"]
        if self.turns != TurnWishes():
            data["turns"] = dict(vars(self.turns))
        return data | ({"pickup": dict(vars(self.pickup))} if self.pickup else {})

    def turn_rules(self, *, ends_turns: bool = False) -> TurnRules:
        """Return how this call takes turns; `ends_turns`: the transcriber tells when one is over."""
        return TurnRules(
            language=self.language,
            ends_turns=ends_turns,
            pauses=self.pauses,
            patience=self.turns.patience,
            barge_in_ms=self.turns.interrupt_ms,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CallSetup":
        """Read what `to_json` wrote. Raises TypeError on fields it does not know."""
        targets, pickup = data.get("transfer_to") or (), data.get("pickup")
        return cls(
            **{
                **data,
                "tools": tuple(data["tools"]),
                "hints": tuple(data["hints"]),
                "pickup": PickupRules.from_json(pickup) if pickup else None,
                # A call that began before they could be chosen has the usual ones.
                "pauses": Pauses(**data.get("pauses") or {}),
                "turns": TurnWishes(**data.get("turns") or {}),
                # A call that began before there could be several has one as a text.
                "transfer_to": (targets,) if isinstance(targets, str) else tuple(targets),
            }
        )
