"""How a template may have ConversationRelay hear and speak, and what is refused."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from voicebot.domain.call.setup import CallSetup
from voicebot.domain.languages.tongues import USUAL_TAGS
from voicebot.domain.templates.relay import RelayRule, RelayVoice
from voicebot.domain.templates.template import CallTemplate
from voicebot.services.calls.relay.attributes import relay_element
from voicebot.settings import Settings

VOICE = "ZF6FPAbjXT4488VcRRnw"


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"speed": 1.2}, "speed"),
        ({"interruptible": "always"}, "interruptible"),
        ({"speech_timeout_ms": 599}, "speech_timeout_ms"),
        ({"eot_threshold": 0.7}, "needs speech_model flux"),
        ({"speech_model": "flux", "eot_threshold": 0.95}, "eot_threshold"),
        ({"speech_model": "flux", "eot_threshold": 0.6, "eager_eot_threshold": 0.7}, "cannot be above"),
        ({"transcription_language": "multi", "transcription_provider": "Google"}, "multi needs"),
        ({"tts_provider": "Google"}, "voice: needed"),
        ({"tts_provider": "Google", "voice": "Google.en-US-Journey-O"}, "without Google."),
        ({"tts_provider": "Amazon", "voice": "Polly.Joanna-Neural"}, "without Polly."),
        (
            {"tts_provider": "Amazon", "voice": "Joanna-Neural", "text_normalization": "on"},
            "needs tts_provider",
        ),
        ({"voice": "a voice"}, "id of a voice"),
        ({"elevenlabs": {"stability": 2}}, "stability"),
        ({"intelligence_service": "GA1"}, "begins with GA"),
        ({"languages": [{"code": "german"}]}, "language tag"),
        (
            {"languages": [{"code": "de-DE", "tts_provider": "Google", "voice": "Google.x"}]},
            "without Google.",
        ),
    ],
)
def test_what_twilio_would_refuse_is_refused_before_it_is_published(rule: dict, complaint: str):
    with pytest.raises(ValidationError) as refused:
        CallTemplate.model_validate({"name": "Line", "transport": "relay", "relay": rule})

    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("voice", "written"),
    [
        ({}, VOICE),
        ({"model": "turbo_v2"}, f"{VOICE}-turbo_v2"),
        ({"speed": 1.2, "stability": 1, "similarity": 1}, f"{VOICE}-1.2_1_1"),
        ({"model": "flash_v2_5", "speed": 0.9}, f"{VOICE}-flash_v2_5-0.9_0.5_0.75"),
    ],
)
def test_a_voice_of_elevenlabs_is_one_string(voice: dict, written: str):
    assert RelayVoice.model_validate(voice).written(VOICE) == written


def test_every_attribute_of_the_handbook_can_be_chosen():
    rule = {
        "tts_language": "en-GB", "transcription_language": "multi", "speech_model": "flux", "interruptible": "speech",
        "interrupt_sensitivity": "low", "report_input_during_agent_speech": "none", "dtmf_detection": False,
        "partial_prompts": False, "speech_timeout_ms": 900, "ignore_backchannel": True, "eot_threshold": 0.8,
        "eager_eot_threshold": 0.6, "smart_format": False, "text_normalization": "on", "profanity_filter": True,
        "background_noise_reduction": True, "intelligence_service": f"GA{'0' * 32}", "debugging": True,
        "transcription_provider": "Deepgram", "tts_provider": "ElevenLabs", "voice": VOICE,
        "languages": [{"code": "es-US", "hints": ["hola, amigo", "si"], "speech_model": "nova-3-general"}],
    }  # fmt: skip
    setup = CallSetup(language="en-US", hints=("Ana, Maria", "Bob"))
    template = {"relay": rule, "languages": ["en-US"]}
    element = relay_element(Settings(public_ws_url="wss://x"), template, setup, "other", "secret")

    assert element.attributes == {
        "language": "en-US", "ttsLanguage": "en-GB", "transcriptionLanguage": "multi", "ttsProvider": "ElevenLabs",
        "voice": VOICE, "transcriptionProvider": "Deepgram", "speechModel": "flux", "interruptible": "speech",
        "interruptSensitivity": "low", "reportInputDuringAgentSpeech": "none", "dtmfDetection": "false",
        "partialPrompts": "false", "hints": "Ana  Maria, Bob", "speechTimeout": "900", "ignoreBackchannel": "true",
        "eotThreshold": "0.8", "eagerEotThreshold": "0.6", "deepgramSmartFormat": "false",
        "elevenlabsTextNormalization": "on", "profanityFilter": "true", "backgroundNoiseReduction": "true",
        "intelligenceService": f"GA{'0' * 32}", "events": "speaker-events tokens-played", "debug": "debugging",
    }  # fmt: skip
    assert element.languages == [
        {
            "code": "es-US", "ttsProvider": "ElevenLabs", "voice": VOICE, "speechModel": "nova-3-general",
            "hints": "hola  amigo, si",
        }
    ]  # fmt: skip
    assert (element.url, element.parameters) == ("wss://x/twilio/relay", {"token": "secret"})


def test_what_a_draft_holds_past_the_rules_is_carried_as_usual():
    element = relay_element(
        Settings(public_ws_url="wss://x"), {"relay": {"voice": 7}}, CallSetup(), VOICE, "s"
    )

    assert (element.attributes["voice"], element.attributes["partialPrompts"]) == (VOICE, "true")
    assert RelayRule.model_validate({}).partial_prompts


def test_a_call_can_switch_to_each_language_with_a_voice_and_the_words_to_expect():
    settings, expects = Settings(public_ws_url="wss://x"), CallSetup(language="en-US", hints=("Kuznetsov",))
    fits = replace(expects, voices={"de": "anna"})
    google = {"tts_provider": "Google", "voice": "en-US-Journey-O"}
    named = {"languages": ["en-US", "de-DE"]}

    def languages(template: dict, setup: CallSetup) -> list:
        return relay_element(settings, template, setup, VOICE, "s").languages

    german = {"code": "de-DE", "hints": "Kuznetsov"}
    assert languages(named, expects) == [{**german, "voice": VOICE}]
    assert languages(named, fits) == [{**german, "voice": "anna"}]
    assert languages({**named, "relay": {"elevenlabs": {"speed": 1.1}}}, fits) == [
        {**german, "voice": "anna-1.1_0.5_0.75"}
    ]
    assert languages({**named, "relay": google}, fits) == [{**german, "ttsProvider": "Google"}]
    # A template that names no language offers every one that the phrases have words in.
    assert {each["code"] for each in languages({}, expects)} == set(USUAL_TAGS.values()) - {"en-US"}
