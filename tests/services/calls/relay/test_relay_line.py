"""A line of ConversationRelay against Twilio's messages, on a clock that nobody waits for."""

import pytest

from tests.services.calls.relay.relay_line import House, answering, heard, house
from voicebot.domain.call.actions import (
    Listen,
    PlayClip,
    Speak,
    StopSpeaking,
)
from voicebot.domain.call.events import (
    CallerStarted,
    Heard,
    SentenceReady,
)
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import Answer, Phase

__all__ = ["house"]


# --- words that a template spells for the voice ---------------------------------------------------

SAYS = CallSetup(pronunciations=(("Saoirse", "Seer-sha"), ("Van Gogh", "Fun Khokh"), ("Ng", "Ing")))


def test_a_name_leaves_whole_and_as_it_is_spelt_for_the_voice_while_it_is_heard_as_it_is_written():
    house = House(setup=SAYS)
    stream, sentence = house.thinks(1), "I ask Saoirse and Van Gogh or Van Dyk now."
    tokens = (
        "I",
        " ask",
        " Sao",
        "irse",
        " and",
        " Van",
        " Gogh",
        " or",
        " Van",
        " Dyk",
        " now",
        ".",
        " Bye",
    )
    pieces = [piece for token in tokens for piece in stream.feed(token)]
    early = [message["token"] for message in house.sent]
    house.does(Speak(1, 0, sentence, True))
    said = house.spoken()

    assert pieces == [sentence]
    assert early == ["I ", "ask ", "Seer-sha ", "and ", "Fun Khokh ", "or ", "Van Dyk "]
    assert said.startswith("I ask Seer-sha and Fun Khokh or Van Dyk now.")

    house.played("I ask Seer-sha and Fun ")
    house.hears("interrupt", utteranceUntilInterrupt="I ask Seer-sha and Fun ", durationUntilInterruptMs=900)

    assert heard(1, 0, len("I ask Saoirse and Van Gogh")) in house.told()


def test_a_fixed_phrase_and_what_an_interruption_cut_off_are_spelt_for_the_voice_too():
    house = House(setup=SAYS)
    house.does(Speak(1, 0, "Ask Ng and Saoirse.", True), Listen(timeout_s=6))

    assert house.spoken() == "Ask Ing and Seer-sha."

    house.hears("interrupt", utteranceUntilInterrupt="Ask Ing", durationUntilInterruptMs=400)
    house.does(event=CallerStarted())

    assert house.spoken().strip() == "and Seer-sha."
    house.played("and Seer-sha.")
    assert heard(1, 0, len("Ask Ng and Saoirse.")) in house.told()


# --- what goes out --------------------------------------------------------------------------------


def test_words_leave_before_their_sentence_is_whole(house: House):
    stream = house.thinks(1)
    pieces = [stream.feed(token) for token in ("We", " open", " at", " nine")]

    assert pieces == [[], [], [], []]
    assert [message["token"] for message in house.sent] == ["We", " open", " at", " nine"]


def test_a_sentence_is_not_said_twice_when_it_is_whole(house: House):
    stream = house.thinks(1)
    for token in ("We", " open", " at", " nine", ".", " And", " we", " close", " at", " five."):
        for seq, text in enumerate(stream.feed(token)):
            house.does(Speak(1, seq, text))
    house.does(Speak(1, 1, stream.flush()[0]), Listen())

    assert house.sent[-1] == {"type": "text", "token": "", "last": True}
    assert house.spoken() == "We open at nine. And we close at five."


@pytest.mark.parametrize(
    ("tokens", "spoken"),
    [
        (["Call ", "**Ana**", " now."], "Call Ana now."),
        (["Write to", " info", "@", "example", ".com", "."], "Write to info at example dot com."),
        (["See ", "https", "://", "www.", "example", ".com", "."], "See example dot com."),
        (["See www", ".example.com/a", " soon."], "See example dot com slash a soon."),
        (["1. ", "Bread", "\n2. ", "Milk"], "Bread Milk"),
        (["A ", "< b", " & c."], "A &lt; b &amp; c."),
    ],
)
def test_what_is_spoken_in_another_way_is_said_once(house: House, tokens: list[str], spoken: str):
    stream = house.thinks(1)
    pieces = [piece for token in tokens for piece in stream.feed(token)] + stream.flush()
    for seq, text in enumerate(pieces):
        house.does(Speak(1, seq, text))

    # What was said of an address before it was known to be one is followed by the whole of it.
    assert house.spoken().replace("info info", "info") == spoken


def test_nothing_leaves_of_an_answer_that_is_not_committed(house: House):
    stream = house.thinks(1, speculative=True)
    stream.feed("We open")
    stream.feed(" at nine. And")
    stream.feed(" then")
    assert house.spoken() == ""

    house.does(Speak(1, 0, "We open at nine."), committed_gen=1)

    assert house.spoken() == "We open at nine. And then"


def test_words_wait_until_the_sentence_in_front_of_them_was_performed(house: House):
    stream = house.thinks(1)
    stream.feed("One is **bold**. Two")
    stream.feed(" is not")
    assert house.spoken() == ""

    house.does(Speak(1, 0, "One is bold."))

    assert house.spoken() == "One is bold. Two is not"


def test_an_answer_that_begins_anew_goes_on_from_what_was_said_of_the_first(house: House):
    stream = house.thinks(1)
    stream.feed("We are")
    stream.drop()
    (said,) = [*stream.feed("We open at nine."), *stream.flush()]
    house.does(Speak(1, 0, said))

    assert said == "We are… We open at nine."
    assert house.spoken() == "We are… We open at nine."


def test_words_that_left_of_an_answer_that_was_cut_short_are_a_sentence(house: House):
    stream = house.thinks(1)
    stream.feed("We open at")

    assert stream.flush(cut_short=True) == ["We open at"]


def test_a_phrase_that_must_be_heard_says_so_to_twilio(house: House):
    house.does(PlayClip(Phrase.CONNECTING, 3, interruptible=False))

    assert house.sent[0]["interruptible"] is False


# --- what was heard -------------------------------------------------------------------------------


def test_played_words_are_heard_sentence_by_sentence(house: House):
    house.does(Speak(1, 0, "We open at nine."), Speak(1, 1, "Shall I note it?"), Listen())
    house.played("We open at")
    assert house.told() == []

    house.played(" nine. Shall", " I note it?")

    assert house.told() == [heard(1, 0, 16), heard(1, 1, 16)]


@pytest.mark.parametrize(
    ("until", "chars"),
    [
        ("We open at", 10),
        ("we OPEN, at", 10),
        ("We open at nine. Shall I", 16),
        ("", 0),
        ("...", 0),
        ("Something that nobody said at all", 0),
    ],
)
def test_an_interruption_tells_how_much_was_heard(house: House, until: str, chars: int):
    answering(house)
    house.does(Speak(1, 0, "We open at nine."), Speak(1, 1, "Shall I note it?"))
    house.hears("interrupt", utteranceUntilInterrupt=until, durationUntilInterruptMs=0)

    told = house.told()
    assert told[-1] == CallerStarted()
    assert [event.chars for event in told if isinstance(event, Heard) and event.seq == 0] == (
        [chars] if chars else []
    )


def test_an_interruption_is_counted_from_the_last_words_that_were_played(house: House):
    answering(house)
    house.does(Speak(1, 0, "Yes."), Speak(1, 1, "Yes, we open at nine."))
    house.played("Yes.")
    house.told()

    house.hears("interrupt", utteranceUntilInterrupt="Yes. Yes, we", durationUntilInterruptMs=900)

    assert house.told() == [heard(1, 1, 7), CallerStarted()]


def test_words_that_had_left_before_an_interruption_are_in_the_history(house: House):
    stream = house.thinks(1)
    stream.feed("We open at")
    house.played("We open")
    house.hears("interrupt", utteranceUntilInterrupt="We open", durationUntilInterruptMs=500)

    assert house.told() == [SentenceReady(1, 0, "We open at"), heard(1, 0, 7), CallerStarted()]


def test_no_word_leaves_between_an_interruption_and_what_the_owner_makes_of_it(house: House):
    stream = house.thinks(1)
    stream.feed("We open at nine. Then")
    house.spoken()
    house.hears("interrupt", utteranceUntilInterrupt="", durationUntilInterruptMs=0)

    house.line.perform(Speak(1, 0, "We open at nine."))
    stream.feed(" we close")
    assert house.spoken() == ""

    house.does(StopSpeaking(1), event=CallerStarted())
    stream.feed(" again. Good")

    assert house.spoken() == ""


def test_no_word_of_the_next_sentence_leaves_either_and_all_do_once_the_owner_goes_on(house: House):
    stream = house.thinks(1)
    (sentence,) = [*stream.feed("We open at nine."), *stream.flush()]
    house.does(Speak(1, 0, sentence), phase=Phase.SPEAKING)
    house.played("We open at nine.")
    house.spoken()
    house.hears("interrupt", utteranceUntilInterrupt="We open at nine", durationUntilInterruptMs=0)
    stream.feed("Then we")
    assert house.spoken() == ""

    house.does(event=CallerStarted())

    assert house.spoken().strip() == "Then we"


def test_what_twilio_dropped_at_a_sound_that_stops_nobody_is_said_again(house: House):
    answering(house)
    house.does(Speak(1, 0, "We open at nine."), Speak(1, 1, "Shall I note it?"))
    house.spoken()
    house.hears("interrupt", utteranceUntilInterrupt="We open", durationUntilInterruptMs=400)

    house.does(event=CallerStarted(), answer=Answer())

    assert house.spoken() == "at nine. Shall I note it?"
    house.told()
    house.played("at nine.", "Shall I note it?")
    assert house.told() == [heard(1, 0, 16), heard(1, 1, 16)]


def test_without_reports_the_clock_tells_what_was_heard_when_the_socket_dies(house: House):
    house.does(Speak(1, 0, "We open at nine."), Speak(1, 1, "And we close at five in the afternoon."))
    house.passes(1.9)
    house.line.lost()

    first, second = house.told()
    assert (first, isinstance(second, Heard) and 0 < second.chars < 20) == (heard(1, 0, 16), True)
