"""Where a number is, and which numbers nobody is ever dialled at."""

import pytest

from voicebot.domain.dialling.place import NotCallable, is_time_zone, place_of

EVERYWHERE = {"US", "CA", "GB", "DE", "ES", "MX", "IN", "AU", "BR", "FR"}


@pytest.mark.parametrize(
    ("number", "country", "zones"),
    [
        ("+13035550142", "US", ("America/Denver",)),
        ("+442079460958", "GB", ("Europe/London",)),
        ("+4930901820", "DE", ("Europe/Berlin",)),
        ("+61291920000", "AU", ("Australia/Sydney",)),
    ],
)
def test_a_number_says_where_it_is(number, country, zones):
    place = place_of(number, EVERYWHERE)

    assert (place.country, place.zones) == (country, zones)


def test_a_number_that_may_be_anywhere_has_every_zone_of_its_country():
    place = place_of("+447400123456", EVERYWHERE)

    assert place.zones
    assert len(place_of("+61412345678", EVERYWHERE).zones) > 1


def test_whoever_knows_better_says_the_zone():
    assert place_of("+61412345678", EVERYWHERE, "Australia/Perth").zones == ("Australia/Perth",)


def test_a_country_that_is_not_allowed_is_refused():
    with pytest.raises(NotCallable) as refused:
        place_of("+4930901820", {"US"})
    assert refused.value.code == "country_not_allowed"


# Premium, shared cost, satellites, personal numbers, pagers, short codes, what is no number, +1 outside its countries.
PREFIXES = (
    ("+1900555", 4), ("+1976555", 4), ("+44909879", 4), ("+44871234", 4), ("+4470123456", 2), ("+49900123", 4),
    ("+34803123", 3), ("+33899123", 3), ("+8816123456", 2), ("+8825123456", 2), ("+97912345", 4), ("+870773", 6),
    ("+1876555", 4), ("+1809555", 4), ("+1268555", 4), ("+1473555", 4), ("+1649555", 4), ("+80012345", 3),
    ("+1284555", 4), ("+1767555", 4), ("+447624", 4), ("+1800555", 4), ("+1664555", 4), ("+1441555", 4), ("+53712", 5),
)  # fmt: skip
FRAUD = [f"{prefix}{n * 37 % 10**digits:0{digits}d}" for prefix, digits in PREFIXES for n in range(19)] + [
    "911", "112", "+911", "22000", "sip:bob@example.com", "client:bob", "00442079460958", "+00442079460958", "+1", "",
    "+1303555014", "+130355501421", "tel:+13035550142", "+1 303 555 0142;ext=9", "*67+13035550142", "+1303555o142",
    "whatsapp:+13035550142", "anonymous", "+266696687", "++13035550142", "+1303\n5550142", "+12", "+999123456789", "+1555",
    "+13035550142,,,1",
]  # fmt: skip


def test_five_hundred_numbers_of_fraud_are_refused_before_anybody_is_asked():
    called = []
    for number in FRAUD:
        try:
            place_of(number, EVERYWHERE)
        except NotCallable:
            continue
        called.append(number)

    assert len(FRAUD) >= 500
    assert called == []


@pytest.mark.parametrize(("name", "known"), [("America/Denver", True), ("UTC", True), ("EST5", False), ("Denver", False),
                                             ("Europe/Nowhere", False), ("", False), ("../etc/passwd", False)])  # fmt: skip
def test_zones_are_named_as_people_name_them(name, known):
    assert is_time_zone(name) is known
