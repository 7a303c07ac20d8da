"""How what a call left reads to people: secrets starred, people masked, claims with what proves them, money by product."""

import json

import pytest

from voicebot.domain.call.shown.cost import Used, by_product
from voicebot.domain.call.shown.evidence import quoted_in, shown_by
from voicebot.domain.call.shown.masked import without_people
from voicebot.domain.call.shown.starred import LONGEST, starred


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"code": "482913"}, {"code": "***"}),
        ({"PIN": 1234, "card_number": "x", "apiKey": ["a"]}, {"PIN": "***", "card_number": "***", "apiKey": "***"}),
        ({"number": "+1 202 555 0123"}, {"number": "***23"}),
        ({"note": {"deep": "my code is 4829 13, call 202-555-0123"}}, {"note": {"deep": "my code is ***13, call ***23"}}),
        ({"amount": 48213, "rooms": 2, "sure": True, "why": None}, {"amount": "***13", "rooms": 2, "sure": True, "why": None}),
        ({"message": "Ring me at five"}, {"message": "Ring me at five"}),
        (["482913"], ["***13"]),
    ],
)  # fmt: skip
def test_a_tools_arguments_are_read_without_their_secrets(asked, shown):
    assert json.loads(starred(json.dumps(asked))) == shown


def test_what_is_no_json_goes_by_its_digits_and_nothing_is_longer_than_a_page_bears():
    assert starred("call 2025550123 {") == "call ***23 {"
    assert len(starred(json.dumps({"a": "x" * 10_000}))) == len(starred("y" * 10_000)) == LONGEST


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("My name is lea baker and I called.", "My name is [name] I called."),
        ("Hello, this is Jean-Luc Picard.", "Hello, this is [name]."),
        ("Please tell Marta that Élodie called.", "Please tell [name] that [name] called."),
        ("Is it ready? I think so. I'm fine.", "Is it ready? I think so. I'm [name]."),
        ("Reach me at ann@example.com or +1 (202) 555-0123.", "Reach me at [name] or ***."),
        ("My number is two oh two, five five five, oh one two three.", "My number is *** "),
        ("Frau Ödegård wartet.", "Frau [name] wartet."),
        ("secretive-known came by", "[name] came by"),
    ],
)
def test_strangers_read_no_names_and_no_numbers(said, masked):
    found = without_people(said, ["secretive-known", " "])

    assert found == masked or found.startswith(masked)


def test_a_claim_is_shown_by_the_utterance_that_has_most_of_its_words_or_by_none():
    said = [
        (1, "Hello, how can I help you?"),
        (2, "My bicycle has a flat tyre, can you repair it by Friday?"),
        (3, "Yes, on Friday."),
    ]

    assert shown_by("Repair the flat tyre of the bicycle by Friday", said) == 2
    assert shown_by("Send an invoice to the accountant", said) is None
    assert shown_by("", said) is None and shown_by("Anything", []) is None
    assert quoted_in("a FLAT  tyre", said) == 2
    assert quoted_in("a round tyre", said) is None and quoted_in(" ", said) is None


def test_the_products_of_a_call_come_to_what_was_counted_while_it_ran():
    media = Used("media", 2, 90.0, 4, ["a" * 100], 0.08)
    relay = Used("relay", 1, 50.0, 3, ["a" * 100], 0.075)
    cheap = Used("gather", 3, 90.0, 9, ["a" * 100], 0.03)

    assert dict(by_product(media)) == {"carrier": 0.028, "transcriber": 0.018, "voice": 0.01, "model": 0.024}
    assert dict(by_product(relay)) == {"carrier": 0.07, "model": 0.005}
    for used in (media, relay, cheap):
        assert sum(usd for _, usd in by_product(used)) == pytest.approx(used.spent_usd, abs=1e-3)
        assert all(usd >= 0 for _, usd in by_product(used))
