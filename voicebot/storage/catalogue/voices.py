"""Voices in the database: rows <-> records (`sql/functions/catalogue/voices.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from voicebot.domain.voices import ProviderVoice
from voicebot.storage.database import Database


@dataclass(frozen=True)
class Voice:
    """A voice that a call may use; `voice_id` is the provider's own name for it."""

    voice_id: str
    name: str
    language: str
    gender: str | None = None
    accent: str | None = None


@dataclass(frozen=True)
class Synced:
    """The result of a comparison with the provider's list. `refused` is the code when nothing was changed."""

    active: int = 0
    switched_off: int = 0
    refused: str | None = None


def synced(answer: Mapping[str, Any]) -> Synced:
    """Read the answer of `sync_voices` and `sync_numbers`."""
    if answer["result"] == "refused":
        return Synced(refused=answer["code"])
    return Synced(active=answer["active"], switched_off=answer["switched_off"])


def sync_voices(database: Database, provider_name: str, voices: Sequence[ProviderVoice]) -> Synced:
    """Make the catalogue equal to the provider's list; voices that are gone are switched off."""
    return synced(
        database.call("sync_voices", provider_name=provider_name, voices=[asdict(voice) for voice in voices])
    )


def list_voices(
    database: Database, *, language: str | None = None, include_inactive: bool = False
) -> list[dict[str, Any]]:
    """Return the catalogue; `language` is a whole tag (en-GB) or its first part (en)."""
    rows = database.call("list_voices", language=language, include_inactive=include_inactive)
    return [dict(row) for row in rows]


def voices_to_choose(database: Database, language: str) -> list[dict[str, Any]]:
    """Return the few voices that somebody is offered: `voice_id`, `name`, `gender`."""
    return [dict(row) for row in database.call("voices_to_choose", language=language)]


@dataclass(frozen=True)
class VoiceChange:
    """The result of a wish for another voice. `kept` says why the voice stays: no_match (no voice is like the wish),
    already (it speaks now), no_other_voice, unknown_call.
    """

    voice: Voice | None = None
    kept: str | None = None
    heard: str | None = None
    """The name of the voice that stays, where it is known."""
    others: Sequence[str] = ()
    """Names to offer in place of what was wished for."""


def next_voice(
    database: Database, call_id: int, *, wish: str | None = None, voice_id: str | None = None
) -> VoiceChange:
    """Give the call the voice that the caller wishes for; without a wish, another one of its language.

    `voice_id` is the voice that speaks now, for as long as the call's row names none.
    """
    row = database.call("next_voice", call_id=call_id, wish=wish, voice_id=voice_id)
    if row["result"] != "changed":
        return VoiceChange(kept=row["code"], heard=row.get("name"), others=row.get("names") or ())
    return VoiceChange(Voice(row["voice_id"], row["name"], row["language"], row["gender"], row["accent"]))
