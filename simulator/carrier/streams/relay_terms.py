"""The attributes of a ConversationRelay with their defaults (handbook 2.8)."""

from dataclasses import dataclass

from simulator.carrier.twiml.reader import Verb

ANY = frozenset({"speech", "dtmf"})
_WAYS = {
    "any": ANY,
    "true": ANY,
    "speech": frozenset({"speech"}),
    "dtmf": frozenset({"dtmf"}),
    "none": frozenset(),
    "false": frozenset(),
}
TTS_PROVIDERS = ("elevenlabs", "google", "amazon")
BACKCHANNEL = frozenset({"mhm", "mm-hmm", "uh-huh", "uh huh", "yeah", "okay", "ok", "right", "hm", "hmm"})


class BadTerms(Exception):
    """An attribute's value is none that the relay takes (64101)."""


@dataclass(frozen=True)
class RelayTerms:
    """What one relay was asked for."""

    greeting: str
    greeting_interruptible: frozenset[str]
    interruptible: frozenset[str]
    reported: frozenset[str]
    """What is reported while the agent speaks and goes on speaking."""
    preemptible: bool
    dtmf: bool
    partials: bool
    events: frozenset[str]
    tts_language: str
    transcription_language: str
    languages: frozenset[str]
    flux: bool
    speech_timeout_s: float | None
    """None is `auto`."""
    ignores_backchannel: bool

    def speaks(self, language: str) -> bool:
        """Whether this is a language of the session: exactly, or by the primary subtag."""
        return language in self.languages or language.split("-")[0] in {
            each.split("-")[0] for each in self.languages
        }

    def heard_language(self, language: str) -> str:
        """`lang` of a prompt: with Deepgram's flux only the primary subtag (handbook 4.1)."""
        return language.split("-")[0] if self.flux else language


def read_terms(verb: Verb) -> RelayTerms:
    """Read the attributes. Raises BadTerms."""
    given = verb.attributes
    language = given.get("language", "en-US")
    tts, heard = given.get("ttsLanguage", language), given.get("transcriptionLanguage", language)
    provider = given.get("ttsProvider", "ElevenLabs")
    if provider.lower() not in TTS_PROVIDERS:
        raise BadTerms(f"Invalid values ({provider}/{tts}/{given.get('voice', '')}) for tts settings")
    return RelayTerms(
        greeting=given.get("welcomeGreeting", ""),
        greeting_interruptible=_ways(given, "welcomeGreetingInterruptible", "any"),
        interruptible=_ways(given, "interruptible", "any"),
        reported=_ways(given, "reportInputDuringAgentSpeech", "none"),
        preemptible=verb.flag("preemptible", False),
        dtmf=verb.flag("dtmfDetection", False),
        partials=verb.flag("partialPrompts", False),
        events=frozenset((given.get("events", "") + " " + given.get("debug", "")).split()),
        tts_language=tts,
        transcription_language=heard,
        languages=frozenset(
            {language, tts, heard, *(child.attributes.get("code", "") for child in verb.children)} - {""}
        ),
        flux=given.get("speechModel", "") == "flux",
        speech_timeout_s=_speech_timeout_s(given.get("speechTimeout", "auto")),
        ignores_backchannel=verb.flag("ignoreBackchannel", False),
    )


def ways(value: object, otherwise: frozenset[str]) -> frozenset[str]:
    """What may cut one message: its own `interruptible`, or what the session says."""
    return otherwise if value is None else ANY if value else frozenset()


def _ways(given: object, name: str, default: str) -> frozenset[str]:
    value = given.get(name, default)  # type: ignore[attr-defined]
    if value not in _WAYS:
        raise BadTerms(f"Invalid value {value!r} for {name}")
    return _WAYS[value]


def _speech_timeout_s(value: str) -> float | None:
    if value == "auto":
        return None
    if not (value.isdecimal() and 600 <= int(value) <= 5000):
        raise BadTerms(f"Invalid value {value!r} for speechTimeout")
    return int(value) / 1000
