"""The names of a template's parts on pages, and the messages for refusals."""

from collections.abc import Sequence
from typing import Any

from voicebot.console.routes import Refused
from voicebot.domain.templates.difference import Change
from voicebot.storage.catalogue.templates import TemplateRefused

LABELS = {
    "name": "Name", "description": "Notes", "category": "Category", "tags": "Tags", "languages": "Languages", "voice": "Voice",
    "greeting": "Greeting", "facts": "Facts", "pronunciations": "Pronunciations", "prompt": "What the bot is, and what it may say",
    "variables": "Variables", "tools": "What the bot may do", "own_tools": "Tools of your own",
    "transfer": "People to put through to", "hours": "Opening hours",
    "closed": "Outside the hours", "onboarding": "Who is asked who they are", "record": "Recording",
    "recording_announcement": "Said before a recording", "bot_is_back": "Said when the bot has the call again",
    "on_voicemail": "At a mailbox", "voicemail_message": "Left at a mailbox",
    "voicemail_again": "The mailbox message again", "detect_machines": "Ask the carrier who answered",
    "identity": "Told to whoever screens calls", "call_purpose": "What a call is for", "goal": "What a call is to reach",
    "transport": "Transport", "engine": "Engine", "engine_voice": "Voice of the engine", "relay": "ConversationRelay",
    "limits": "Limits",
}  # fmt: skip
PARTS = {
    "hints": "words to expect", "turns": "turns", "patience": "patience", "interrupt_ms": "time to interrupt",
    "pauses": "pauses", "max_duration_s": "longest call", "silence_timeout_s": "wait for a silent caller",
    "to": "numbers", "ring_s": "seconds of ringing", "week": "week", "timezone": "time zone", "holidays": "days off",
    "instead_of_transfer": "instead of a person", "order": "order", "speculation": "answers begun early",
    "yes_or_no": "after a question for a yes or a no", "open": "after anything else", "dictated": "while something is dictated",
    "tts_provider": "who speaks", "voice": "voice", "transcription_provider": "who hears", "speech_model": "model that hears",
    "tts_language": "language that is spoken", "transcription_language": "language that is heard", "elevenlabs": "ElevenLabs",
    "interruptible": "what stops the bot", "interrupt_sensitivity": "how soon a voice stops it",
    "report_input_during_agent_speech": "what counts while the bot speaks", "dtmf_detection": "keys are heard",
    "partial_prompts": "words before the caller is done", "speech_timeout_ms": "silence that ends a turn",
    "ignore_backchannel": "“mhm” stops nobody", "eot_threshold": "how sure that the caller is done",
    "eager_eot_threshold": "how sure when an answer is begun", "smart_format": "numbers written as such",
    "text_normalization": "numbers read out", "profanity_filter": "swear words hidden",
    "background_noise_reduction": "noise taken out", "intelligence_service": "Twilio's Intelligence",
    "debugging": "more reports of Twilio", "url": "address",
}  # fmt: skip
TOOLS = {
    "end_call": "End the call", "transfer": "Put through to a person", "change_voice": "Change the voice",
    "take_message": "Take a message", "callback": "Arrange a call back", "escalate": "Ask the team for help",
    "send_code": "Send a code by text",
}  # fmt: skip
REFUSED = {
    "unknown_template": (404, "There is no such template, or none that you may see."),
    "unknown_version": (404, "This version does not exist."),
    "ambiguous_template": (409, "Several templates have this name."),
    "name_taken": (409, "Another template has this name: choose another one."),
    "changed_meanwhile": (
        409,
        "Somebody changed the draft meanwhile: open it again, and look at it once more.",
    ),
    "not_allowed": (403, "You may see this template, but not change it."),
    "another_teams_number": (
        409,
        "A number to transfer to belongs to another organization: choose another one.",
    ),
    "operators_only": (403, "Only operators set transfer, recording, limits, transport and onboarding."),
}


def refusal(error: TemplateRefused) -> Refused:
    """Return a refusal as a page says it."""
    return Refused(*REFUSED.get(error.code, (409, "This cannot be done now.")))


def label_of(place: str) -> str:
    """Return what people call a place of a template: `Facts 3`, `Limits, patience`."""
    name, *rest = place.split(".")
    words = LABELS.get(name, name)
    for part in rest:
        words += f" {part}" if part.isdigit() else f", {PARTS.get(part, part.replace('_', ' '))}"
    return words


def shown_changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return changes as JSON's own types, with what their places are called."""
    return [
        {
            "place": change.place,
            "label": label_of(change.place),
            "pieces": [{"kind": piece.kind.value, "text": piece.text} for piece in change.pieces],
        }
        for change in changes
    ]
