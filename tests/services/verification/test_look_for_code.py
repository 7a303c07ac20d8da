"""What is found, tried and kept of the codes in what people write, say and key in."""

import pytest

from tests.services.verification.verification_desk import Tried, another, code_of, take_code, words_of
from voicebot.services.verification import verify_phone
from voicebot.services.verification.look_for_code import look_for_code
from voicebot.storage.database import DatabaseAway, PostgresDatabase

pytestmark = pytest.mark.sql


@pytest.mark.parametrize("say", ["My code is {}.", "{}", "{} {}"])
def test_a_code_that_is_said_is_taken_and_replaced(runtime, number, say):
    verify_phone.start(runtime, number, "call")
    code = code_of(runtime, number)

    taken = take_code(runtime, number, say.format(code, code))

    assert taken.outcome == "approved"
    assert taken.text == say.replace("{} {}", "{}").format("[code]")


def test_a_code_that_is_spoken_digit_by_digit_is_taken(runtime, number):
    verify_phone.start(runtime, number, "call")
    names = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    spoken = " ".join(names[int(digit)] for digit in code_of(runtime, number))

    taken = take_code(runtime, number, f"It is {spoken} I think")

    assert (taken.outcome, taken.text) == ("approved", "It is [code] I think")


def test_the_two_words_are_taken_and_replaced(runtime, number):
    verify_phone.start(runtime, number, "sms")

    taken = take_code(runtime, number, words_of(runtime, number).upper())

    assert (taken.outcome, taken.text) == ("approved", "[code]")


def test_wrong_codes_are_counted_replaced_and_limited_like_all_others(runtime, number):
    verify_phone.start(runtime, number, "sms")
    wrong = another(code_of(runtime, number))

    taken = [take_code(runtime, number, f"is it {wrong}") for _ in range(6)]

    assert [one.outcome for one in taken] == ["wrong"] * 5 + ["limited"]
    assert {one.text for one in taken} == {"is it [code]"}
    assert verify_phone.check(runtime, number, code_of(runtime, number)).outcome == "limited"


@pytest.mark.parametrize("said", ["{} or {}", "{}, {}, 4711", "it says {} but then also {}"])
def test_one_of_several_codes_is_asked_for_again_and_costs_no_try(runtime, owner, number, said):
    verify_phone.start(runtime, number, "sms")
    right = code_of(runtime, number)

    assert take_code(runtime, number, said.format(another(right), right)) == Tried("[unclear code]")
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (0,)


def test_looking_at_a_text_counts_nothing_and_says_what_to_count(runtime, owner, number):
    asked = verify_phone.start(runtime, number, "sms")

    seen = look_for_code(runtime, number, f"here: {code_of(runtime, number)}")

    assert (seen.text, seen.verification_id, seen.code_ok) == ("here: [code]", asked.id, True)
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (0,)


def test_without_a_verification_numbers_in_a_text_are_left_alone(runtime, number):
    taken = take_code(runtime, number, "my order is 482913")

    assert taken == Tried("my order is 482913")


def test_a_code_that_is_over_is_replaced_where_it_is_repeated_and_other_numbers_are_not(runtime, number):
    verify_phone.start(runtime, number, "sms")
    code = code_of(runtime, number)
    verify_phone.check(runtime, number, code)

    taken = take_code(runtime, number, f"it was {code}, my order is 4711")

    assert (taken.text, taken.outcome) == ("it was [code], my order is 4711", None)


@pytest.mark.parametrize("who", ["anonymous", "client:alice", ""])
def test_somebody_without_a_number_is_not_asked_for_a_code(runtime, who):
    assert take_code(runtime, who, "482913").text == "482913"


def test_with_the_database_away_a_text_that_may_hold_a_code_goes_nowhere(make_runtime):
    away = PostgresDatabase("host=127.0.0.1 port=1 dbname=none user=none")
    runtime = make_runtime(database=away)

    with pytest.raises(DatabaseAway):
        take_code(runtime, "+12025550123", "it is 482913")
    assert take_code(runtime, "+12025550123", "hello there").text == "hello there"
    away.close()


# --- what a text tells beside the one code that is tried ---------------------------------------------


@pytest.fixture
def code(runtime, number) -> str:
    """The code that was sent to the number and can still be right."""
    verify_phone.start(runtime, number, "sms")
    return code_of(runtime, number)


def standing(owner, number):
    return owner.execute(
        "select status, attempts from public.verifications where phone_number = %s", [number]
    ).fetchone()


@pytest.mark.parametrize(
    "chunk", ["1{}234", "{}123456", "call me back on 20{}55", "my numbers are 1{}23, really"]
)
def test_a_code_that_is_found_inside_a_longer_number_is_replaced_and_holds_no_more(
    runtime, owner, number, code, chunk
):
    taken = take_code(runtime, number, chunk.format(code))

    assert code not in taken.text
    assert "[code]" in taken.text
    assert verify_phone.check(runtime, number, code).outcome == "wrong"


def test_thousands_of_digits_tell_nobody_a_code_that_is_good_for_anything(runtime, owner, number, code):
    """Whoever talks with the bot can tell "[code]" from digits: what was replaced must not be worth knowing."""
    everything = "".join(f"{(int(code) + near) % 10**6:06d}" for near in range(-150, 150))

    seen = [
        take_code(runtime, number, everything[place : place + 12]) for place in range(0, len(everything), 6)
    ]

    assert {one.outcome for one in seen} == {None}
    told = [one for one in seen if "[code]" in one.text]
    assert 1 <= len(told) <= 4
    assert standing(owner, number) == ("canceled", 0)
    assert verify_phone.check(runtime, number, code).outcome == "wrong"


def test_a_phone_number_that_is_said_while_a_code_runs_stays_and_the_code_holds(runtime, number, code):
    said = "call me back on 202 555 0199 please"

    assert take_code(runtime, number, said) == Tried(said)
    assert verify_phone.check(runtime, number, code).outcome == "approved"


def test_codes_beside_each_other_are_hidden_and_the_code_still_holds(runtime, owner, number, code):
    taken = take_code(runtime, number, f"it is {another(code)}! Hm, {code}?")

    assert taken == Tried("[unclear code]")
    assert standing(owner, number) == ("pending", 0)
    assert verify_phone.check(runtime, number, code).outcome == "approved"


@pytest.mark.parametrize(
    "form",
    [
        "{0} and {1}",
        "{0}|{1}",
        "{0}\u2026{1}",
        "{0}\u200b{1}",
        "{0}_{1}",
        "*{0}* *{1}*",
        "{0}{1}. 2 minutes ago",
        "{0}{1} {0}{1} {0}{1}",
    ],
)
def test_a_code_is_taken_whatever_stands_between_its_digits(runtime, number, code, form):
    taken = take_code(runtime, number, form.format(code[:3], code[3:]))

    assert taken.outcome == "approved"
    assert not set(taken.text) & set("013456789")


def test_a_code_in_keycaps_is_taken(runtime, number, code):
    taken = take_code(runtime, number, "".join(f"{digit}\ufe0f\u20e3" for digit in code))

    assert (taken.text.strip("\ufe0f\u20e3"), taken.outcome) == ("[code]", "approved")


def test_a_code_that_is_spread_over_a_sentence_can_be_read_nowhere_afterwards(runtime, owner, number, code):
    taken = take_code(runtime, number, f"The first half is {code[:3]}, the second half is {code[3:]}.")

    assert taken == Tried("[unclear code]")
    assert standing(owner, number) == ("pending", 0)
