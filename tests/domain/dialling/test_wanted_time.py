"""When people want to be called: what they said becomes a time, is asked for again, or is refused."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.dialling.wanted_day import NotClear, TimeRefused
from voicebot.domain.dialling.wanted_time import FARTHEST, moment_on, spoken, wanted_time

DENVER = "America/Denver"
# A Wednesday, ten in the morning.
NOW = datetime(2026, 12, 2, 10, 0, tzinfo=ZoneInfo(DENVER))


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-{text}" if text[2] == "T" else text).replace(
        tzinfo=ZoneInfo(DENVER)
    )


def said(words: str, now: datetime = NOW, **given: bool) -> tuple[datetime, datetime | None]:
    found = wanted_time(words, now, DENVER, **given)
    return found.at, found.until


TIMES = {
    "tomorrow at nine": "03T09:00",
    "2moro at 9": "03T09:00",
    "call me tomorrow at nine": "03T09:00",
    "saterday at noon": "05T12:00",
    "thrusday at 3 pm": "03T15:00",
    "in 10 minuts": "02T10:10",
    "4pm no wait 5pm": "02T17:00",
    "tomorrow at 5, no sorry, 6 pm": "03T18:00",
    "fifteen hundred hours": "02T15:00",
    "I'm in a meeting till 3, try me at 3:15": "02T15:15",
    "half past noon": "02T12:30",
    "umm maybe in like 20 mins": "02T10:20",
    "1500 hrs": "02T15:00",
    "call me at 2 pm not 3": "02T14:00",
    "not today, tomorrow at nine": "03T09:00",
    "not tomorrow but Friday at 3": "04T15:00",
    "in half an hour": "02T10:30",
    "the 5th at 3 pm": "05T15:00",
    "half past nine tomorrow": "03T09:30",
    "quarter to ten tomorrow": "03T09:45",
    "tomorrow nine thirty": "03T09:30",
    "tomorrow at 9.30": "03T09:30",
    "twenty to five tomorrow": "03T16:40",
    "five past three tomorrow": "03T15:05",
    "15 minutes before noon tomorrow": "03T11:45",
    "2026-12-03T09:00": "03T09:00",
    "2026-12-03 14:30": "03T14:30",
    "in an hour and a half": "02T11:30",
    "in two and a half hours": "02T12:30",
    "in a couple of hours": "02T12:00",
    "in 45 min": "02T10:45",
    "a quarter of an hour from now": "02T10:15",
    "an hour from now": "02T11:00",
    "in three days at noon": "05T12:00",
    "two days from now at three": "04T15:00",
    "day after tomorrow at 4": "04T16:00",
    "next Monday at ten": "07T10:00",
    "Friday at ten": "04T10:00",
    "fri 2pm": "04T14:00",
    "this coming Saturday at eleven": "05T11:00",
    "Monday next week at two": "07T14:00",
    "a week from Monday at 9": "14T09:00",
    "monday, december 7th, 2026, at 9 a.m.": "07T09:00",
    "December 5 at 3": "05T15:00",
    "5th of December at 3": "05T15:00",
    "on the 24th of December at 10 in the morning": "24T10:00",
    "12/25 at 3pm": "25T15:00",
    "call me at 9:15 am on 12/14": "14T09:15",
    "on the first at ten": "2027-01-01T10:00",
    "the 31st at ten": "31T10:00",
    "at nine": "03T09:00",
    "at eight": "02T20:00",
    "at 3": "02T15:00",
    "at 15:00": "02T15:00",
    "three o'clock": "02T15:00",
    "tomorrow at 1300": "03T13:00",
    "tomorrow 0900": "03T09:00",
    "15h30 tomorrow": "03T15:30",
    "tomorrow 9": "03T09:00",
    "9 tomorrow": "03T09:00",
    "tomorrow at twelve": "03T12:00",
    "tomorrow at eight in the evening": "03T20:00",
    "tomorrow at 6 am": "03T06:00",
    "tonight at eight": "02T20:00",
    "tonight at eleven": "02T23:00",
    "at 3 in the night": "03T03:00",
    "tomorrow around 2ish": "03T14:00",
    "tomorrow morning at half past eight": "03T08:30",
    "once I'm back, about half seven": "02T19:30",
    "could you ring me around six": "02T18:00",
    "at 6 tomorrow when my husband is home": "03T18:00",
    "right away": "02T10:02",
    "give me a couple hours": "02T12:00",
    "430pm": "02T16:30",
    "tmr at 10a": "03T10:00",
    "12-04-2026 at 3pm": "04T15:00",
    "12/4 3pm": "04T15:00",
    "christmas day at 10": "25T10:00",
    "in 10-15 minutes": "02T10:15",
    # By another clock: two hours before, and one after.
    "tomorrow 3 pm eastern": "03T13:00",
    "tomorrow at 3pm Los Angeles time": "03T16:00",
}
WINDOWS = {
    "Monday morning": ("07T08:00", "07T12:00"),
    "when I am home after six": ("02T18:00", "02T21:00"),
    "tonight": ("02T18:00", "02T21:00"),
    "this afternoon": ("02T12:00", "02T17:00"),
    "tomorrow evening": ("03T17:00", "03T21:00"),
    "this evening after 7": ("02T19:00", "02T21:00"),
    "between two and four tomorrow": ("03T14:00", "03T16:00"),
    "2-4 pm tomorrow": ("03T14:00", "03T16:00"),
    "tomorrow from 9 to 5": ("03T09:00", "03T17:00"),
    "tomorrow between 8 and 10": ("03T08:00", "03T10:00"),
    "between 11 and 1": ("02T11:00", "02T13:00"),
    "before noon tomorrow": ("03T08:00", "03T12:00"),
    "tomorrow by ten": ("03T08:00", "03T10:00"),
    "tomorrow no later than 5": ("03T08:00", "03T17:00"),
    "any time after three": ("02T15:00", "02T21:00"),
    "tomorrow not before ten": ("03T10:00", "03T21:00"),
    "from ten onwards tomorrow": ("03T10:00", "03T21:00"),
    "after 9 tomorrow morning": ("03T09:00", "03T12:00"),
    "first thing tomorrow": ("03T08:00", "03T10:00"),
    "tomorrow at lunch": ("03T12:00", "03T13:00"),
    "within two hours": ("02T10:02", "02T12:00"),
}
ASKED_FOR = {
    "": "On which day",
    "next week": "On which day exactly",
    "on the weekend": "On which day exactly",
    "tomorrow": "At what time tomorrow",
    "sometime tomorrow": "At what time tomorrow",
    "Monday": "At what time on Monday, December 7",
    "later": "On which day",
    "whenever you like": "On which day",
    "in a few minutes": "On which day",
    "call me in 10": "In how many minutes",
    "tomorrow at eight": "8:00 AM or 8:00 PM",
    "next Friday at ten": "December 4, or Friday, December 11",
    "Wednesday at eleven": "today, or Wednesday, December 9",
    "Friday the 5th at 2": "is a Saturday, not a Friday",
    "5/12 at 3pm": "May 12 or December 5",
    "black friday at 3": "On which date",
    "in 10-15": "In how many minutes",
    "mornings": "On which day exactly",
    "tomorrow at 3 your time": "by your own clock",
    "February 30 at 3": "no such date",
    "25:00 tomorrow": "no such time",
    "tomorrow or Thursday at 3": "Which of these days",
    "tomorrow at 10 or 11": "Which of these times",
    "at five tomorrow, no, at six": "Which of these times",
    "10 to 12 tomorrow": "10 minutes before 12",
    "tomorrow after lunch": "At what time",
    "not tomorrow but Thursday at 3": "Which day",
    "in an hour tomorrow": "On which day",
    "2026-12-03T09:00:00Z": "without an offset",
    "2026-12-03T09:00-05:00": "without an offset",
}  # fmt: skip
REFUSED = ("yesterday at three", "today at nine", "this morning at nine", "last Monday at ten", "2026-11-01T09:00",
           "August 20 at 3", "in 99999999999 minutes", "two hours ago")  # fmt: skip


@pytest.mark.parametrize(("words", "at"), TIMES.items())
def test_a_time_that_is_clear_is_that_moment(words, at):
    assert said(words) == (local(at), None)


@pytest.mark.parametrize(("words", "window"), WINDOWS.items())
def test_hours_that_are_a_window_begin_and_end(words, window):
    assert said(words) == (local(window[0]), local(window[1]))


@pytest.mark.parametrize(("words", "question"), ASKED_FOR.items())
def test_what_can_be_meant_in_two_ways_or_says_too_little_is_asked_for(words, question):
    with pytest.raises(NotClear) as unclear:
        said(words)

    assert question in unclear.value.question


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_over_or_far_away_is_refused(words):
    with pytest.raises(TimeRefused):
        said(words)


def test_a_date_in_numbers_goes_by_the_order_of_the_country():
    assert said("5/12 at noon on 2026-12-05", month_first=False)[0] == local("05T12:00")
    assert said("14/12 at noon", month_first=False)[0] == local("14T12:00")
    assert said("5.12.2026 at noon", month_first=False)[0] == local("05T12:00")


@pytest.mark.parametrize(
    ("now", "words", "at"),
    [
        # The clocks go forward on 8 March 2026 and back on 1 November.
        ("2026-03-07T10:00", "tomorrow at nine", "2026-03-08T15:00"),
        ("2026-03-06T10:00", "tomorrow at nine", "2026-03-07T16:00"),
        ("2026-10-31T10:00", "tomorrow at nine", "2026-11-01T16:00"),
        ("2026-11-01T00:45", "in half an hour", "2026-11-01T07:15"),
        ("2026-11-01T00:45", "in two hours", "2026-11-01T08:45"),
        ("2026-03-08T01:30", "in an hour", "2026-03-08T09:30"),
        ("2026-10-31T10:00", "tomorrow at 1:30 am", "2026-11-01T07:30"),
    ],
)
def test_clocks_that_change_keep_the_hour_that_was_named(now, words, at):
    here = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(DENVER))

    assert said(words, here)[0] == datetime.fromisoformat(at).replace(tzinfo=UTC)


def test_an_hour_that_a_clock_leaves_out_is_no_time():
    here = datetime(2026, 3, 7, 10, 0, tzinfo=ZoneInfo(DENVER))

    with pytest.raises(TimeRefused, match="no such time"):
        said("tomorrow at 2:30 am", here)
    assert (
        moment_on(here.date() + timedelta(days=1), datetime(2026, 3, 8, 2, 30).time(), ZoneInfo(DENVER))
        is None
    )


def test_a_time_is_told_with_its_day_its_date_and_its_hour():
    assert (
        spoken(wanted_time("tomorrow at nine", NOW, DENVER), NOW, DENVER)
        == "tomorrow, Thursday, December 3, at 9:00 AM"
    )
    assert spoken(wanted_time("Monday morning", NOW, DENVER), NOW, DENVER).endswith(
        "between 8:00 AM and 12:00 PM"
    )


@given(st.text(max_size=300), st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)))
def test_whatever_was_said_is_a_time_to_come_a_question_or_a_refusal(words, now):
    here = now.replace(tzinfo=UTC)
    try:
        found = wanted_time(words, here, DENVER)
    except (NotClear, TimeRefused):
        return
    assert here < found.at <= here + FARTHEST
    assert found.until is None or found.until > found.at


SPOKEN = (
    "tomorrow today monday next week at nine half past 9 30 quarter to from until between and after before noon in an hour "
    "the 5th december 12/5 pm am morning evening night not or 31 2 0 second tuesday ago now this"
)
WORDS = st.lists(st.sampled_from(re.findall(r"\S+", SPOKEN)), max_size=9).map(" ".join)


@given(WORDS)
def test_words_of_time_in_any_order_end_in_one_of_the_three(words):
    test_whatever_was_said_is_a_time_to_come_a_question_or_a_refusal.hypothesis.inner_test(
        words, datetime(2026, 12, 2, 17)
    )


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("heute Abend gegen acht", "tonight at 8"),
        ("morgen früh um 8", "tomorrow morning at 8"),
        ("Freitag um halb vier", "friday at half past three"),
        ("viertel nach drei morgen", "quarter past three tomorrow"),
        ("in einer halben Stunde", "in half an hour"),
        ("morgen zwischen 2 und 4", "tomorrow between 2 and 4"),
        ("mañana a las tres de la tarde", "tomorrow at 3 pm"),
        ("mañana por la mañana", "tomorrow morning"),
        ("el viernes a las cuatro y media", "friday at 4:30"),
        ("dentro de una hora", "in an hour"),
        ("demain à 14h30", "tomorrow at 14:30"),
        ("ce soir vers huit heures", "tonight at 8"),
        ("vendredi après-midi", "friday afternoon"),
        ("dans une demi-heure", "in half an hour"),
        ("amanhã às 15h", "tomorrow at 3 pm"),
        ("sexta-feira de manhã", "friday morning"),
        ("daqui a meia hora", "in half an hour"),
        ("domani alle 9 e mezza", "tomorrow at 9:30"),
        ("stasera alle otto", "tonight at 8"),
        ("tra mezz'ora", "in half an hour"),
        ("Freitagnachmittag", "friday afternoon"),
        ("15.12. 10 Uhr", "december 15 at 10"),
        ("am fünfzehnten Dezember um zehn", "december 15 at 10"),
        ("am Do um 15h", "thursday at 3 pm"),
        ("in anderthalb Stunden", "in an hour and a half"),
        ("5.12. um 10", "december 5 at 10"),
        ("daqui a uma hora", "in an hour"),
        ("in zwanzig Minuten", "in 20 minutes"),
        ("mañana a las 17h", "tomorrow at 5 pm"),
        ("el lunes que viene a las 10", "monday at 10"),
        ("après-demain à 10h", "day after tomorrow at 10"),
        ("dans dix minutes", "in 10 minutes"),
        ("lundi prochain à 14h", "next monday at 2 pm"),
        ("amanhã às cinco da tarde", "tomorrow at 5 pm"),
        ("em duas horas", "in two hours"),
        ("il 5 dicembre alle 10", "december 5 at 10"),
        ("domani alle 17 e 30", "tomorrow at 5:30 pm"),
        ("10 dicembre ore 15", "december 10 at 3 pm"),
        ("fra un quarto d'ora", "in 15 minutes"),
        ("tra un'ora e mezza", "in an hour and a half"),
        ("in einer Dreiviertelstunde", "in 45 minutes"),
    ],
)
def test_a_time_in_another_language_is_the_time_that_it_is_in_english(words, english):
    assert said(words) == said(english)


@pytest.mark.parametrize(
    "words",
    [
        "irgendwann",
        "nicht morgen",
        "cuando pueda",
        "plus tard",
        "mais tarde",
        "quando volete",
        "no mañana a las 9",
        "pas demain à 9h",
        "não amanhã às 9",
        "non domani alle 9",
        "nicht morgen um 9",
        "am dritten Dezember um 9",
    ],
)
def test_what_names_no_time_in_another_language_is_asked_for(words):
    with pytest.raises(NotClear):
        said(words)
