import pytest

from voicebot.providers.local.speaker import LocalSpeaker
from voicebot.providers.local.voice import LocalVoice
from voicebot.providers.ports import Outcome, ProviderError, SpokenChunk
from voicebot.providers.speakers import BUSY_REST_S, FAILS_EVERYBODY, REFUSED_REST_S, REST_S, SpeakersInTurn
from voicebot.providers.speaking import Speaking

TEXT = "Your appointment is on Friday."
EACH_MS = 60


class Voice:
    """A speaker that says one character in 60 ms, and breaks off after `chars` of them with `failure`."""

    def __init__(self, failure=None, chars=0, times=True):
        self.failure, self.chars, self.times = failure, chars, times
        self.asked, self.opened, self.closed, self.dropped = [], [], 0, 0

    def open(self, voice_id, language):
        self.opened.append((voice_id, language))
        return self

    def say(self, text, *, before=""):
        self.asked.append((text, before))
        return Speaking().begin(lambda _: self._spoken(text))

    def _spoken(self, text):
        for place in range(len(text) if self.failure is None else self.chars):
            chars = ((place, place * EACH_MS),) if self.times else ()
            yield SpokenChunk(b"\xff" * EACH_MS * 8, chars)
        if self.failure is not None:
            raise self.failure

    def drop(self):
        self.dropped += 1

    def close(self):
        self.closed += 1


def failure(outcome=Outcome.UNKNOWN, code="dropped", **options):
    return ProviderError("elevenlabs", code, outcome, **options)


def in_turn(best, spare, clock=lambda: 0.0):
    return SpeakersInTurn([("best", best), ("spare", spare)], clock=clock)


def said(chunks):
    return [char for chunk in chunks for char in chunk.chars]


BREAKS = {
    "in a word": (10, "appointment is on Friday."),
    "between words": (17, "is on Friday."),
    "at a word's end": (16, "is on Friday."),
    "in the last word": (27, "Friday."),
    "before any sound": (0, TEXT),
}


@pytest.mark.parametrize("chars, rest", BREAKS.values(), ids=BREAKS.keys())
def test_the_next_voice_finishes_what_breaks_off_and_leaves_no_word_out(chars, rest):
    spare = Voice()
    call = in_turn(Voice(failure(), chars), spare).open("v", "en")

    chunks = list(call.say(TEXT, before="Hello."))

    assert spare.asked == [(rest, f"Hello. {TEXT[: TEXT.index(rest)]}".strip())]
    assert said(chunks)[-1] == (len(TEXT) - 1, sum(len(chunk.audio) for chunk in chunks) // 8 - EACH_MS)
    assert [ms for _, ms in said(chunks)] == sorted(ms for _, ms in said(chunks))


def test_without_times_the_place_is_told_by_how_long_it_spoke():
    spare = Voice(times=False)

    list(in_turn(Voice(failure(), 20, times=False), spare).open("v", "en").say(TEXT))

    assert spare.asked[0][0] == "is on Friday."


def test_what_breaks_off_after_its_last_word_is_whole():
    spare = Voice()

    chunks = list(in_turn(Voice(failure(), len(TEXT)), spare).open("v", "en").say(TEXT))

    assert len(chunks) == len(TEXT)
    assert spare.asked == []


def test_an_answer_changes_its_voice_once_and_the_next_begins_with_the_best():
    best, spare = Voice(failure(), 1), Voice()
    call = in_turn(best, spare).open("v", "en")

    for text, before in (("One.", ""), ("Two.", "One."), ("Three.", "")):
        list(call.say(text, before=before))

    assert [text for text, _ in best.asked] == ["One.", "Three."]
    assert [text for text, _ in spare.asked][1] == "Two."


RESTS = {
    "an empty account": ([failure(Outcome.REFUSED, "quota_exceeded", unwell=True)], REFUSED_REST_S),
    "a closed account": ([failure(Outcome.REFUSED, "http_401", unwell=True)], REFUSED_REST_S),
    "too much to do": ([failure(Outcome.NOT_SENT, "http_429")], BUSY_REST_S),
    "three broken connections": ([failure()] * FAILS_EVERYBODY, REST_S),
    "one broken connection": ([failure()], 0.0),
    "one bad text": ([failure(Outcome.REFUSED, "text_too_long")], 0.0),
}


@pytest.mark.parametrize("failures, rest_s", RESTS.values(), ids=RESTS.keys())
def test_a_voice_that_fails_everybody_rests_for_all_calls(failures, rest_s):
    now = [0.0]
    best, spare = Voice(), Voice()
    speakers = in_turn(best, spare, clock=lambda: now[0])
    for each in failures:
        best.failure = each
        list(speakers.open("v", "en").say(TEXT))
    best.failure, before = None, len(best.asked)

    if rest_s:
        now[0] += rest_s - 0.01
        list(speakers.open("v", "en").say(TEXT))
        assert len(best.asked) == before
    now[0] += 0.02
    list(speakers.open("v", "en").say(TEXT))

    assert len(best.asked) == before + 1


def test_a_sentence_that_was_spoken_ends_a_row_of_failures():
    best, spare = Voice(), Voice()
    speakers = in_turn(best, spare)

    for each in (failure(), failure(), None, failure(), failure(), None):
        best.failure = each
        list(speakers.open("v", "en").say(TEXT))

    assert len(best.asked) == 6


def test_when_the_last_voice_fails_too_the_line_is_told():
    call = in_turn(Voice(failure()), Voice(failure(code="espeak"))).open("v", "en")

    with pytest.raises(ProviderError) as last:
        list(call.say(TEXT))

    assert last.value.code == "espeak"


@pytest.mark.parametrize("code, asked", [("timeout", 0), ("connect_timeout", 0), ("dropped", 1)])
def test_a_caller_waits_for_one_slow_voice_and_for_no_second(code, asked):
    second, last = Voice(), Voice()
    speakers = SpeakersInTurn([("best", Voice(failure(code=code))), ("second", second), ("last", last)])

    list(speakers.open("v", "en").say(TEXT))

    assert (len(second.asked), len(last.asked)) == (asked, 1 - asked)


def test_a_call_holds_the_best_voice_from_its_beginning_and_gives_all_back():
    best, spare = Voice(), Voice()
    call = in_turn(best, spare).open("v", "de")

    call.drop()
    call.close()

    assert (best.opened, spare.opened) == ([("v", "de")], [])
    assert (best.dropped, best.closed) == (1, 1)
    assert list(call.say(TEXT)) == []


def test_the_machine_s_own_voice_speaks_mu_law():
    call = LocalSpeaker(LocalVoice()).open("v", "de-DE")

    chunks = list(call.say(TEXT))

    assert sum(len(chunk.audio) for chunk in chunks) > 8000
    assert list(call.say(" ")) == []
    call.close()
    assert list(call.say(TEXT)) == []
