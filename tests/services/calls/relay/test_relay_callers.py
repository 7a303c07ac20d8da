"""What a caller does on a line of ConversationRelay, what comes too late, and how the line ends."""

import pytest

from tests.services.calls.relay.relay_line import House, answering, heard, house
from voicebot.domain.call.actions import (
    HangUp,
    Listen,
    ListenMode,
    PlayClip,
    Speak,
    StopSpeaking,
    SwitchLanguage,
    SwitchVoice,
    Transfer,
)
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    KeyPressed,
    LanguageHeard,
    SilencePassed,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import Answer, Phase
from voicebot.telemetry import metrics

__all__ = ["house"]


# --- the caller -----------------------------------------------------------------------------------


def test_the_callers_words_are_one_event(house: House):
    for words in ("When", "When do", "When do you open"):
        house.hears("prompt", voicePrompt=words, lang="en-US", last=False)
    house.hears("prompt", voicePrompt="When do you open?", lang="en-US", last=True)

    assert house.told()[-1] == CallerSaid("When do you open?")


def test_words_that_have_stood_for_a_while_may_be_the_last(house: House):
    house.does(Listen())
    house.hears("prompt", voicePrompt="When do", lang="en", last=False)
    house.passes(0.3)
    house.hears("prompt", voicePrompt="When do you open", lang="en", last=False)
    house.passes(0.3)
    assert house.told() == []

    house.passes(0.2)
    assert house.told() == [CallerMaybeDone("When do you open")]

    house.hears("prompt", voicePrompt="When do you open?", lang="en", last=False)
    assert house.told() == []
    house.hears("prompt", voicePrompt="When do you open on Sunday", lang="en", last=False)
    house.passes(0.5)
    assert house.told() == [CallerResumed(), CallerMaybeDone("When do you open on Sunday")]


def test_words_over_an_answer_in_the_making_stop_it_although_nothing_is_said(house: House):
    house.hears("prompt", voicePrompt="When?", lang="en", last=True)
    house.thinks(1)
    house.told()

    house.hears("prompt", voicePrompt="And", lang="en", last=False)

    assert house.told() == [CallerStarted()]


def test_silence_counts_from_the_last_played_word(house: House):
    house.does(Speak(1, 0, "We open at nine."), Listen(timeout_s=6))
    house.passes(5.0)
    house.played("We open at nine.")
    house.told()
    house.passes(5.9)
    assert house.told() == []

    house.passes(0.2)
    assert house.told() == [SilencePassed()]
    house.passes(60)
    assert house.told() == []


def test_nobody_is_silent_who_is_speaking(house: House):
    house.does(Listen(timeout_s=6))
    house.hears("info", name="clientSpeaking", value="on")
    house.passes(20)
    assert house.told() == []

    house.hears("info", name="clientSpeaking", value="off")
    house.passes(6.1)
    assert house.told() == [SilencePassed()]


def test_the_language_that_twilio_hears_is_told_with_the_words_where_a_call_has_several():
    house = House(setup=CallSetup(languages=("en-US", "de-DE")))

    house.hears("prompt", voicePrompt="Ich möchte einen Tisch.", lang="de", last=True)

    assert house.told() == [LanguageHeard("de"), CallerSaid("Ich möchte einen Tisch.")]


def test_words_of_which_no_last_ones_come_are_what_the_caller_said(house: House):
    house.does(Listen(timeout_s=6))
    house.hears("prompt", voicePrompt="I want a table", lang="en", last=False)
    house.hears("info", name="clientSpeaking", value="off")
    house.told()

    house.passes(6.1)
    assert house.told()[-1:] == [CallerSaid("I want a table")]

    house.hears("prompt", voicePrompt="I want a table.", lang="en", last=True)
    assert house.told() == []
    house.hears("prompt", voicePrompt="I want a table.", lang="en", last=True)
    assert house.told() == [CallerSaid("I want a table.")]


def test_a_caller_whose_last_sound_nobody_tells_is_silent_after_a_minute(house: House):
    house.does(Listen(timeout_s=6))
    house.hears("info", name="clientSpeaking", value="on")

    house.passes(66.1)

    assert house.told() == [SilencePassed()]


def test_a_call_ends_after_its_last_word_whatever_the_clock_says_between_two_ticks(house: House):
    answering(house)
    house.does(Speak(1, 0, "Good bye."), HangUp(1))

    house.passes(3.0)

    assert house.ended() == {"next": "hang_up"}


def test_a_call_without_reports_of_what_was_played_has_silences_too(house: House):
    house.does(Speak(1, 0, "We open at nine."), Listen(timeout_s=6))
    house.passes(6.5)
    assert house.told() == []

    house.passes(2.0)
    assert house.told() == [heard(1, 0, 16), SilencePassed()]


def test_a_key_is_a_key_and_its_interruption_no_sound(house: House):
    answering(house)
    house.does(Speak(1, 0, "We open at nine."))
    house.hears("dtmf", digit="0")
    house.hears("interrupt", utteranceUntilInterrupt="We", durationUntilInterruptMs=0)

    assert house.told() == [KeyPressed("0"), heard(1, 0, 2)]


def test_an_interruption_by_a_key_cuts_nothing_of_the_answer_to_it(house: House):
    answering(house)
    house.does(Speak(1, 0, "We open at nine."))
    house.hears("dtmf", digit="0")
    house.does(StopSpeaking(1), PlayClip(Phrase.CONNECTING, 3, interruptible=False), Transfer(1, ("+1",)))
    house.hears("interrupt", utteranceUntilInterrupt="We", durationUntilInterruptMs=0)

    assert not house.ended()
    house.played("I am connecting you now.")


def test_the_keys_of_a_code_are_taken_together(house: House):
    house.does(Listen(ListenMode.CODE))
    for digit in "123456":
        house.hears("dtmf", digit=digit)
    assert house.told() == [CallerSaid("123456")]

    house.does(Listen(ListenMode.CODE))
    house.hears("dtmf", digit="5")
    house.passes(4.5)
    assert house.told() == [KeyPressed("5")]

    house.hears("dtmf", digit="0")
    assert house.told() == [KeyPressed("0")]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": None},
        {"type": "prompt"},
        {"type": "prompt", "voicePrompt": 7, "last": "yes"},
        {"type": "dtmf", "digit": "A"},
        {"type": "info", "name": {"a": 1}, "value": []},
        {"type": "tokens"},
        {"type": "error", "description": "Invalid message received, code: 64107"},
    ],
)
def test_what_nobody_can_read_changes_nothing(house: House, message: dict):
    house.line.hear(message)

    assert (house.told(), house.sent) == ([], [])


# --- late answers ---------------------------------------------------------------------------------


def test_who_waits_for_an_answer_hears_something(house: House):
    house.hears("prompt", voicePrompt="When?", lang="en", last=True)
    stream = house.thinks(1)
    house.passes(1.4)
    assert house.spoken() == ""

    house.passes(0.2)
    first = house.spoken()
    house.passes(6)
    assert first.strip() and house.spoken().strip() not in ("", first.strip())

    stream.feed("We open")
    assert house.spoken() == " We open"
    house.does(answer=Answer(), phase=Phase.LISTENING)
    house.passes(30)
    assert house.spoken() == ""


def test_the_time_to_the_first_word_of_an_answer_is_measured_and_fillers_do_not_count(house: House):
    before = measured()
    house.hears("prompt", voicePrompt="When?", lang="en", last=True)
    stream = house.thinks(1)
    house.passes(2.0)
    for token in ("We", " open"):
        stream.feed(token)

    assert [round(now - then, 3) for now, then in zip(measured(), before, strict=True)] == [1, 2.0]


def measured() -> list[float]:
    found = {
        sample.name: sample.value
        for metric in metrics.TURN_SECONDS.labels("relay").collect()
        for sample in metric.samples
        if sample.name.endswith(("_count", "_sum"))
    }
    return [value for _, value in sorted(found.items())]


# --- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "wanted"), [(HangUp(1), "hang_up"), (Transfer(1, ("+12025550199",)), "transfer")]
)
def test_the_session_ends_once_the_last_words_were_heard(
    house: House, action: HangUp | Transfer, wanted: str
):
    house.does(Speak(1, 0, "Goodbye and thank you for your call."), action)
    house.passes(1.0)
    assert not house.ended()

    house.played("Goodbye and thank you for your call.")

    assert house.ended() == {"next": wanted}


def test_the_session_ends_by_the_clock_where_nobody_reports(house: House):
    house.does(Speak(1, 0, "Goodbye and thank you for your call."), HangUp(1))
    house.passes(2.0)
    assert not house.ended()

    house.passes(2.0)
    assert house.ended() == {"next": "hang_up"}


def test_a_transfer_waits_until_it_is_committed_but_not_for_ever(house: House):
    house.kept = False
    house.does(Transfer(1, ("+12025550199",)))
    house.passes(0.5)
    assert not house.ended()

    house.passes(1.0)
    assert house.ended() == {"next": "transfer"}


def test_a_call_moves_at_a_pause(house: House):
    answering(house)
    house.does(Speak(1, 0, "We open at nine."))
    house.line.move()
    house.passes(1)
    assert not house.ended()

    house.does(Speak(1, 1, "Shall I note it?"), Listen())
    house.hears("info", name="clientSpeaking", value="on")
    house.played("We open at nine. Shall I note it?")
    assert not house.ended()

    house.hears("prompt", voicePrompt="Yes", lang="en", last=True)
    house.does(Speak(2, 0, "Done."), Listen())
    house.played("Done.")
    assert house.ended() == {"next": "moved"}


def test_another_voice_needs_another_session(house: House):
    house.does(SwitchVoice("other"), Speak(1, 0, "This is me now."), Listen())
    house.played("This is me now.")

    assert house.ended() == {"next": "moved"}


def test_a_call_that_changes_its_language_is_spoken_and_heard_in_it(house: House):
    house.does(SwitchLanguage("de-DE"), PlayClip(Phrase.GREETING, 0))

    assert house.sent[0] == {"type": "language", "ttsLanguage": "de-DE", "transcriptionLanguage": "de-DE"}
    assert sum(message["type"] == "language" for message in house.sent) == 1


def test_a_line_that_lost_its_call_says_nothing_more(house: House):
    stream = house.thinks(1)
    house.line.close()
    stream.feed("We open")
    house.does(Speak(1, 0, "We open at nine."), Listen(), HangUp(1))
    house.passes(60)

    assert (house.sent, house.told()) == ([], [])
