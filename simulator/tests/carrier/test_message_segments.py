"""Parts of a text, counted as Twilio's published calculator counts them."""

import pytest

from simulator.carrier.books.segments import encoding, segment_count
from tests.vectors import TWILIO, read

CASES = read(TWILIO / "sms_segments.json")["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_text_is_counted_as_in_the_vectors(case: dict) -> None:
    assert (encoding(case["text"]), segment_count(case["text"])) == (case["encoding"], case["segments"])


def test_a_pair_is_never_split_over_two_parts() -> None:
    assert segment_count("a" * 152 + "€" + "b" * 152) == 3
    assert segment_count("a" * 151 + "€" + "b" * 153) == 2
