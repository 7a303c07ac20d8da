"""A ConversationRelay session in its own time: the live recording replays, and each rule of handbook 2.8, 4.1-4.3 holds."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator.carrier.streams.relay import RelaySession
from simulator.carrier.streams.relay_latency import FIRST_SOUND, GREETING
from simulator.carrier.streams.relay_terms import BadTerms, read_terms
from simulator.carrier.streams.relay_voice import Utterance, VoiceEvents
from simulator.carrier.streams.timetable import Timetable
from simulator.carrier.twiml.reader import parse
from tests.vectors import TWILIO, read

RECORDED = read(TWILIO / "conversation_relay.json")
GREETING_SESSION = RECORDED["sessions"][0]
CHARACTERS_PER_S = 20.0
STORY = "Once upon a time there was a king who had three daughters and no money."


@dataclass
class Phone:
    """A session and the phone's ear; seconds pass when a test says so."""

    attributes: str = ""
    seed: int = 1
    out: list[dict] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        twiml = (
            f'<Response><Connect><ConversationRelay url="wss://x/" {self.attributes}/></Connect></Response>'
        )
        verb = parse(twiml, None).verbs[0].children[0]
        ear = VoiceEvents(lambda: None, self._piece, lambda *_: None, lambda _: None)
        media = {"https://x/a.wav": ("a jingle", 2.0)}
        self.session = RelaySession(
            read_terms(verb), Timetable(), self.out.append, random.Random(self.seed), ear, media.get
        )
        self.session.greet()

    def _piece(self, utterance: Utterance, text: str) -> float:
        self.heard.append(text)
        return utterance.sound_s if utterance.sound_s is not None else len(text) / CHARACTERS_PER_S

    def says(self, *messages: Any) -> None:
        for message in messages:
            self.session.take(message if isinstance(message, str | bytes) else json.dumps(message))

    def passes(self, seconds: float) -> None:
        self.session.timetable.run(self.session.timetable.now_s + seconds)

    def told(self, kind: str) -> list[dict]:
        return [each for each in self.out if each["type"] == kind]


def text(token: str, last: bool = True, **more: Any) -> dict:
    return {"type": "text", "token": token, "last": last, **more}


def attributes_of(recorded: dict) -> str:
    verb = parse(f"<Response>{recorded['twiml']}</Response>", None).verbs[0].children[0]
    return " ".join(f'{name}="{value}"' for name, value in verb.attributes.items() if name != "url")


def test_the_live_session_replays() -> None:
    phone = Phone(attributes_of(GREETING_SESSION))
    steps = [(what, message) for _, what, message in GREETING_SESSION["steps"]]
    said = next(m["voicePrompt"] for w, m in steps if w == "in" and m.get("last"))

    phone.passes(10)
    phone.session.speaks(said, 1.5)
    phone.passes(5)
    phone.says(*[message for what, message in steps if what == "out"])
    phone.passes(5)

    def shape(messages: list[dict]) -> list[dict]:
        # How many partials there are is up to the transcriber.
        return [m for m in messages if m["type"] in ("info", "prompt") and m.get("last") is not False]

    assert shape(phone.out) == shape([message for what, message in steps if what == "in"])
    partials = [each["voicePrompt"] for each in phone.told("prompt") if not each["last"]]
    assert len(partials) > 1
    assert all(said.startswith(partial) for partial in partials)
    assert partials == sorted(partials, key=len)


@pytest.mark.parametrize("seed", range(20))
def test_the_carrier_s_own_parts_take_as_long_as_they_took_live(seed: int) -> None:
    phone = Phone('welcomeGreeting="Hi." events="speaker-events"', seed)

    phone.passes(GREETING.median_s * 0.6)
    assert not phone.out
    phone.passes(GREETING.most_s)
    assert [each["value"] for each in phone.out] == ["on", "off"]
    phone.says(text("Well."))
    phone.passes(FIRST_SOUND.median_s * 0.5)
    assert len(phone.out) == 2
    phone.passes(FIRST_SOUND.most_s)
    assert len(phone.out) == 4


def test_an_interruption_tells_what_was_heard_in_whole_words_and_forgets_the_rest() -> None:
    phone = Phone()
    phone.says(text(STORY), text("And more."))
    phone.passes(FIRST_SOUND.most_s + 1.0)
    phone.session.speaks("Stop", 0.5)
    phone.passes(10)

    [interrupt] = phone.told("interrupt")
    heard = interrupt["utteranceUntilInterrupt"]
    assert heard
    assert STORY.startswith(heard + " ")
    assert len(heard) / CHARACTERS_PER_S <= interrupt["durationUntilInterruptMs"] / 1000
    assert phone.heard == [STORY]
    assert phone.told("prompt")[-1]["voicePrompt"] == "Stop"
    # What is still sent would be spoken (handbook 4.1).
    phone.says(text("a late token."))
    phone.passes(3)
    assert phone.heard == [STORY, "a late token."]


@pytest.mark.parametrize(
    ("off_first", "expected"), [(False, ["interrupt", "info off"]), (True, ["info off", "interrupt"])]
)
def test_an_interrupt_and_the_end_of_speech_come_in_either_order(
    off_first: bool, expected: list[str]
) -> None:
    phone = Phone('events="speaker-events"')
    phone.session.off_first = off_first
    phone.says(text(STORY))
    phone.passes(FIRST_SOUND.most_s + 1.0)
    before = len(phone.out)
    phone.session.key("1")

    told = [f"{each['type']} {each.get('value', '')}".strip() for each in phone.out[before:]]
    assert told == expected
    assert phone.told("interrupt")[0]["utteranceUntilInterrupt"]


@pytest.mark.parametrize("seed", range(10))
def test_partial_prompts_grow_and_end_before_the_whole(seed: int) -> None:
    phone = Phone('partialPrompts="true"', seed)
    phone.session.speaks("I would like to book a table for four people tonight", 4.0)
    phone.passes(10)

    prompts = phone.told("prompt")
    words = [each["voicePrompt"] for each in prompts]
    assert words == sorted(words, key=len)
    assert [each["last"] for each in prompts] == [False] * (len(prompts) - 1) + [True]
    assert len(prompts) > 5


@pytest.mark.parametrize(
    ("attributes", "more", "cut", "reported"),
    [
        ("", {}, True, True),
        ('interruptible="none"', {}, False, False),
        ('interruptible="dtmf"', {}, False, False),
        ('interruptible="none" reportInputDuringAgentSpeech="any"', {}, False, True),
        ('interruptible="none" reportInputDuringAgentSpeech="speech"', {"interruptible": True}, True, True),
        ("", {"interruptible": False}, False, False),
        ('ignoreBackchannel="true"', {}, False, False),
    ],
)
def test_what_cuts_the_agent_and_what_is_reported_are_two_questions(
    attributes: str, more: dict, cut: bool, reported: bool
) -> None:
    phone = Phone(attributes)
    phone.says(text(STORY, **more))
    phone.passes(FIRST_SOUND.most_s + 0.5)
    phone.session.speaks("Mhm", 0.3)
    phone.passes(10)

    assert bool(phone.told("interrupt")) is cut
    assert bool(phone.told("prompt")) is reported


@pytest.mark.parametrize(
    ("attributes", "kinds"),
    [
        ('dtmfDetection="true"', ["dtmf", "interrupt"]),
        ("", ["interrupt"]),
        ('dtmfDetection="true" interruptible="speech"', []),
        ('dtmfDetection="true" interruptible="none" reportInputDuringAgentSpeech="dtmf"', ["dtmf"]),
    ],
)
def test_a_key_is_reported_and_interrupts(attributes: str, kinds: list[str]) -> None:
    phone = Phone(attributes)
    phone.says(text(STORY))
    phone.passes(FIRST_SOUND.most_s + 0.5)
    phone.session.key("9")

    assert [each["type"] for each in phone.out] == kinds
    if "dtmf" in kinds:
        assert phone.told("dtmf") == [{"type": "dtmf", "digit": "9"}]


def test_a_greeting_that_may_not_be_interrupted_is_heard_out() -> None:
    phone = Phone(f'welcomeGreeting="{STORY}" welcomeGreetingInterruptible="none"')
    phone.passes(GREETING.most_s + 0.5)
    phone.session.speaks("Hello", 0.5)
    phone.passes(10)

    assert not phone.told("interrupt")
    assert phone.session.voice.idle


def test_text_waits_for_the_end_of_its_sentence_and_not_for_ever() -> None:
    phone = Phone('events="tokens-played"')
    phone.says(text("One moment.", False), text(" I", False))
    phone.passes(1.5)
    assert phone.heard == ["One moment."]
    phone.passes(2.5)
    assert phone.heard == ["One moment.", " I"]
    phone.says(text(" look.", True))
    phone.passes(3)

    assert [each["value"] for each in phone.told("info")] == phone.heard == ["One moment.", " I", " look."]


def test_a_preemptible_message_gives_way_to_the_next_one() -> None:
    phone = Phone()
    phone.says(text(STORY, preemptible=True))
    phone.passes(FIRST_SOUND.most_s + 0.5)
    phone.says(text("Here it is."))
    phone.passes(3)
    phone.says({"type": "play", "source": "https://x/a.wav"}, text("Done."))
    phone.passes(1)

    assert phone.heard == [STORY, "Here it is.", "a jingle"]
    phone.passes(3)
    assert phone.heard[-1] == "Done."
    assert not phone.told("interrupt")


def test_keys_are_pressed_behind_what_is_being_said() -> None:
    phone = Phone()
    phone.says(text("I dial."), {"type": "sendDigits", "digits": "9ww1"}, text("Done."))
    phone.passes(10)

    assert phone.heard == ["I dial.", "keys 9ww1", "Done."]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", 64107),
        (b"\x00", 64107),
        ({"foo": "bar"}, 64107),
        ({"type": "text"}, 64107),
        ({"type": "text", "token": "x", "last": "yes"}, 64107),
        ({"type": "play", "source": "cowbell.mp3"}, 64107),
        ({"type": "sendDigits", "digits": "A"}, 64107),
        ({"type": "language"}, 64107),
        ({"type": "text", "token": "x", "lang": "fr-FR"}, 64106),
        ({"type": "language", "ttsLanguage": "fr-FR"}, 64106),
        ({"type": "play", "source": "https://x/none.wav"}, 64106),
    ],
)
def test_a_message_that_breaks_a_rule_is_answered_with_an_error(message: Any, code: int) -> None:
    phone = Phone()
    phone.says(message)

    [error] = phone.told("error")
    assert f"code: {code}" in error["description"]


def test_documented_messages_are_taken_and_ten_malformed_ones_in_a_row_are_too_many() -> None:
    phone = Phone('language="en-US" ttsLanguage="sv-SE"')
    examples = RECORDED["doc_examples"]["to_twilio"]
    phone.says(*[message for name, message in examples.items() if name not in ("end", "play")])
    phone.passes(60)
    assert not phone.told("error")

    phone.says(*["?"] * 9, text("x"), *["?"] * 9)
    assert not phone.session.too_malformed
    phone.says("?")
    assert phone.session.too_malformed
    phone.says(examples["end"])
    assert phone.session.ended is not None
    assert phone.session.ended.handoff == examples["end"]["handoffData"]


def test_languages_switch_by_their_code_or_its_primary_subtag() -> None:
    phone = Phone('language="en-US" transcriptionLanguage="es-MX"')
    phone.session.speaks("hola", 0.4)
    phone.passes(5)
    phone.says({"type": "language", "transcriptionLanguage": "en-GB"})
    phone.session.speaks("hello", 0.4)
    phone.passes(5)

    assert [each["lang"] for each in phone.told("prompt")] == ["es-MX", "en-GB"]


@pytest.mark.parametrize(
    "attributes", ['ttsProvider="block_elevenlabs"', 'interruptible="sometimes"', 'speechTimeout="100"']
)
def test_values_that_there_are_not_are_refused(attributes: str) -> None:
    with pytest.raises(BadTerms):
        Phone(attributes)
