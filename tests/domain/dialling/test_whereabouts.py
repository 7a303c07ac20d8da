"""Where people say they are tells by which clock they go."""

import pytest

from voicebot.domain.dialling.whereabouts import clock_in, zones_of_place

DENVER, NEW_YORK, CHICAGO, LOS_ANGELES = (
    "America/Denver", "America/New_York", "America/Chicago", "America/Los_Angeles",
)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "zones"),
    [
        ("Denver", {DENVER}), ("I'm in Chicago", {CHICAGO}), ("in LA", {LOS_ANGELES}), ("New York", {NEW_YORK}),
        ("Ohio", {NEW_YORK}), ("Boulder, CO", {DENVER}), ("Boulder Colorado", {DENVER}), ("Portland, Maine", {NEW_YORK}),
        ("Salt Lake City, Utah", {DENVER}), ("Washington, D.C.", {NEW_YORK}), ("St. Louis", {CHICAGO}),
        ("Phoenix", {"America/Phoenix"}), ("Honolulu", {"Pacific/Honolulu"}), ("Texas", {CHICAGO, DENVER}),
        ("Pacific time", {LOS_ANGELES}), ("mountain", {DENVER}), ("EST", {NEW_YORK}), ("America/Denver", {DENVER}),
        ("Berlin", {"Europe/Berlin"}), ("Munich, Germany", {"Europe/Berlin"}), ("London", {"Europe/London"}),
        ("somewhere near Paris", {"Europe/Paris"}), ("mountain view", set()), ("at home", set()), ("", set()),
        ("Xyzzy", set()), ("a" * 5000, set()),
    ],
)  # fmt: skip
def test_a_place_has_the_zones_of_its_clocks(words, zones):
    assert set(zones_of_place(words)) == zones


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("tomorrow at nine Eastern", NEW_YORK), ("nine central time tomorrow", CHICAGO), ("3 pm PST", LOS_ANGELES),
        ("tomorrow at nine", None), ("when I am back from the mountain cabin at nine", None),
    ],
)  # fmt: skip
def test_a_clock_is_heard_among_the_words_of_a_time(words, zone):
    assert clock_in(words) == zone
