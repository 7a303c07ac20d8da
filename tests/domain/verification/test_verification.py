import hmac
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.opt_out.judge import keyword_of
from voicebot.domain.verification.code_words import CODE_WORDS
from voicebot.domain.verification.codes import (
    CodePurpose,
    Nonce,
    address_group,
    code_text,
    cost_usd,
    derive_code,
    derive_words,
    filled,
    is_same,
    may_get_code,
)
from voicebot.domain.verification.find import (
    CodeScan,
)
from voicebot.domain.verification.spoken_digits import best, digit_runs, readings

KEY = b"k" * 32
NONCE = Nonce("00000000-0000-4000-8000-000000000001", "+12025550123", "api", "aa")


def test_a_code_is_six_digits_and_the_same_whenever_it_is_asked_for():
    assert re.fullmatch(r"\d{6}", derive_code(KEY, NONCE))
    assert derive_code(KEY, NONCE) == derive_code(KEY, NONCE)


def test_code_and_words_are_an_hmac_of_all_that_they_are_for_and_of_each_other_nothing_is_known():
    """Whoever derives them later, at a resend or a check, has to come to the same."""
    told = f"{NONCE.id}|{NONCE.number}|{NONCE.purpose}|{NONCE.nonce}"

    code, place = (
        int.from_bytes(hmac.new(KEY, message.encode(), "sha256").digest()[:16], "big")
        for message in (told, f"{told}|words")
    )

    assert derive_code(KEY, NONCE) == f"{code % 10**6:06d}"
    assert derive_words(KEY, NONCE) == f"{CODE_WORDS[place % 1024**2 // 1024]} {CODE_WORDS[place % 1024]}"


@pytest.mark.parametrize(
    "other",
    [
        Nonce("00000000-0000-4000-8000-000000000002", "+12025550123", "api", "aa"),
        Nonce(NONCE.id, "+12025550124", "api", "aa"),
        Nonce(NONCE.id, "+12025550123", "onboarding", "aa"),
        Nonce(NONCE.id, "+12025550123", "api", "ab"),
    ],
)
def test_a_code_depends_on_all_that_it_is_for(other):
    assert derive_code(KEY, other) != derive_code(KEY, NONCE)
    assert derive_code(b"x" * 32, NONCE) != derive_code(KEY, NONCE)


def test_codes_and_words_are_spread_over_all_that_there_are():
    nonces = [Nonce(str(n), "+12025550123", "api", "n") for n in range(4000)]

    codes = {derive_code(KEY, nonce) for nonce in nonces}
    firsts = {code[0] for code in codes}
    words = {derive_words(KEY, nonce) for nonce in nonces}

    assert len(codes) > 3970
    assert firsts == set("0123456789")
    assert len(words) > 3970
    assert {word for pair in words for word in pair.split()} == set(CODE_WORDS)
    # Both words may be any: of 4,000 draws from 1,024 some twenty are left out.
    for place in (0, 1):
        assert len({pair.split()[place] for pair in words}) > 970


def test_the_words_are_as_hard_to_guess_as_the_digits():
    assert len(set(CODE_WORDS)) == len(CODE_WORDS) == 1024
    assert len(CODE_WORDS) ** 2 > 10**6
    assert all(re.fullmatch(r"[a-z]{4,10}", word) for word in CODE_WORDS)


def test_no_word_is_one_that_the_carrier_counts_or_a_digit():
    assert [
        word for word in CODE_WORDS if keyword_of(word) is not None or CodeScan(f"{word} 1 2 ").may_hold_code
    ] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("482913", "482913"),
        ("My code is 482913.", "482913"),
        ("482-913", "482913"),
        ("4 8 2 9 1 3", "482913"),
        ("four eight two nine one three", "482913"),
        ("Four, eight, two. Nine one three!", "482913"),
        ("it's double four oh nine one two", "440912"),
        ("triple five zero one two", "555012"),
        ("forty eight twenty nine thirteen", "482913"),
        ("four eight to nine one three", "482913"),
        ("four 8 2 nine 13", "482913"),
        ("482913 482913", "482913"),
        ("four eight two nine one three, four eight two nine one three", "482913"),
        ("４８２９１３", "482913"),
        ("born in 1984, code 482913", "482913"),
        ("amber falcon", "amber falcon"),
        ("It says AMBER and Falcon.", "amber falcon"),
        ("amber-falcon", "amber falcon"),
        ("482 and 913", "482913"),
        ("four eight two and nine one three", "482913"),
        ("482913. 2 minutes ago", "482913"),
        ("482913 482913 482913", "482913"),
        ("4\ufe0f\u20e38\ufe0f\u20e32\ufe0f\u20e39\ufe0f\u20e31\ufe0f\u20e33", "482913"),
        ("*482*913*", "482913"),
        ("\u2463\u2467\u2461\u2468\u2460\u2462", "482913"),
    ],
)
def test_a_code_is_found_however_it_is_written_or_said(text, value):
    scan = CodeScan(text)

    assert scan.code == value
    assert scan.may_hold_code
    assert scan.holds_numbers


@pytest.mark.parametrize("text", ["1234", "12345678", "four eight two", "48 29 1"])
def test_what_is_no_six_digits_is_no_code_and_is_hidden(text):
    scan = CodeScan(text)

    assert scan.code is None
    assert scan.is_meant_as_code
    assert scan.without_numbers() == "[code]"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "one",
        "two of them",
        "I ate for two",
        "123",
        "call 2025550123",
        "202-555-0123",
        "amber",
        "amber is a falcon",
        "48 and 13",
        "12 of 34 and 913",
    ],
)
def test_other_words_and_numbers_are_no_code(text):
    assert CodeScan(text).found == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my code is 482913 thanks", "my code is [code] thanks"),
        ("four eight two nine one three please", "[code] please"),
        ("1984 and 482913", "[code] and [code]"),
        ("it is amber falcon, I think", "it is [code], I think"),
        ("call 2025550123", "call 2025550123"),
        ("amber falcon amber", "[code]"),
        ("amber falcon and amber 482913", "[code] [code]"),
    ],
)
def test_what_may_be_a_code_is_replaced(text, kept):
    assert CodeScan(text).without_numbers() == kept


def test_a_known_code_is_replaced_also_inside_a_longer_run_and_nothing_else_is():
    text = "12 34 482913 99 or 1984 or 4-8-2-9-1-3 or amber falcon"

    assert CodeScan(text).without(["482913", "amber falcon"]) == "[code] or 1984 or [code] or [code]"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("first 482, then 913", "first [code]"),
        ("4a8b2c9d1e3f", "[code]f"),
        ("the amber one, I mean falcon", "the [code]"),
        ("room 48, 29 people, 1 dog", "room 48, 29 people, 1 dog"),
        ("482 913 and 10: 48 2 and 9 1 3", "[code] and [code]"),
    ],
)
def test_a_known_code_is_replaced_whatever_stands_in_it(text, kept):
    assert CodeScan(text).without(["482913", "amber falcon"]) == kept


def test_of_codes_that_nobody_knows_what_looks_exactly_like_one_is_replaced():
    assert (
        CodeScan("482913 at 1600 Main St, amber falcon").without_whole() == "[code] at 1600 Main St, [code]"
    )


@given(
    st.integers(0, 999_999),
    st.lists(st.text(st.characters(exclude_categories=["N"]), max_size=6), min_size=6),
)
def test_a_known_code_does_not_survive_between_any_characters(number, between):
    code = f"{number:06d}"
    text = "".join(digit + gap for digit, gap in zip(code, between, strict=False))

    kept = CodeScan(text).without([code])

    # Spelt numbers among the characters are digits, too.
    assert "[code]" in kept or may_hold_other_digits(text, code)


def may_hold_other_digits(text: str, code: str) -> bool:
    return "".join(piece.digits for run in digit_runs(text, best(readings(text))[0]) for piece in run) != code


@given(st.text(max_size=80), st.integers(0, 999_999), st.text(max_size=80))
def test_a_code_between_any_words_does_not_survive(before, number, after):
    code = f"{number:06d}"

    kept = CodeScan(CodeScan(f"{before} code: {code} ok {after}").without_numbers()).without([code])

    assert code not in kept


@given(st.text(max_size=200))
def test_any_text_can_be_looked_through(text):
    kept = CodeScan(text).without_numbers()

    assert CodeScan(text).holds_numbers or kept == text
    assert CodeScan(text).holds_numbers or not CodeScan(text).found
    assert CodeScan(text).may_hold_code or not CodeScan(text).found


def test_comparing_does_not_tell_by_its_time_how_much_was_right(monkeypatch):
    compared, real = [], hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))

    is_same("482913", "482914")

    assert compared == [(b"482913", b"482914")]


def test_comparing_takes_anything():
    assert is_same("482913", "482913")
    assert not is_same("48291", "482913")
    assert not is_same("\ud800é", "482913")


# Pitfalls of phone numbers: valid ones that nobody may be texted on.
@pytest.mark.parametrize(
    "number",
    [
        "+881612345678",  # satellite, valid, type MOBILE, of no country
        "+88213300655",  # international networks
        "+97912345678",  # international premium
        "+80012345678",  # international toll-free
        "+19002345678",  # premium
        "+18002345678",  # toll-free
        "+18763612345",  # Jamaica: not on the list
        "+447012345678",  # personal number
        "+448712345678",  # premium
        "+15550123",  # too short
        "+4930123456",  # a landline abroad
    ],
)
def test_nobody_is_texted_on_a_costly_or_foreign_number(number):
    assert not may_get_code(number, "sms", ["US"])
    assert not may_get_code(number, "sms", ["US", "GB"])


@pytest.mark.parametrize("number", ["+881612345678", "+88213300655", "+97912345678", "+80012345678"])
def test_a_number_of_no_country_gets_no_code_whatever_the_list_says(number):
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number))

    assert not any(may_get_code(number, channel, ["US", region]) for channel in ("sms", "call"))


COSTLY_KINDS = (
    "PREMIUM_RATE",
    "SHARED_COST",
    "PAGER",
    "UAN",
    "VOICEMAIL",
    "TOLL_FREE",
    "PERSONAL_NUMBER",
    "VOIP",
)


@pytest.mark.parametrize("channel", ["sms", "call"])
@pytest.mark.parametrize("kind", COSTLY_KINDS)
def test_kinds_of_lines_that_cost_much_or_are_no_persons_get_no_code_in_any_country(kind, channel):
    wanted = getattr(phonenumbers.PhoneNumberType, kind)
    examples = {
        region: phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        for region in phonenumbers.SUPPORTED_REGIONS
        if (example := phonenumbers.example_number_for_type(region, wanted))
        and phonenumbers.number_type(example) == wanted
    }

    assert examples
    assert [number for region, number in examples.items() if may_get_code(number, channel, [region])] == []


@pytest.mark.parametrize("region", ["US", "GB", "DE", "BR"])
def test_a_mobile_gets_its_code_by_text_and_by_call(region):
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    number = phonenumbers.format_number(mobile, phonenumbers.PhoneNumberFormat.E164)

    assert may_get_code(number, "sms", [region])
    assert may_get_code(number, "call", [region])


def test_no_code_counts_as_free_and_calls_and_countries_far_away_count_more():
    for near, far in (("US", "LV"), ("CA", None)):
        assert 0 < cost_usd("sms", near) < cost_usd("sms", far)
        assert 0 < cost_usd("call", near) < cost_usd("call", far)
        assert cost_usd("sms", near) < cost_usd("call", near)
        assert cost_usd("sms", far) < cost_usd("call", far)


def test_a_landline_may_be_called_and_not_texted():
    assert may_get_code("+12025550123", "sms", ["US"])
    assert may_get_code("+442071838750", "call", ["GB"])
    assert not may_get_code("+442071838750", "sms", ["GB"])


@pytest.mark.parametrize(
    "carrying",
    [
        "::ffff:203.0.113.7",
        "::ffff:0:203.0.113.7",
        "2002:cb00:7107::1",
        "2002:cb00:7107:ffff:1:2:3:4",
        "2002:CB00:7107:1234::",
        "64:ff9b::203.0.113.7",
        "64:ff9b::cb00:7107",
        "64:ff9b:1::203.0.113.7",
        "64:ff9b:1:abcd::cb00:7107",
        "2001:0:4136:e378:8000:63bf:34ff:8ef8",
        "2001:0:ffff:ffff:1234:1234:34ff:8ef8",
        "2002:cb00:7107::1%eth0",
    ],
)
def test_an_address_that_carries_one_of_version_4_counts_as_that(carrying):
    assert address_group(carrying) == "203.0.113.7"


@pytest.mark.parametrize(
    "own",
    [
        "2001:db8:1:2::1",
        "2003:cb00:7107::1",
        "2001:4860:4860::8888",
        "64:ff9c::cb00:7107",
        "fe80::1%eth0",
        "::1",
    ],
)
def test_an_address_of_version_6_that_carries_none_counts_as_its_network(own):
    assert address_group(own).endswith("::/64")


def test_an_address_counts_as_itself_and_of_version_6_as_its_network():
    assert address_group(" 203.0.113.7 ") == "203.0.113.7"
    assert address_group("2001:db8:1:2:3::4") == address_group("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert address_group("::ffff:203.0.113.7") == "203.0.113.7"
    with pytest.raises(ValueError, match=r"\S"):
        address_group("nowhere")


def test_a_text_ends_with_what_browsers_read_where_there_is_a_domain():
    text = code_text("Voicebot", "bot.example", CodePurpose.ONBOARDING)

    assert filled(text, "482913", "amber falcon") == (
        "482913 is your code for Voicebot. Don't share it. You can also reply with: amber falcon\n"
        "@bot.example #482913"
    )
    assert "@" not in code_text("Voicebot", None, CodePurpose.ONBOARDING)
    assert len(filled(text, "482913", "horseradish xylophones")) <= 160


def test_the_text_of_a_code_that_the_api_asked_for_offers_no_reply():
    text = code_text("Voicebot", None, CodePurpose.API)

    assert filled(text, "482913", "amber falcon") == "482913 is your code for Voicebot. Don't share it."
