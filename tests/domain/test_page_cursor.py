"""The opaque `next` of lists: what was written is read, and nothing else is."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.page_cursor import BY_NAME, BY_NUMBER, BY_TIME, BY_TIME_AND_NUMBER, EXPECTED, GREATEST_ID

NUMBERS = st.integers(0, GREATEST_ID)
UUIDS = st.uuids().map(str)
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat())
NAMES = st.text(min_size=1).filter(lambda name: "\0" not in name)
PLACES = st.one_of(
    st.tuples(st.just(BY_NUMBER), st.fixed_dictionaries({"id": NUMBERS})),
    st.tuples(st.just(BY_TIME_AND_NUMBER), st.fixed_dictionaries({"at": MOMENTS, "id": NUMBERS})),
    st.tuples(st.just(BY_TIME), st.fixed_dictionaries({"at": MOMENTS, "id": UUIDS})),
    st.tuples(st.just(BY_NAME), st.fixed_dictionaries({"id": UUIDS, "name": NAMES})),
)


@given(PLACES)
def test_a_place_is_read_as_it_was_written(place):
    order, at = place

    assert order.read(order.write(at)) == at


@given(order=st.sampled_from([BY_NUMBER, BY_TIME, BY_TIME_AND_NUMBER, BY_NAME]), text=st.text())
def test_anything_else_is_refused_with_one_sentence(order, text):
    try:
        order.read(text)
    except ValueError as refused:
        assert str(refused) == EXPECTED


@pytest.mark.parametrize(
    ("order", "place"),
    [
        (BY_NUMBER, {"id": GREATEST_ID + 1}),
        (BY_NUMBER, {"id": "-1"}),
        (BY_TIME, {"at": "9999-12-31T23:59:59-12:00", "id": "00000000-0000-0000-0000-000000000001"}),
        (BY_TIME, {"at": "now", "id": "00000000-0000-0000-0000-000000000001"}),
        (BY_TIME, {"at": "2026-01-01T00:00:00+00:00", "id": "1"}),
        (BY_NAME, {"id": "00000000-0000-0000-0000-000000000001", "name": "a\0b"}),
        (BY_NAME, {"id": "00000000-0000-0000-0000-000000000001", "name": ""}),
    ],
)
def test_what_the_database_could_not_take_is_refused(order, place):
    with pytest.raises(ValueError, match=EXPECTED):
        order.read(order.write(place))
