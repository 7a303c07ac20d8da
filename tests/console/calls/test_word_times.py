"""A word that is clicked is heard from where it was said: told by the voice, else reckoned from what was measured."""

import pytest

from voicebot.console.calls.word_times import LETTERS_A_SECOND, word_times


def said(number, speaker, start_s, heard):
    return {"number": number, "speaker": speaker, "start_s": start_s, "heard": heard}


def test_a_caller_s_words_lie_before_they_were_kept_and_the_bot_s_behind():
    """Nothing was measured, as on Gather."""
    found = word_times([said(1, "bot", 0.5, "Hello there"), said(2, "caller", 9.0, "When do you open")], None)

    length = len("When do you open") / LETTERS_A_SECOND
    assert found[1][0] == 0.5 and found[1][1] > 0.8
    assert found[2][0] == pytest.approx(9.0 - length, abs=0.06) and found[2][-1] < 9.0
    assert found[2] == sorted(found[2])


def test_words_fill_what_was_measured_and_skip_the_pauses_in_it():
    speech = {"caller": [[4.0, 5.0], [7.0, 8.0], [20.0, 21.0]], "bot": [[1.0, 3.0], [10.0, 14.0]]}
    rows = [
        said(1, "bot", 0.4, "Good morning"),
        said(2, "caller", 8.6, "abcd abcd"),
        said(3, "bot", 9.4, "one two"),
        said(4, "bot", 9.5, "six ten"),
        said(5, "caller", 21.5, "thanks"),
    ]

    found = word_times(rows, speech)

    assert found == {
        1: [1.0, 1.8], 2: [4.0, 7.0], 3: [10.0, 11.0], 4: [12.0, 13.0], 5: [20.0],
    }  # fmt: skip


def test_what_the_voice_told_wins_and_what_it_passed_over_lies_between():
    speech = {
        "caller": [], "bot": [[10.0, 20.0]],
        "words": [["bot", 10.2, "We"], ["bot", 10.5, "open,"], ["caller", 11.0, "nine"], ["bot", 16.0, "NINE."], ["bot", 95.0, "today"]],
    }  # fmt: skip

    found = word_times([said(1, "bot", 9.0, "we open at nine today")], speech)

    assert found[1][:2] == [10.2, 10.5] and found[1][3] == 16.0
    assert 10.5 < found[1][2] < 16.0 < found[1][4] < 20.0


@pytest.mark.parametrize(
    ("rows", "speech"),
    [
        ([], {"caller": [[1, 2]], "bot": [[3, 4]]}),
        ([said(1, "caller", None, "lost")], None),
        ([said(1, "bot", 1.0, "")], {"bot": [[0, 0]], "caller": []}),
    ],
)
def test_words_that_nobody_can_place_have_no_time(rows, speech):
    assert word_times(rows, speech) == {}


def test_every_word_has_a_time_within_the_call_however_odd_the_measures_are():
    rows = [said(n, "caller" if n % 2 else "bot", n * 0.1, "a  b\tc — d") for n in range(50)]
    speech = {"caller": [[5, 5], [3, 4]], "bot": [[0, 9]], "words": [["bot", 2, "—"], ["bot", 1, "A"]]}

    found = word_times(rows, speech)

    assert all(len(times) == 5 and min(times) >= 0 for times in found.values()) and len(found) == 50
