"""The element by which a call asks for a session of ConversationRelay (handbook 2.8), as its template wants it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from voicebot.domain.call.setup import CallSetup
from voicebot.domain.languages.tongues import USUAL_TAGS, tongue_of
from voicebot.domain.templates.relay import RelayLanguage, RelayRule
from voicebot.services.calls.streams.tokens import PARAMETER
from voicebot.settings import Settings
from voicebot.transports.twilio import urls
from voicebot.transports.twilio.twiml import RelayElement, plain

EVENTS = "speaker-events tokens-played"
"""The events to subscribe to: how much was played, and who speaks. They show what was heard and when the caller is silent."""
MAX_HINTS = 500
ELEVENLABS = "ElevenLabs"


def relay_element(
    settings: Settings, template: Mapping[str, Any], setup: CallSetup, voice_id: str, token: str
) -> RelayElement:
    """Return the element for a call; `token` proves the socket that it asks for."""
    rule = _rule(template)
    given = _attributes(rule, setup, voice_id)
    attributes = {name: _written(value) for name, value in given.items() if value not in (None, "")}
    languages = [_language(each, rule, setup, voice_id) for each in _languages(rule, template, setup)]
    return RelayElement(urls.relay_socket_url(settings), attributes, {PARAMETER: token}, languages)


def _rule(template: Mapping[str, Any]) -> RelayRule:
    try:
        return RelayRule.model_validate(template.get("relay") or {})
    except ValidationError:
        # Drafts may be written past the rules: the call is carried as usual.
        return RelayRule.model_validate({})


def _attributes(rule: RelayRule, setup: CallSetup, voice_id: str) -> dict[str, Any]:
    provider, flux = rule.tts_provider or ELEVENLABS, rule.speech_model == "flux"
    voice = rule.voice or voice_id
    if provider == ELEVENLABS:
        voice = _elevenlabs(rule, voice)
    return {
        "language": setup.language,
        "ttsLanguage": rule.tts_language,
        "transcriptionLanguage": rule.transcription_language,
        "ttsProvider": provider,
        "voice": voice,
        "transcriptionProvider": rule.transcription_provider,
        "speechModel": rule.speech_model,
        "interruptible": rule.interruptible or "any",
        "interruptSensitivity": rule.interrupt_sensitivity,
        "reportInputDuringAgentSpeech": rule.report_input_during_agent_speech or "any",
        "dtmfDetection": rule.dtmf_detection,
        "partialPrompts": rule.partial_prompts,
        "hints": _hints(setup.hints),
        "speechTimeout": rule.speech_timeout_ms,
        "ignoreBackchannel": rule.ignore_backchannel,
        "eotThreshold": rule.eot_threshold if flux else None,
        "eagerEotThreshold": rule.eager_eot_threshold if flux else None,
        "deepgramSmartFormat": rule.smart_format,
        "elevenlabsTextNormalization": rule.text_normalization,
        "profanityFilter": rule.profanity_filter,
        "backgroundNoiseReduction": rule.background_noise_reduction,
        "intelligenceService": rule.intelligence_service,
        "events": EVENTS,
        "debug": "debugging" if rule.debugging else None,
    }


def _elevenlabs(rule: RelayRule, voice_id: str) -> str:
    return rule.elevenlabs.written(voice_id) if rule.elevenlabs else voice_id


def _languages(rule: RelayRule, template: Mapping[str, Any], setup: CallSetup) -> list[RelayLanguage]:
    """Return the languages that a call may switch to: the template's, and those that have rules of their own.

    A template that names none offers all that the service speaks, and Twilio switches to none that is not named here
    (handbook 4.2).
    """
    own = {each.code: each for each in rule.languages}
    named = [str(code) for code in template.get("languages") or ()]
    offered = named or [
        code
        for code in USUAL_TAGS.values()
        if tongue_of(code) not in {tongue_of(each) for each in (setup.language, *own)}
    ]
    codes = dict.fromkeys([*offered, *own])
    return [
        own.get(code) or RelayLanguage.model_construct(code=code) for code in codes if code != setup.language
    ]


def _language(one: RelayLanguage, rule: RelayRule, setup: CallSetup, voice_id: str) -> dict[str, str]:
    speaks = one.tts_provider or rule.tts_provider
    voice = one.voice
    if not voice and speaks in (None, ELEVENLABS):
        # Such a voice speaks all languages: the call keeps its own where none fits the language better.
        kept = rule.voice if rule.tts_provider in (None, ELEVENLABS) else ""
        voice = _elevenlabs(rule, kept or setup.voices.get(tongue_of(one.code)) or voice_id)
    given = {
        "code": one.code,
        "ttsProvider": speaks,
        "voice": voice,
        "transcriptionProvider": one.transcription_provider,
        "speechModel": one.speech_model,
        "hints": _hints(one.hints or setup.hints),
    }
    return {name: str(value) for name, value in given.items() if value}


def _hints(hints: tuple[str, ...]) -> str:
    said = [plain(hint).replace(",", " ").strip() for hint in hints[:MAX_HINTS]]
    return ", ".join(hint for hint in said if hint)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
