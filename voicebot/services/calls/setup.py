"""Make a call's setup: the template's wishes, the caller's taste and our defaults, settled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voicebot.domain.answer.respelling import Pronunciations
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.pickup.rules import PickupRules
from voicebot.domain.call.setup import BUILT_IN_TOOLS, CallSetup
from voicebot.domain.call.state import CallState, changed
from voicebot.domain.call.turn_taking.pauses import Pauses
from voicebot.domain.call.turn_taking.rules import TurnWishes
from voicebot.domain.dialling.answerer import OnVoicemail
from voicebot.domain.languages.chosen import chosen_language
from voicebot.domain.languages.tables import OwnWords
from voicebot.domain.person.emergency import emergency_number
from voicebot.domain.person.phone import is_dialable
from voicebot.domain.templates.opening_hours import OpeningHours
from voicebot.domain.templates.own_tool import own_tools_of
from voicebot.runtime import Runtime
from voicebot.services.templates.instructions import filled, hours_of

SILENCE_S, RING_S = 6, 20
THIS_IS = "This is {name}."
IDENTITY = OwnWords({"identity": THIS_IS})


def call_setup(runtime: Runtime, background: CallBackground, at: datetime | None = None) -> CallSetup:
    """Return the settled choices, from what was known when the call began.

    Whether the number is open is decided once: as of `at`, when the call begins (default: now).
    """
    settings = runtime.settings
    template = background.template
    limits, transfer, closed = (template.get(name) or {} for name in ("limits", "transfer", "closed"))
    tools = template.get("tools")
    now, hours = at or runtime.now(), hours_of(template)
    is_closed = hours is not None and not hours.is_open(now)
    by_text = closed.get("instead_of_transfer") == "text"
    # Nobody is promised a text that would not be sent. What kind of number it is takes longer to find out than all else here.
    wants_texts = is_closed and by_text and not background.wants_no_texts
    texts = wants_texts and is_dialable(background.number, settings.allowed_countries)
    greeting = filled(closed.get("greeting") if is_closed else "", template) or filled(
        template.get("greeting"), template
    )
    language = chosen_language(background.language, _languages(background), settings.home_language)
    return CallSetup(
        greeting=greeting,
        language=language,
        voice_id=background.voice_id,
        tools=(
            *(tools if tools is not None else BUILT_IN_TOOLS),
            *(tool.name for tool in own_tools_of(template)),
        ),
        transfer_to=_reachable(template, settings.operator_phone_number, now, is_closed=is_closed),
        transfer_at_once=transfer.get("order") == "at_once",
        ring_s=_whole(transfer.get("ring_s"), RING_S),
        record=bool(template.get("record")),
        recording_announcement=filled(template.get("recording_announcement"), template),
        bot_is_back=filled(template.get("bot_is_back"), template),
        max_duration_s=_whole(limits.get("max_duration_s"), settings.max_call_seconds),
        silence_timeout_s=_whole(limits.get("silence_timeout_s"), SILENCE_S),
        pauses=_pauses(limits.get("pauses") or {}),
        turns=_turns(limits.get("turns") or {}),
        hints=tuple(str(hint) for hint in limits.get("hints") or ()),
        closed=is_closed,
        closed_text=filled(closed.get("text"), template) if texts else "",
        languages=_languages(background),
        voices=background.voices,
        pronunciations=pronunciations_of(background),
        emergency_number=_emergency_number(runtime, background),
        pickup=_pickup(background, greeting, language),
    )


def told_again(runtime: Runtime, state: CallState, background: CallBackground) -> CallState:
    """Return a stored state with what is not stored with it: languages that the call may be in, voices, and the like."""
    setup = changed(
        state.setup,
        languages=_languages(background),
        voices=background.voices,
        pronunciations=pronunciations_of(background),
        bot_is_back=filled(background.template.get("bot_is_back"), background.template),
        emergency_number=_emergency_number(runtime, background),
    )
    return changed(state, setup=setup)


def _emergency_number(runtime: Runtime, background: CallBackground) -> str:
    return emergency_number(background.number, runtime.carriers.main.number or "")


def pronunciations_of(background: CallBackground) -> Pronunciations:
    """Return how the template has words said; what was written by hand and cannot be read counts as unsaid."""
    rows = background.template.get("pronunciations")
    pairs = [(row.get("word"), row.get("say")) for row in rows or () if isinstance(row, dict)]
    return tuple(
        (word, say) for word, say in pairs if isinstance(word, str) and isinstance(say, str) and word and say
    )


def _languages(background: CallBackground) -> tuple[str, ...]:
    return tuple(str(tag) for tag in background.template.get("languages") or ())


def _pickup(background: CallBackground, greeting: str, language: str) -> PickupRules | None:
    if background.dialled is None:
        return None
    leaves = background.dialled.get("on_voicemail") == OnVoicemail.LEAVE_MESSAGE
    template = background.template
    return PickupRules(
        voicemail_message=voicemail_message(template, greeting, language) if leaves else "",
        screener_answer=_screener_answer(template, greeting, language),
    )


def voicemail_message(template: Mapping[str, Any], greeting: str, language: str) -> str:
    """Return the message for a mailbox: the template's words, else the greeting and a short sentence of ours."""
    own = filled(template.get("voicemail_message"), template)
    return own or f"{greeting} {phrase(Phrase.MISSED_YOU, language)}".strip()


def _screener_answer(template: Mapping[str, Any], greeting: str, language: str) -> str:
    name = str(template.get("name") or "")
    who = filled(template.get("identity"), template) or (
        IDENTITY.said(THIS_IS, language).format(name=name) if name else greeting
    )
    purpose = filled(template.get("call_purpose"), template) or phrase(Phrase.FOR_THE_PERSON, language)
    return f"{who} {purpose}".strip()


def _reachable(
    template: Mapping[str, Any], operator: str, now: datetime, *, is_closed: bool
) -> tuple[str, ...]:
    """Return whom the call may be put through to now. People's own hours go before the number's."""
    targets = str(template.get("transfer_to") or operator or "")
    hours = (template.get("transfer") or {}).get("hours")
    there = OpeningHours.from_json(hours).is_open(now) if hours else not is_closed
    return tuple(target.strip() for target in targets.split(",") if target.strip()) if there else ()


def _pauses(given: Mapping[str, Any]) -> Pauses:
    usual = Pauses()
    return Pauses(
        _whole(given.get("yes_or_no"), usual.yes_or_no),
        _whole(given.get("open"), usual.open),
        _whole(given.get("dictated"), usual.dictated),
    )


def _turns(given: Mapping[str, Any]) -> TurnWishes:
    usual, patience = TurnWishes(), given.get("patience")
    if not isinstance(patience, int | float) or isinstance(patience, bool) or patience <= 0:
        patience = usual.patience
    return TurnWishes(float(patience), _whole(given.get("interrupt_ms"), usual.interrupt_ms))


def _whole(value: Any, default: int) -> int:
    """Return a limit of a template, which may have been written by hand; nonsense counts as unsaid."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
