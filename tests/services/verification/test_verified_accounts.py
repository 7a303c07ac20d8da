"""Whose account a number proves: that of whom it is linked with, and nobody gets what was set before."""

from uuid import UUID

import pytest

from tests.services.verification.verification_desk import code_of, new_number
from voicebot.services.verification import verify_phone

pytestmark = pytest.mark.sql


def test_a_number_stays_with_whom_it_is_linked_with_whoever_asked_for_the_code(runtime, owner, number):
    theirs = runtime.database.call("ensure_user", phone=number)["user_id"]
    stranger = UUID(runtime.database.call("ensure_user", phone=new_number())["user_id"])
    verify_phone.start(runtime, number, "sms", user_id=stranger)

    checked = verify_phone.check(runtime, number, code_of(runtime, number))

    assert (checked.outcome, str(checked.user_id)) == ("approved", theirs)
    assert owner.execute(
        "select user_id::text, verified from public.phone_links where phone_number = %s", [number]
    ).fetchall() == [(theirs, True)]


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


def test_a_password_that_was_set_for_a_number_before_its_owner_proved_it_is_gone(runtime, owner, number):
    person = runtime.database.call("ensure_user", phone=number)["user_id"]
    # Whoever signs up with a number that has an account sets the password of that account.
    owner.execute("update auth.users set encrypted_password = 'hash' where id = %s", [person])
    verify_phone.start(runtime, number, "sms")

    assert verify_phone.check(runtime, number, code_of(runtime, number)).outcome == "approved"

    assert owner.execute(
        "select encrypted_password, phone_confirmed_at is not null from auth.users where id = %s", [person]
    ).fetchone() == ("", True)


def test_the_password_of_an_account_that_had_confirmed_the_number_stays(runtime, owner, number):
    assert password_after(owner, runtime, number, phone_confirmed_at=True) == ("hash", True)


def test_a_confirmed_address_says_nothing_of_the_number_so_its_account_gets_neither(runtime, owner, number):
    assert password_after(owner, runtime, number, email_confirmed_at=True) == ("", True)

    squatter = owner.execute(
        "select phone, encrypted_password from auth.users where email_confirmed_at is not null"
    ).fetchall()
    assert (None, "hash") in squatter


def test_texts_of_a_number_are_not_shown_to_an_account_that_only_claims_it(runtime, owner, number):
    (squatter,) = owner.execute(
        """insert into auth.users (id, aud, role, phone, email, encrypted_password, email_confirmed_at)
           values (gen_random_uuid(), 'authenticated', 'authenticated', %s, %s, 'hash', now()) returning id""",
        [number[1:], f"{number}@example.com"],
    ).fetchone()

    person = runtime.database.call("ensure_user", phone=number)

    assert person["result"] == "made"
    assert person["user_id"] != str(squatter)


def test_an_account_that_confirmed_the_number_in_an_old_spelling_is_linked(runtime, owner):
    (user,) = owner.execute(
        """insert into auth.users (id, aud, role, phone, phone_confirmed_at)
           values (gen_random_uuid(), 'authenticated', 'authenticated', '5215512340201', now()) returning id"""
    ).fetchone()

    answer = runtime.database.call("ensure_user", phone="+525512340201")

    assert answer == {"result": "linked", "user_id": str(user)}


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
