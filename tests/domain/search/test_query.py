"""A search is read as it was meant, whatever was typed; what cannot be read is told with what to write instead."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.search.query import LONGEST, NOTHING, QUALIFIERS, Compared, Said, SearchQuery, parse

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=BERLIN)
MIDNIGHT = datetime(2026, 3, 5, tzinfo=BERLIN)


def read(text):
    return parse(text, now=NOW, country="US")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", NOTHING),
        ("refund", SearchQuery(said=(Said("refund"),))),
        ('refund said:"call me back"', SearchQuery(said=(Said("refund"), Said("call me back", phrase=True)))),
        ("“ruf mich an” größe", SearchQuery(said=(Said("ruf mich an", phrase=True), Said("größe")))),
        ('person:"Ada Lovelace"', SearchQuery(person="Ada Lovelace")),
        ("PERSON:Ada", SearchQuery(person="Ada")),
        ("number:+12025550123", SearchQuery(number="+12025550123")),
        ('number:"(202) 555-0123"', SearchQuery(number="+12025550123")),
        ("number:+1202", SearchQuery(prefix="+1202")),
        ("outcome:busy", SearchQuery(outcome=("busy",))),
        ('outcome:"not answered"', SearchQuery(outcome=("no-answer", "no_answer"))),
        ("outcome:no_answer", SearchQuery(outcome=("no-answer", "no_answer"))),
        ("status:completed direction:Inbound", SearchQuery(status="completed", direction="inbound")),
        ("tool:transfer_call campaign:spring", SearchQuery(tool="transfer_call", campaign="spring")),
        (
            "latency:>2s latency:<=5000ms",
            SearchQuery(latency=(Compared(">", 2000.0), Compared("<=", 5000.0))),
        ),
        ("latency:1.5", SearchQuery(latency=(Compared(">=", 1500.0),))),
        ("cost:>0.50", SearchQuery(cost=(Compared(">", 0.5),))),
        ("cost:<$1,50", SearchQuery(cost=(Compared("<", 1.5),))),
        (
            "after:2026-01-31 before:today",
            SearchQuery(since=datetime(2026, 1, 31, tzinfo=BERLIN), until=MIDNIGHT),
        ),
        ("after:7d", SearchQuery(since=NOW - timedelta(days=7))),
        ("before:yesterday", SearchQuery(until=MIDNIGHT - timedelta(days=1))),
        ("after:2026-01-31T10:30", SearchQuery(since=datetime(2026, 1, 31, 10, 30, tzinfo=BERLIN))),
        ('"half of a phrase', SearchQuery(said=(Said("half of a phrase", phrase=True),))),
        ("number:+1 (202) 555-0123 refund", SearchQuery(number="+12025550123", said=(Said("refund"),))),
        ("number:202 555 0123", SearchQuery(number="+12025550123")),
        ("number:+1 202 after:7d", SearchQuery(prefix="+1202", since=NOW - timedelta(days=7))),
        ("refund +44 20 7946 0958", SearchQuery(said=(Said("refund"),), number="+442079460958")),
        ("(202) 555-0123", SearchQuery(number="+12025550123")),
        ("202.555.0123 0042", SearchQuery(number="+12025550123", said=(Said("0042"),))),
        ("order 4711 12", SearchQuery(said=(Said("order"), Said("4711"), Said("12")))),
        ('"2025550123"', SearchQuery(said=(Said("2025550123", phrase=True),))),
        ("outcome:not answered late", SearchQuery(outcome=("no-answer", "no_answer"), said=(Said("late"),))),
        ("person:Ada Lovelace refund", SearchQuery(person="Ada Lovelace", said=(Said("refund"),))),
        ("person:سارة refund", SearchQuery(person="سارة", said=(Said("refund"),))),
        (
            "latency:> 2 s cost:>0,50",
            SearchQuery(latency=(Compared(">", 2000.0),), cost=(Compared(">", 0.5),)),
        ),
        ("latency:800 ms sorry", SearchQuery(latency=(Compared(">=", 800.0),), said=(Said("sorry"),))),
        ('"12:30"', SearchQuery(said=(Said("12:30", phrase=True),))),
    ],
)
def test_a_search_is_read_as_it_was_meant(typed, meant):
    assert read(typed).problems == ()
    assert read(typed).query == meant


@pytest.mark.parametrize(
    ("typed", "words", "suggestion"),
    [
        ("persn:Ada", "no persn:", "person:Ada"),
        ('outcom:"not answered"', "no outcom:", 'outcome:"not answered"'),
        ("http://example.com", "in quotes", '"http://example.com"'),
        ("number:abc", "no phone number", "number:+12025550123"),
        ("outcome:bussy", "No call ends", "outcome:busy"),
        ("status:completd", "is one of", "status:completed"),
        ("direction:up", "is one of", "direction:inbound"),
        ("latency:fast", "amount", "latency:>2s"),
        ("cost:2s", "amount", "cost:>0.50"),
        ("before:2026-13-01", "no day", "before:2026-03-05"),
        ("after:9999-99-99", "no day", "after:2026-03-05"),
        ("said:", "behind the colon", 'said:"call me back"'),
        ("person: Ada", "behind the colon", 'person:"Ada Lovelace"'),
        ('person:""', "Behind person:", ""),
        ("person:Ada person:Eve", "twice", ""),
        ("!!!", "no word", ""),
        ("-number:+12025550123", "leaves nothing out", "number:+12025550123"),
        ("-refund", "leaves nothing out", "refund"),
        ("NOT", "has to be found", '"NOT"'),
        ('person:"Ada outcome:busy', "not closed", 'person:"Ada" outcome:busy'),
        ("after:today before:7d", "swap", ""),
        ("x" * (LONGEST + 1), "characters at most", ""),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_write_instead(typed, words, suggestion):
    (problem,) = read(typed).problems

    assert words in problem.message
    assert problem.suggestion == suggestion
    if suggestion:
        assert read(suggestion).problems == ()


def test_what_can_be_read_is_kept_beside_what_cannot():
    found = read("refund foo:bar outcome:busy")

    assert [one.typed for one in found.problems] == ["foo:bar"]
    assert found.query == SearchQuery(said=(Said("refund"),), outcome=("busy",))


@given(st.text(max_size=LONGEST))
def test_any_text_is_read_or_told_and_never_breaks(text):
    found = read(text)
    told = found.query.to_json()

    assert all(one.message and one.typed for one in found.problems)
    assert "\0" not in str(told)
    assert set(told) <= set(vars(NOTHING))


@given(
    st.lists(
        st.sampled_from(
            [
                "refund",
                '"call me back"',
                "outcome:busy",
                "cost:>1",
                "latency:>2s",
                "after:7d",
                "foo:bar",
                "x:",
            ]
        ),
        max_size=8,
    )
)
def test_each_piece_is_either_asked_or_told(pieces):
    found = read(" ".join(pieces))
    asked = sum(
        len(value) if isinstance(value, list) else 1 for value in found.query.to_json().values() if value
    )

    assert asked + len(found.problems) >= len(set(pieces))


def test_only_what_is_asked_goes_to_the_database():
    assert read("refund cost:>1 after:2026-01-31").query.to_json() == {
        "said": [{"text": "refund", "phrase": False}],
        "cost": [{"op": ">", "value": 1.0}],
        "since": "2026-01-31T00:00:00+01:00",
    }
    assert NOTHING.asks_nothing and not read("refund").query.asks_nothing


def test_every_qualifier_is_explained_by_an_example_that_can_be_searched_for():
    for name, words in QUALIFIERS.items():
        example = words.rsplit(": ", 1)[-1].split(", ")[0]
        if example.startswith(f"{name}:"):
            assert read(example).problems == (), example
