import pytest

from tests.vectors import PROVIDERS, read
from voicebot.providers.elevenlabs.alignment import TimeBase, read_alignment
from voicebot.providers.elevenlabs.spoken_answer import SpokenAnswer

HEARD = read(PROVIDERS / "heard_text.json")
SENTENCES = ("Your appointment is on Friday.", "Shall I confirm it?")


def timed(text, each_ms=60, start_ms=0):
    return [(char, start_ms + place * each_ms) for place, char in enumerate(text)]


def spoken(sentences, messages):
    """Take messages (ms of sound, times as written, times as spoken), and put what came of each sentence together."""
    answer = SpokenAnswer("ulaw_8000", TimeBase())
    for sentence in sentences:
        answer.add(sentence)
    sound, chars = {}, {}
    for audio_ms, written, said in messages:
        for number, chunk in answer.take(b"\xff" * audio_ms * 8, written, said):
            sound[number] = sound.get(number, 0) + len(chunk.audio) // 8
            chars.setdefault(number, []).extend(chunk.chars)
    return sound, chars


@pytest.mark.parametrize("form", ["messages_chunk_relative", "messages_absolute"])
def test_both_time_bases_give_the_same_times(form):
    messages = [(one["audio_ms"], read_alignment(one["alignment"]), []) for one in HEARD[form]]

    sound, chars = spoken(SENTENCES, messages)

    assert sound == {0: 1860, 1: 1200}
    assert chars[0][:2] == [(0, 0), (1, 60)]
    assert chars[0][29] == (29, 29 * 60)
    assert chars[1][:2] == [(0, 0), (1, 60)]
    assert all(SENTENCES[1][index] for index, _ in chars[1][:19])


def test_times_over_http_are_seconds_and_mean_the_same():
    line = HEARD["http_with_timestamps"][0]

    over_http = read_alignment(line["alignment"])
    on_a_socket = read_alignment(HEARD["messages_chunk_relative"][0]["alignment"])

    assert [(char, round(ms)) for char, ms in over_http] == on_a_socket
    assert read_alignment(line["normalized_alignment"]) == []


@pytest.mark.parametrize("case", HEARD["cases"], ids=lambda case: f"{case['played_ms']} ms")
def test_what_was_begun_by_a_moment_is_told_by_the_times(case):
    messages = [(one["audio_ms"], read_alignment(one["alignment"]), []) for one in HEARD["messages_absolute"]]
    sound, chars = spoken(SENTENCES, messages)

    begun = ""
    for number, sentence in enumerate(SENTENCES):
        since_ms = case["played_ms"] - sum(sound[earlier] for earlier in range(number))
        begun += "".join(f"{sentence} "[index] for index, ms in chars[number] if ms < since_ms)

    assert begun == case["heard_chars"]


OTHER_WORDS = {
    "a number in words": ("You are 12 years old.", "You are twelve years old.", "years", 15),
    "a number at the end": ("Room 12. Thank you.", "Room twelve. Thank you.", "Thank", 13),
    "a space in front": ("Hello there.", " Hello there.", "there", 7),
    "an abbreviation": ("Dr. Miller is here.", "Doctor Miller is here.", "Miller", 7),
    "other letters": ("Straße 4 ist gut.", "straße vier ist gut.", "ist", 12),
}


@pytest.mark.parametrize("text, said, word, at", OTHER_WORDS.values(), ids=OTHER_WORDS.keys())
def test_a_word_after_other_words_than_ours_is_found_again(text, said, word, at):
    _, chars = spoken([text], [(len(said) * 60, [], timed(said))])

    times = dict(chars[0])

    assert times[text.index(word)] == at * 60
    assert [index for index, _ in chars[0]] == sorted({index for index, _ in chars[0]})
    assert chars[0][-1][0] == len(text) - 1


def test_times_that_repeat_themselves_give_way_to_those_of_the_spoken_text():
    text = "Call the clinic."

    _, chars = spoken([text], [(960, timed("Call the Call the "), timed(text))])

    assert [index for index, _ in chars[0]] == list(range(len(text)))


def test_a_message_that_holds_two_sentences_is_cut_where_the_second_begins():
    sound, chars = spoken(["Yes.", "Of course."], [(900, timed("Yes. Of course."), [])])

    assert sound == {0: 300, 1: 600}
    assert chars[1][0] == (0, 0)


NONSENSE = [
    None, [], "times", {"chars": ["a"]}, {"chars": ["a"], "charStartTimesMs": []},
    {"chars": ["a", "b"], "charStartTimesMs": [60, 0]}, {"chars": ["a"], "charStartTimesMs": ["0"]},
    {"chars": ["a"], "charStartTimesMs": [-1]}, {"chars": ["a"], "charStartTimesMs": [None]}, {"chars": [1], "charStartTimesMs": [0]},
]  # fmt: skip


def test_times_that_make_no_sense_are_none():
    assert [read_alignment(given) for given in NONSENSE] == [[]] * len(NONSENSE)


def test_sound_without_times_is_the_sentence_s_that_is_spoken_now():
    answer = SpokenAnswer("ulaw_8000", TimeBase())
    answer.add("Yes.")
    answer.add("No.")

    first = answer.take(b"\xff" * 80, [], [])
    answer.ended(0)
    second = answer.take(b"\xff" * 80, [], [])

    assert [number for number, _ in first + second] == [0, 1]
    assert not first[0][1].chars
