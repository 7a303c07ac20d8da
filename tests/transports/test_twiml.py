"""Every document uses only verbs and attributes that Twilio knows, whatever was said."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.call.actions import ListenMode
from voicebot.transports.twilio import twiml
from voicebot.transports.twilio.twiml import Listening, Spoken, StartRecording

# Handbook 2.2, 2.3, 2.5 and 1.5: the verbs we send and the attributes that each may carry.
ALLOWED = {
    "Response": set(),
    "Say": {"language", "voice", "loop"},
    "Play": {"loop", "digits"},
    "Pause": {"length"},
    "Redirect": {"method"},
    "Hangup": set(),
    "Reject": {"reason"},
    "Gather": {
        "input", "action", "method", "timeout", "speechTimeout", "finishOnKey", "numDigits", "language", "hints",
        "speechModel", "profanityFilter", "actionOnEmptyResult", "bargeIn",
    },
    "Dial": {"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "sequential"},
    "Number": {"statusCallback"},
    "Start": set(),
    "Recording": {"recordingStatusCallback", "recordingStatusCallbackEvent"},
}  # fmt: skip
LISTENING = Listening("https://example.com/turn?n=1&k=0")


def checked(document: str) -> ElementTree.Element:
    """Parse a document and hold it against the list."""
    root = ElementTree.fromstring(document)
    assert len(document.encode()) < 64_000
    for element in root.iter():
        assert set(element.attrib) <= ALLOWED[element.tag], element.tag
    gather = root.find("Gather")
    if gather is not None:
        assert {child.tag for child in gather} <= {"Say", "Play", "Pause"}
        if gather.get("speechModel"):
            assert int(gather.get("speechTimeout", "auto")) > 0
    return root


@given(st.lists(st.text(max_size=200), max_size=5))
def test_no_words_become_markup(words: list[str]) -> None:
    items = [Spoken(text) for text in words]

    documents = [
        twiml.listen(items, LISTENING, language="en-US"),
        twiml.go_on(items, "https://example.com/next", language="en-US"),
        twiml.hang_up(items, language="en-US"),
        twiml.transfer(items, to=["+12025550199", "+12025550198"], action="https://example.com/t", leg_status="https://example.com/s", caller_id="+12025550100", ring_s=20, language="en-US"),
    ]  # fmt: skip

    for document in documents:
        checked(document)


@given(st.lists(st.text(max_size=150), max_size=30))
def test_any_hints_make_a_valid_attribute(hints: list[str]) -> None:
    document = twiml.listen([], Listening("https://example.com", hints=tuple(hints)), language="en-US")

    gather = checked(document).find("Gather")
    assert gather is not None
    assert all(len(hint) <= 100 for hint in gather.get("hints", "").split(", "))


def test_an_answer_is_cut_by_words_or_a_single_key() -> None:
    gather = checked(
        twiml.listen([Spoken("Hello", "https://example.com/clip")], LISTENING, language="en-US")
    ).find("Gather")

    assert gather is not None
    assert (gather.get("input"), gather.get("numDigits"), gather.get("finishOnKey")) == (
        "dtmf speech",
        "1",
        "",
    )
    assert gather.get("actionOnEmptyResult") == "true"
    assert [child.tag for child in gather] == ["Play"]


def test_keys_alone_leave_the_transcriber_out() -> None:
    gather = checked(
        twiml.listen([], Listening("https://example.com", ListenMode.KEYS), language="en-US")
    ).find("Gather")

    assert gather is not None
    assert gather.get("input") == "dtmf"
    assert gather.get("speechModel") is None


def test_what_must_be_heard_stands_before_the_gather() -> None:
    items = [Spoken("Listen to this.", interruptible=False), Spoken("And this.")]

    root = checked(twiml.listen(items, LISTENING, language="en-US"))

    assert [element.tag for element in root] == ["Say", "Gather"]


def test_a_recording_starts_outside_of_the_gather_and_after_its_announcement() -> None:
    items = [
        Spoken("This call is recorded."),
        StartRecording("https://example.com/recording"),
        Spoken("Hello."),
    ]

    root = checked(twiml.listen(items, LISTENING, language="en-US"))

    assert [element.tag for element in root] == ["Say", "Start", "Gather"]


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01"])
def test_nothing_to_say_is_no_verb(text: str) -> None:
    assert [element.tag for element in checked(twiml.hang_up([Spoken(text)], language="en-US"))] == ["Hangup"]


def test_a_rejected_call_hears_nothing() -> None:
    root = checked(twiml.reject())

    assert [element.tag for element in root] == ["Reject"]
