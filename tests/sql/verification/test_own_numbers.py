"""A user's own number counts once our verification has proven it: never by what its owner writes, and for one user only."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.sql.verification.code_limits import ask, clean, guess

__all__ = ["ask", "clean", "guess"]

pytestmark = pytest.mark.sql

ADD = """insert into public.user_phone_numbers (user_id, provider_id, country_code, area_code, phone_number, full_number, is_active)
         select %s, id, '1', '202', right(%s, 7), %s, %s from public.call_service_providers where name = 'twilio'"""


@pytest.fixture(autouse=True)
def nobody_has_a_number(owner) -> None:
    owner.execute("delete from public.user_phone_numbers")


def number() -> str:
    return f"+1202{uuid4().int % 10**7:07d}"


def account(owner) -> UUID:
    """Somebody who signed in by mail."""
    user = uuid4()
    owner.execute("insert into auth.users (id, email) values (%s, %s)", [user, f"{user}@example.com"])
    return user


def add(owner, user: UUID | str, phone: str, *, active: bool = True) -> None:
    owner.execute(ADD, [user, phone, phone, active])


def marks(owner) -> dict[tuple[str, str], tuple[bool, bool]]:
    rows = owner.execute(
        "select user_id::text, full_number, verified, verified_at is not null from public.user_phone_numbers"
    ).fetchall()
    return {(user, phone): (verified, dated) for user, phone, verified, dated in rows}


def proven(ask, guess, phone: str, **more: Any) -> None:
    one = ask(0, phone, **more)
    assert guess(1, phone, code_ok_for=one["id"])["result"] == "approved"


def test_a_right_code_marks_the_number_of_its_account(ask, guess, owner, database):
    phone, other = number(), number()
    user = database.call("ensure_user", phone=phone)["user_id"]
    add(owner, user, phone)
    add(owner, user, other)

    proven(ask, guess, phone)

    assert marks(owner) == {(user, phone): (True, True), (user, other): (False, False)}


def test_a_right_code_marks_the_number_of_the_user_whom_it_was_asked_for(ask, guess, owner):
    phone, user = number(), account(owner)
    add(owner, user, phone)

    proven(ask, guess, phone, user_id=user)

    assert marks(owner) == {(str(user), phone): (True, True)}


@pytest.mark.parametrize("asked_for", ["the number's own account", "an account that signs in by mail"])
def test_a_right_code_gives_its_user_the_number_to_call_from(ask, guess, owner, database, asked_for: str):
    phone = number()
    mail = asked_for.endswith("mail")
    user = str(account(owner)) if mail else database.call("ensure_user", phone=phone)["user_id"]

    proven(ask, guess, phone, **({"user_id": user} if mail else {}))

    assert marks(owner) == {(user, phone): (True, True)}
    parts = owner.execute(
        "select country_code, area_code, phone_number, is_active from public.user_phone_numbers"
    ).fetchone()
    assert parts == ("1", "202", phone[5:], True)


def test_a_number_abroad_is_given_too(ask, guess, owner, database):
    phone = f"+49151{uuid4().int % 10**8:08d}"
    user = database.call("ensure_user", phone=phone)["user_id"]

    proven(ask, guess, phone)

    assert marks(owner) == {(user, phone): (True, True)}


def test_a_second_proof_gives_it_once(ask, guess, owner, database):
    phone = number()
    user = database.call("ensure_user", phone=phone)["user_id"]

    for _ in range(2):
        proven(ask, guess, phone)

    assert marks(owner) == {(user, phone): (True, True)}


REVOKED = {
    "the proof is taken back": "update public.phone_links set verified = false where phone_number = %(phone)s",
    "the link is gone": "delete from public.phone_links where phone_number = %(phone)s",
    "the number is somebody else's now": "update public.phone_links set user_id = %(other)s where phone_number = %(phone)s",
    "an operator takes it back": "select public.revoke_verification(%(phone)s)",
}


@pytest.mark.parametrize("how", REVOKED)
def test_a_proof_that_is_taken_back_takes_the_number_along(ask, guess, owner, database, how: str):
    phone, other = number(), account(owner)
    user = database.call("ensure_user", phone=phone)["user_id"]
    proven(ask, guess, phone)

    owner.execute(REVOKED[how], {"phone": phone, "other": other})

    assert marks(owner) == {(user, phone): (False, False)}


def test_taking_back_one_number_leaves_the_others(ask, guess, owner, database):
    phone, other = number(), number()
    user = database.call("ensure_user", phone=phone)["user_id"]
    for one in (phone, other):
        proven(ask, guess, one, user_id=user)

    assert database.call("revoke_verification", number=phone) == {"result": "revoked"}
    assert database.call("revoke_verification", number=phone) == {"result": "unchanged"}

    assert marks(owner) == {(user, phone): (False, False), (user, other): (True, True)}


def test_with_its_account_the_number_is_gone(ask, guess, owner, database):
    phone = number()
    user = database.call("ensure_user", phone=phone)["user_id"]
    proven(ask, guess, phone)

    owner.execute("delete from auth.users where id = %s", [user])

    assert marks(owner) == {}


def test_somebody_elses_code_marks_no_claim_on_their_number(ask, guess, owner):
    phone, claims = number(), account(owner)
    add(owner, claims, phone)

    proven(ask, guess, phone)

    assert marks(owner).pop((str(claims), phone)) == (False, False)
    assert list(marks(owner).values()).count((True, True)) == 1


def test_a_wrong_code_marks_nothing(ask, guess, owner):
    phone, user = number(), account(owner)
    add(owner, user, phone)
    ask(0, phone, user_id=user)

    assert guess(1, phone)["result"] == "wrong"

    assert marks(owner) == {(str(user), phone): (False, False)}


def test_the_carriers_own_word_marks_it_too(ask, owner, database):
    phone, user = number(), account(owner)
    add(owner, user, phone)
    one = ask(0, phone, user_id=user, through="verify")
    owner.execute("update public.verifications set expires_at = now() + interval '1 hour'")

    assert database.call("confirm_verification", verification_id=one["id"])["result"] == "approved"

    assert marks(owner) == {(str(user), phone): (True, True)}


def test_the_newest_proof_has_the_number(ask, guess, owner):
    phone, first, second = number(), account(owner), account(owner)
    add(owner, first, phone)
    proven(ask, guess, phone, user_id=first)
    owner.execute("update public.user_phone_numbers set is_active = false")
    add(owner, second, phone)

    proven(ask, guess, phone, user_id=second)

    assert marks(owner) == {(str(first), phone): (False, False), (str(second), phone): (True, True)}


def test_a_number_that_is_switched_off_is_proven_all_the_same(ask, guess, owner):
    phone, user = number(), account(owner)
    add(owner, user, phone, active=False)

    proven(ask, guess, phone, user_id=user)

    assert marks(owner) == {(str(user), phone): (True, True)}


def test_a_proof_of_before_marks_no_row_that_its_owner_adds_later(ask, guess, owner, database):
    phone = number()
    user = database.call("ensure_user", phone=phone)["user_id"]
    proven(ask, guess, phone)
    owner.execute("delete from public.user_phone_numbers")

    add(owner, user, phone)

    assert marks(owner) == {(user, phone): (False, False)}
    proven(ask, guess, phone)
    assert marks(owner) == {(user, phone): (True, True)}


@pytest.mark.parametrize(
    "words",
    [
        "update public.user_phone_numbers set verified = true",
        "update public.user_phone_numbers set verified_at = now()",
        "select private.mark_own_number(%(user)s, %(phone)s, now())",
        "insert into public.user_phone_numbers (user_id, provider_id, country_code, area_code, phone_number, full_number,"
        " verified) select %(user)s, id, '1', '202', '5550123', '+12025550123', true from public.call_service_providers",
    ],
)
@pytest.mark.parametrize("app_role", ["", "admin"])
def test_nobody_signed_in_gives_the_mark(owner, words: str, app_role: str):
    phone, user = number(), account(owner)
    add(owner, user, phone)
    claims = f'{{"sub": "{user}", "role": "authenticated", "app_metadata": {{"role": "{app_role}"}}}}'

    with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction(force_rollback=True):
        owner.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        owner.execute("set local role authenticated")
        owner.execute(words, {"user": user, "phone": phone})

    assert marks(owner) == {(str(user), phone): (False, False)}
