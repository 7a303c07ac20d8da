import hmac
import re
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.services.verification.verification_desk import (
    another,
    code_of,
    let_pass,
    new_number,
    sent_text,
    words_of,
)
from voicebot.services.dialling.dial import place_dials
from voicebot.services.verification import verify_phone
from voicebot.storage.verification import verifications

pytestmark = pytest.mark.sql


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

    assert (asked.limited, checked.outcome, checked.purpose) == (False, "approved", "call")
    assert link(owner, number) == (True, True, "sms", True, True)
    assert checked.user_id is not None


def test_a_try_takes_the_same_work_whether_or_not_a_code_runs(runtime, number, monkeypatch):
    verify_phone.start(runtime, number, "sms")
    compared, real = [], hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))

    for one in (number, new_number()):
        assert verify_phone.check(runtime, one, "an old friend").outcome == "wrong"

    # With the digits and with the words, each time.
    assert [given for given, _ in compared] == [b"an old friend"] * 4


def test_of_a_verification_there_is_a_nonce_of_its_own_that_nobody_can_guess(runtime, owner):
    owner.execute("delete from public.verification_counters")
    wanted = [new_number() for _ in range(20)]
    for one in wanted:
        verify_phone.start(runtime, one, "sms")

    nonces = [
        nonce
        for (nonce,) in owner.execute(
            "select nonce from public.verifications where phone_number = any(%s)", [wanted]
        ).fetchall()
    ]

    assert len(set(nonces)) == 20
    # 128 bits of chance are 32 hexadecimal digits at least.
    assert all(re.fullmatch("[0-9a-f]{32,}", nonce) for nonce in nonces)
    assert {
        len({nonce[place] for nonce in nonces}) > 1 for place in range(0, 32) if place not in (12, 16)
    } == {True}


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


@pytest.mark.parametrize(
    ("purpose", "noted"), [("api", []), ("onboarding", ["verification"]), ("call", ["verification"])]
)
def test_a_code_of_a_talk_with_us_stands_among_the_persons_messages_and_one_of_the_api_does_not(
    runtime, owner, number, purpose, noted
):
    runtime.database.call("ensure_user", phone=number)

    verify_phone.start(runtime, number, "sms", purpose=purpose)

    rows = owner.execute(
        "select message_type from public.onboarding_messages where phone_number = %s", [number]
    ).fetchall()
    assert [kind for (kind,) in rows] == noted


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


def test_a_text_whose_code_was_tried_too_often_is_not_sent(runtime, number):
    asked = verify_phone.start(runtime, number, "sms")
    for _ in range(5):
        verify_phone.check(runtime, number, another(code_of(runtime, number)))

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

    assert (asked.limited, called.limited, called.id) == (False, False, asked.id)
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

    assert (asked.limited, called.limited) == (False, False)
    assert queued(owner, number) == []
    assert owner.execute(
        "select count(*) from public.call_attempts where to_number = %s", [number]
    ).fetchone() == (0,)


def dials(owner, number):
    return owner.execute(
        "select state, error from public.call_attempts where to_number = %s", [number]
    ).fetchall()


@pytest.mark.parametrize(
    ("scope", "channel", "reaches"),
    [("calls", "call", False), ("calls", "sms", True), ("texts", "sms", False), ("texts", "call", True)],
)
def test_who_wants_no_calls_may_be_texted_and_the_other_way_round(
    runtime, owner, number, scope, channel, reaches
):
    runtime.database.call("suppress", number=number, scope=scope, reason="operator")

    assert not verify_phone.start(runtime, number, channel).limited

    assert bool(queued(owner, number) or dials(owner, number)) is reaches


@pytest.mark.parametrize(("scope", "error"), [("calls", "suppressed"), ("texts", None)])
def test_who_wants_no_calls_any_more_is_not_dialled(make_runtime, owner, number, scope, error):
    dialled = []
    telephony = SimpleNamespace(create_call=lambda call: dialled.append(call.to) or f"CA{uuid.uuid4().hex}")
    bot = make_runtime(telephony=telephony)
    verify_phone.start(bot, number, "call")
    bot.database.call("suppress", number=number, scope=scope, reason="operator")

    while place_dials(bot):
        pass

    assert dials(owner, number) == [("failed" if error else "sent", error)]
    assert dialled.count(number) == (0 if error else 1)


def test_a_dial_whose_code_was_tried_too_often_is_not_made(make_runtime, owner, number):
    dialled = []
    telephony = SimpleNamespace(create_call=lambda call: dialled.append(call.to) or f"CA{uuid.uuid4().hex}")
    bot = make_runtime(telephony=telephony)
    verify_phone.start(bot, number, "call")
    for _ in range(5):
        verify_phone.check(bot, number, another(code_of(bot, number)))

    while place_dials(bot):
        pass

    assert number not in dialled
    assert dials(owner, number) == [("failed", "code_over")]


def test_a_country_that_was_taken_off_the_list_after_asking_is_not_dialled(
    make_runtime, runtime, owner, number
):
    verify_phone.start(runtime, number, "call")
    narrower = runtime.settings.model_copy(update={"allowed_countries": ("GB",)})

    # Its telephony fails the test when it is used.
    while place_dials(make_runtime(settings=narrower)):
        pass

    assert dials(owner, number) == [("failed", "not_dialable")]


@pytest.mark.parametrize("channel", ["sms", "call"])
def test_numbers_of_our_own_get_no_codes_and_the_asker_cannot_tell(runtime, owner, channel):
    owner.execute("delete from public.verification_counters")
    owner.execute(
        """insert into public.provider_phone_numbers (provider_id, country_code, area_code, phone_number, full_number)
           select id, '1', '202', '5550147', '+12025550147' from public.call_service_providers limit 1"""
    )

    for ours in ("+12025550147", runtime.settings.twilio_phone_number):
        assert not verify_phone.start(runtime, ours, channel).limited
        assert queued(owner, ours) == []
        assert owner.execute(
            "select count(*) from public.call_attempts where to_number = %s", [ours]
        ).fetchone() == (0,)


def test_calls_that_read_codes_out_are_paid_from_the_purse_for_calls(make_runtime, runtime, number):
    purses = runtime.settings.model_copy(
        update={"max_daily_texts_usd": 1000, "max_daily_code_calls_usd": 0.01}
    )
    poor = make_runtime(settings=purses)

    assert verify_phone.start(poor, number, "call").scope == "money"
    assert not verify_phone.start(poor, number, "sms").limited
