import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.services.verification_desk import another, code_of, let_pass, new_number, sent_text, words_of
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services import verify_phone
from voicebot.storage import verifications
from voicebot.storage.database import DatabaseAway, PostgresDatabase

pytestmark = pytest.mark.sql


@pytest.fixture
def number(owner) -> str:
    # The service's own limits span tests.
    owner.execute("delete from public.verification_counters where scope in ('global', 'country', 'prefix')")
    return new_number()


def link(owner, number):
    return owner.execute(
        """select l.verified, l.verified_at is not null, l.channel, u.phone_confirmed_at is not null, p.phone_verified
             from public.phone_links l join auth.users u on u.id = l.user_id
             left join public.user_profiles p on p.user_id = l.user_id where l.phone_number = %s""",
        [number],
    ).fetchone()


def queued(owner, number):
    return owner.execute(
        "select content, verification_id from public.sms_history where to_number = %s order by id", [number]
    ).fetchall()


# --- one code, from asking to the mark -------------------------------------------------------------


def test_a_right_code_earns_the_mark_everywhere(runtime, owner, number):
    asked = verify_phone.start(runtime, number, "sms")

    checked = verify_phone.check(runtime, number, code_of(runtime, number))

    assert (asked.result, checked.outcome, checked.purpose) == ("pending", "approved", "api")
    assert link(owner, number) == (True, True, "sms", True, True)
    assert checked.user_id is not None


def test_a_wrong_code_earns_nothing(runtime, owner, number):
    verify_phone.start(runtime, number, "sms")

    checked = verify_phone.check(runtime, number, another(code_of(runtime, number)))

    assert checked.outcome == "wrong"
    assert link(owner, number) is None


@pytest.mark.parametrize(
    "typed",
    [
        lambda c: f" {c}\n",
        lambda c: f"{c[:3]} {c[3:]}",
        lambda c: f"{c[:3]}-{c[3:]}",
        lambda c: f"Code: {c}.",
    ],
)
def test_a_code_is_taken_as_people_type_it(runtime, number, typed):
    verify_phone.start(runtime, number, "sms")

    assert verify_phone.check(runtime, number, typed(code_of(runtime, number))).outcome == "approved"


def test_the_two_words_are_as_good_as_the_code(runtime, number):
    verify_phone.start(runtime, number, "sms")

    assert verify_phone.check(runtime, number, words_of(runtime, number).title()).outcome == "approved"


def test_a_code_is_right_once(runtime, number):
    verify_phone.start(runtime, number, "sms")
    code = code_of(runtime, number)
    verify_phone.check(runtime, number, code)

    assert verify_phone.check(runtime, number, code).outcome == "wrong"


def test_a_code_of_one_purpose_is_no_good_for_another(runtime, number):
    verify_phone.start(runtime, number, "sms", purpose="onboarding")
    code = code_of(runtime, number, "onboarding")

    assert verify_phone.check(runtime, number, code).outcome == "wrong"
    assert verify_phone.check(runtime, number, code, purpose="onboarding").outcome == "approved"


def test_a_code_that_ran_out_is_no_good(runtime, owner, number):
    verify_phone.start(runtime, number, "sms")
    code = code_of(runtime, number)
    let_pass(owner, number, 601)

    assert verify_phone.check(runtime, number, code).outcome == "wrong"


def test_a_code_that_was_tried_five_times_is_dead(runtime, number, owner):
    verify_phone.start(runtime, number, "sms")
    code = code_of(runtime, number)
    tries = [verify_phone.check(runtime, number, another(code)).outcome for _ in range(5)]
    # Not even an operator's unlocking brings it back.
    verifications.unlock_verification(runtime.database, number)

    assert tries == ["wrong"] * 5
    assert verify_phone.check(runtime, number, code).outcome == "wrong"


# --- sending it again ------------------------------------------------------------------------------


def test_asking_again_sends_the_same_code_also_by_another_channel(runtime, owner, number):
    first = verify_phone.start(runtime, number, "sms")
    code = code_of(runtime, number)
    let_pass(owner, number, 61)

    again = verify_phone.start(runtime, number, "call")

    # The clock was not started again.
    assert (again.id, again.expires_at) == (first.id, first.expires_at - timedelta(seconds=61))
    assert code_of(runtime, number) == code
    assert verify_phone.check(runtime, number, code).outcome == "approved"
    assert link(owner, number)[2] == "call"


def test_a_new_code_comes_after_the_old_ran_out_and_kills_it(runtime, owner, number):
    first = verify_phone.start(runtime, number, "sms")
    old = code_of(runtime, number)
    let_pass(owner, number, 601)

    second = verify_phone.start(runtime, number, "sms")

    assert second.id != first.id
    assert verify_phone.check(runtime, number, old).outcome == "wrong"
    assert verify_phone.check(runtime, number, code_of(runtime, number)).outcome == "approved"


def test_a_new_code_comes_after_the_old_was_used_up_and_can_be_tried_at_once(runtime, owner, number):
    verify_phone.start(runtime, number, "sms")
    for _ in range(6):
        verify_phone.check(runtime, number, "000000" if code_of(runtime, number) != "000000" else "1" * 6)
    let_pass(owner, number, 61)

    verify_phone.start(runtime, number, "sms")

    assert verify_phone.check(runtime, number, code_of(runtime, number)).outcome == "approved"


def test_asking_anew_never_takes_the_mark_away(runtime, owner, number):
    verify_phone.start(runtime, number, "sms")
    verify_phone.check(runtime, number, code_of(runtime, number))
    let_pass(owner, number, 601)

    verify_phone.start(runtime, number, "sms")
    for _ in range(6):
        verify_phone.check(runtime, number, "12345")

    assert link(owner, number)[0] is True


# --- at once ---------------------------------------------------------------------------------------


@pytest.fixture
def crowd(make_runtime, dsn):
    database = PostgresDatabase(dsn, min_size=1, max_size=20)
    yield make_runtime(database=database)
    database.close()


def at_once(times, do):
    gate = threading.Barrier(16)

    def one(turn):
        if turn < 16:
            gate.wait(10)
        return do(turn)

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, range(times)))


def test_of_two_hundred_guesses_at_once_at_most_five_are_tried(crowd, owner, number):
    verify_phone.start(crowd, number, "sms")
    right = int(code_of(crowd, number))

    came = Counter(
        at_once(200, lambda n: verify_phone.check(crowd, number, f"{(right + 1 + n) % 10**6:06d}").outcome)
    )

    assert came == {"wrong": 5, "limited": 195}
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (5,)


def test_of_fifty_right_codes_at_once_one_succeeds(crowd, owner, number):
    verify_phone.start(crowd, number, "sms")
    code = code_of(crowd, number)

    came = Counter(at_once(50, lambda _: verify_phone.check(crowd, number, code).outcome))

    assert came["approved"] == 1
    assert came["wrong"] <= 4
    assert owner.execute(
        "select count(*) from public.verifications where phone_number = %s and used_at is not null", [number]
    ).fetchone() == (1,)


def test_of_fifty_requests_at_once_one_is_sent(crowd, owner, number):
    came = Counter(at_once(50, lambda _: verify_phone.start(crowd, number, "sms").result))

    assert came == {"pending": 1, "limited": 49}
    assert len(queued(owner, number)) == 1


# --- who is sent something -------------------------------------------------------------------------


def test_the_outgoing_row_holds_a_placeholder_and_the_carrier_gets_the_code(runtime, owner, number):
    asked = verify_phone.start(runtime, number, "sms")

    ((content, verification_id),) = queued(owner, number)

    assert content.startswith("[code] is your code for Voicebot.")
    assert "[words]" in content
    assert verification_id == asked.id
    code = code_of(runtime, number)
    assert sent_text(runtime, asked.id, content).startswith(f"{code} is your code")
    assert words_of(runtime, number) in sent_text(runtime, asked.id, content)


def test_browsers_are_told_the_code_when_the_service_has_a_domain(make_runtime, runtime, owner, number):
    settings = runtime.settings.model_copy(update={"public_url": "https://bot.example:8443/x"})
    verify_phone.start(make_runtime(settings=settings), number, "sms")

    assert queued(owner, number)[0][0].endswith("\n@bot.example #[code]")
    assert "@" not in queued(owner, number)[0][0].split("\n")[0]


def test_a_text_whose_code_is_over_is_not_sent(runtime, owner, number):
    asked = verify_phone.start(runtime, number, "sms")
    let_pass(owner, number, 601)

    with pytest.raises(verify_phone.CodeOver):
        sent_text(runtime, asked.id)


def test_a_text_without_a_verification_is_sent_as_it_is(runtime):
    assert sent_text(runtime, None, "Say [code] to me") == "Say [code] to me"


@pytest.mark.parametrize(
    "costly",
    ["+881612345678", "+97912345678", "+19002345678", "+18002345678", "+18763612345", "+447012345678"],
)
def test_a_number_that_may_not_be_texted_gets_the_same_answer_and_nothing_else(
    runtime, owner, number, costly
):
    asked = verify_phone.start(runtime, costly, "sms")
    let_pass(owner, costly, 61)
    called = verify_phone.start(runtime, costly, "call")

    assert (asked.result, called.result, called.id) == ("pending", "pending", asked.id)
    assert queued(owner, costly) == []
    assert owner.execute(
        "select count(*) from public.call_attempts where to_number = %s", [costly]
    ).fetchone() == (0,)
    assert verify_phone.check(runtime, costly, "123456").outcome == "wrong"


def test_who_said_stop_is_sent_nothing_and_the_asker_cannot_tell(runtime, owner, number):
    runtime.database.call("suppress", number=number, scope="all", reason="STOP")

    asked = verify_phone.start(runtime, number, "sms")
    let_pass(owner, number, 61)
    called = verify_phone.start(runtime, number, "call")

    assert (asked.result, called.result) == ("pending", "pending")
    assert queued(owner, number) == []
    assert owner.execute(
        "select count(*) from public.call_attempts where to_number = %s", [number]
    ).fetchone() == (0,)


# --- codes in texts and calls ----------------------------------------------------------------------


@pytest.mark.parametrize("say", ["My code is {}.", "{}", "{} {}"])
def test_a_code_that_is_said_is_taken_and_replaced(runtime, number, say):
    verify_phone.start(runtime, number, "call")
    code = code_of(runtime, number)

    taken = verify_phone.take_code(runtime, number, say.format(code, code), "call")

    assert taken.outcome == "approved"
    assert taken.text == say.replace("{} {}", "{}").format("[code]")


def test_a_code_that_is_spoken_digit_by_digit_is_taken(runtime, number):
    verify_phone.start(runtime, number, "call")
    names = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    spoken = " ".join(names[int(digit)] for digit in code_of(runtime, number))

    taken = verify_phone.take_code(runtime, number, f"It is {spoken} I think", "call")

    assert (taken.outcome, taken.text) == ("approved", "It is [code] I think")


def test_the_two_words_are_taken_and_replaced(runtime, number):
    verify_phone.start(runtime, number, "sms")

    taken = verify_phone.take_code(runtime, number, words_of(runtime, number).upper(), "call")

    assert (taken.outcome, taken.text) == ("approved", "[code]")


def test_wrong_codes_are_counted_replaced_and_limited_like_all_others(runtime, number):
    verify_phone.start(runtime, number, "sms")
    wrong = another(code_of(runtime, number))

    taken = [verify_phone.take_code(runtime, number, f"is it {wrong}", "call") for _ in range(6)]

    assert [one.outcome for one in taken] == ["wrong"] * 5 + ["limited"]
    assert {one.text for one in taken} == {"is it [code]"}
    assert verify_phone.check(runtime, number, code_of(runtime, number)).outcome == "limited"


def test_one_text_is_one_try_however_many_codes_it_holds(runtime, owner, number):
    verify_phone.start(runtime, number, "sms")
    right = code_of(runtime, number)

    taken = verify_phone.take_code(runtime, number, f"{another(right)}, or {right}, or 4711", "call")

    assert (taken.outcome, taken.text) == ("wrong", "[code], or [code], or [code]")
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (1,)


def test_looking_at_a_text_counts_nothing_and_says_what_to_count(runtime, owner, number):
    asked = verify_phone.start(runtime, number, "sms")

    seen = verify_phone.look_for_code(runtime, number, f"here: {code_of(runtime, number)}")

    assert (seen.text, seen.outcome, seen.verification_id, seen.code_ok) == (
        "here: [code]",
        None,
        asked.id,
        True,
    )
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (0,)


def test_without_a_verification_numbers_in_a_text_are_left_alone(runtime, number):
    taken = verify_phone.take_code(runtime, number, "my order is 482913", "call")

    assert taken == verify_phone.TakenCode("my order is 482913")


def test_a_code_that_is_over_is_replaced_where_it_is_repeated_and_other_numbers_are_not(runtime, number):
    verify_phone.start(runtime, number, "sms")
    code = code_of(runtime, number)
    verify_phone.check(runtime, number, code)

    taken = verify_phone.take_code(runtime, number, f"it was {code}, my order is 4711", "call")

    assert (taken.text, taken.outcome) == ("it was [code], my order is 4711", None)


@pytest.mark.parametrize("who", ["anonymous", "client:alice", ""])
def test_somebody_without_a_number_is_not_asked_for_a_code(runtime, who):
    assert verify_phone.take_code(runtime, who, "482913", "call").text == "482913"


def test_with_the_database_away_a_text_that_may_hold_a_code_goes_nowhere(make_runtime):
    away = PostgresDatabase("host=127.0.0.1 port=1 dbname=none user=none")
    runtime = make_runtime(database=away)

    with pytest.raises(DatabaseAway):
        verify_phone.take_code(runtime, "+12025550123", "it is 482913", "call")
    assert verify_phone.take_code(runtime, "+12025550123", "hello there", "call").text == "hello there"
    away.close()


# --- the carrier's own service ----------------------------------------------------------------------


class Verifier:
    """Knows one code, and fails when told to."""

    def __init__(self) -> None:
        self.sent, self.asked, self.failure = [], [], None

    def send_code(self, to, channel):
        if self.failure:
            raise self.failure
        self.sent.append((to, channel))
        return "VE" + "0" * 32

    def is_right(self, to, code):
        self.asked.append(code)
        return code == "482913"


@pytest.fixture
def verify(make_runtime):
    runtime = make_runtime(verifier=Verifier())
    return runtime, runtime.verifier


def drain(runtime):
    from voicebot.services.send_verifications import send_verifications

    while send_verifications(runtime):
        pass


def test_the_carriers_service_sends_the_code_in_our_place(verify, owner, number):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()

    verify_phone.start(runtime, number, "call")
    drain(runtime)

    assert verifier.sent == [(number, "call")]
    assert queued(owner, number) == []
    assert verify_phone.check(runtime, number, "482913").outcome == "approved"
    assert link(owner, number)[0] is True


def test_the_carriers_service_is_asked_five_times_and_no_more(verify, number):
    runtime, verifier = verify
    verify_phone.start(runtime, number, "sms")

    came = [verify_phone.check(runtime, number, "111111").outcome for _ in range(7)]

    assert came == ["wrong"] * 5 + ["limited"] * 2
    assert verifier.asked == ["111111"] * 5


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.REFUSED, "failed"), (Outcome.UNKNOWN, "unknown"), (Outcome.NOT_SENT, "generated")],
)
def test_what_the_carriers_service_did_not_do_is_repeated_only_when_it_was_not_sent(
    verify, owner, number, outcome, state
):
    runtime, verifier = verify
    drain(runtime)
    verifier.sent.clear()
    verifier.failure = ProviderError("twilio", "x", outcome)
    asked = verify_phone.start(runtime, number, "sms")

    drain(runtime)
    verifier.failure = None
    owner.execute("update public.verification_sends set not_before = now()")
    drain(runtime)

    rows = owner.execute(
        "select state from public.verification_sends where verification_id = %s", [asked.id]
    ).fetchall()
    assert rows == [("sent" if state == "generated" else state,)]
    assert len(verifier.sent) == (1 if state == "generated" else 0)


def test_a_code_in_a_text_is_asked_of_the_carriers_service(verify, number):
    runtime, _ = verify
    verify_phone.start(runtime, number, "sms")

    assert verify_phone.take_code(runtime, number, "482 913", "call").outcome == "approved"
