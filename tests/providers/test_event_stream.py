from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.providers.http.event_stream import END, MAX_LINE, read_events
from voicebot.providers.ports import Outcome, ProviderError

BODY = b'data: {"a":1}\n\n: keep-alive\n\ndata: {"b":"\xc3\xa9"}\n\ndata: [DONE]\n\n'
EVENTS = [{"a": 1}, {"b": "é"}, {}]


def read(*chunks: bytes) -> list:
    return list(read_events(chunks, "p"))


@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_chunks_may_break_anywhere(places):
    cuts = [0, *sorted(places), len(BODY)]

    assert read(*[BODY[a:b] for a, b in pairwise(cuts)]) == EVENTS


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b"\n", b"\r\n"),
        BODY.replace(b"data: ", b"data:"),
        b"event: message\nid: 7\nretry: 100\n" + BODY,
        BODY.rstrip(b"\n"),
    ],
    ids=["crlf", "no space", "other fields", "no last line feed"],
)
def test_dialects_of_the_format_read_the_same(body):
    assert read(body) == EVENTS


def test_the_end_is_told_from_an_empty_object():
    events = read(b"data: {}\ndata: [DONE]\n")

    assert [event is END for event in events] == [False, True]


@pytest.mark.parametrize(
    "body",
    [
        b"data: {broken\n\n",
        b'data: {"half": tr',
        b"data: [1]\n\n",
        b"data: \xff\xfe\n\n",
        b"<html>busy</html>",
        b"<html>\n<body>busy</body>\n",
        b"data: " + b"x" * MAX_LINE,
    ],
)
def test_garbage_is_an_unreadable_answer(body):
    with pytest.raises(ProviderError) as failure:
        read(body)

    assert (failure.value.code, failure.value.outcome) == ("unreadable", Outcome.UNKNOWN)


def test_nothing_at_all_holds_no_events():
    assert read() == []
    assert read(b": ping\n\n") == []


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_give_objects_or_a_provider_error(chunks):
    try:
        events = read(*chunks, b"\n")
    except ProviderError:
        return
    assert all(isinstance(event, dict) for event in events)
