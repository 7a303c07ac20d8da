import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.services.verification_desk import another, code_of, let_pass, new_number, sent_text, words_of
from voicebot.services import verify_phone
from voicebot.storage import verifications
from voicebot.storage.database import PostgresDatabase

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


def test_a_day_s_money_is_not_overspent_by_many_who_ask_at_once(make_runtime, crowd, owner, number):
    """Twenty cents for texts of two: ten leave, whatever comes at once, and the operator is told."""
    settings = crowd.settings.model_copy(
        update={"max_daily_texts_usd": 0.2, "operator_phone_number": "+12025550199"}
    )
    poor = make_runtime(database=crowd.database, settings=settings)
    owner.execute("delete from public.sms_history where kind = 'operator_notice'")
    numbers = [new_number() for _ in range(40)]

    came = Counter(at_once(40, lambda n: verify_phone.start(poor, numbers[n], "sms").result))

    assert came == {"pending": 10, "limited": 30}
    assert owner.execute(
        "select count(*) from public.sms_history where to_number = any(%s)", [numbers]
    ).fetchone() == (10,)
    assert owner.execute(
        "select count(*) from public.sms_history where kind = 'operator_notice' and to_number = '+12025550199'"
    ).fetchone() == (1,)


def test_neighbours_who_ask_at_once_share_what_their_prefix_has(crowd, owner, number):
    numbers = [f"+1202557{last:04d}" for last in range(60)]

    came = Counter(at_once(60, lambda n: verify_phone.start(crowd, numbers[n], "sms").scope))

    assert came == {"": 10, "prefix": 50}


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


@pytest.mark.parametrize("channel", ["sms", "call"])
def test_numbers_of_our_own_get_no_codes_and_the_asker_cannot_tell(runtime, owner, channel):
    owner.execute("delete from public.verification_counters")
    owner.execute(
        """insert into public.provider_phone_numbers (provider_id, country_code, area_code, phone_number, full_number)
           select id, '1', '202', '5550147', '+12025550147' from public.call_service_providers limit 1"""
    )

    for ours in ("+12025550147", runtime.settings.twilio_phone_number):
        assert verify_phone.start(runtime, ours, channel).result == "pending"
        assert queued(owner, ours) == []
        assert owner.execute(
            "select count(*) from public.call_attempts where to_number = %s", [ours]
        ).fetchone() == (0,)


# --- whose account it is ---------------------------------------------------------------------------


def password_after(owner, runtime, number, **proven):
    """What is left of a password that was set with the number before anybody proved it."""
    columns = "".join(f", {name}" for name in proven)
    owner.execute(
        f"""insert into auth.users (id, aud, role, phone, encrypted_password{columns})
            values (gen_random_uuid(), 'authenticated', 'authenticated', %s, 'hash'{", now()" * len(proven)})""",
        [number[1:]],
    )
    verify_phone.start(runtime, number, "sms")
    assert verify_phone.check(runtime, number, code_of(runtime, number)).outcome == "approved"
    return owner.execute(
        "select encrypted_password, phone_confirmed_at is not null from auth.users where phone = %s",
        [number[1:]],
    ).fetchone()


def test_who_signed_up_with_anothers_number_gets_nothing_when_its_owner_proves_it(runtime, owner, number):
    assert password_after(owner, runtime, number) == ("", True)


@pytest.mark.parametrize("mark", ["phone_confirmed_at", "email_confirmed_at"])
def test_the_password_of_an_account_that_was_proven_before_stays(runtime, owner, number, mark):
    assert password_after(owner, runtime, number, **{mark: True}) == ("hash", True)


def test_an_account_whose_own_number_is_another_one_is_not_confirmed(runtime, owner, number):
    other = new_number()
    person = runtime.database.call("ensure_user", phone=other)["user_id"]
    owner.execute("insert into public.phone_links (user_id, phone_number) values (%s, %s)", [person, number])
    verify_phone.start(runtime, number, "sms")

    checked = verify_phone.check(runtime, number, code_of(runtime, number))

    assert (checked.outcome, str(checked.user_id)) == ("approved", person)
    assert owner.execute("select phone_confirmed_at from auth.users where id = %s", [person]).fetchone() == (
        None,
    )
