"""The account behind a number, what its profile shows, and what end users may write themselves."""

import json
import threading
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.sql.access.access_actors import BY_NAME, ORGANIZATIONS, PEOPLE, acting
from tests.sql.access.access_rows import Known, seed

pytestmark = pytest.mark.sql

# What GoTrue reads into plain strings: it fails on null.
TOKENS = (
    "confirmation_token", "recovery_token", "email_change_token_new", "email_change_token_current", "email_change",
    "phone_change", "phone_change_token", "reauthentication_token", "encrypted_password",
)  # fmt: skip


def number() -> str:
    return f"+1202{uuid4().int % 10**7:07d}"


def profile(owner, user: str) -> dict[str, Any]:
    (found,) = owner.execute(
        "select to_jsonb(p) from public.user_profiles p where user_id = %s", [user]
    ).fetchone()
    return dict(found)


def test_a_first_call_makes_an_account_that_gotrue_can_read(database, owner):
    phone = number()

    answer = database.call("ensure_user", phone=phone)

    (account,) = owner.execute(
        "select to_jsonb(u) from auth.users u where id = %s", [answer["user_id"]]
    ).fetchone()
    assert answer["result"] == "made"
    assert account["phone"] == phone.removeprefix("+")
    assert (account["aud"], account["role"]) == ("authenticated", "authenticated")
    assert account["instance_id"] == "00000000-0000-0000-0000-000000000000"
    assert account["raw_app_meta_data"] == {"provider": "phone", "providers": ["phone"]}
    assert [account[name] for name in TOKENS] == [""] * len(TOKENS)
    assert account["phone_confirmed_at"] is None
    assert account["confirmed_at"] is None


def test_the_account_has_a_link_a_profile_and_preferences_and_nothing_is_verified(database, owner):
    phone = number()

    user = database.call("ensure_user", phone=phone)["user_id"]

    link = owner.execute(
        "select phone_number, verified from public.phone_links where user_id = %s", [user]
    ).fetchall()
    assert link == [(phone, False)]
    shown = profile(owner, user)
    assert (shown["phone_number"], shown["phone_verified"], shown["first_name"]) == (phone, False, "")
    assert (shown["status"], shown["onboarding_status"]) == ("inactive", "pending")
    assert owner.execute("select from public.preferences where user_id = %s", [user]).fetchone() is not None


def test_a_known_number_is_found_again(database):
    phone = number()
    first = database.call("ensure_user", phone=phone)

    second = database.call("ensure_user", phone=phone)

    assert second == {"result": "found", "user_id": first["user_id"]}


@pytest.mark.parametrize(
    "phone", [None, "", "anonymous", "client:eve", "sip:a@b", "+0123", "12025550123", "+1" * 9]
)
def test_a_withheld_number_gets_no_account(database, phone):
    answer = database.call("ensure_user", phone=phone)

    assert answer == {"result": "refused", "code": "not_a_number", "user_id": None}


def test_two_first_calls_at_once_make_one_account(database):
    phone = number()
    barrier = threading.Barrier(4)
    answers: list[Any] = []

    def arrive() -> None:
        barrier.wait()
        answers.append(database.call("ensure_user", phone=phone))

    threads = [threading.Thread(target=arrive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer["user_id"] for answer in answers}) == 1
    assert sorted(answer["result"] for answer in answers) == ["found", "found", "found", "made"]


def test_an_account_that_gotrue_made_is_linked_not_doubled(database):
    user = uuid4()
    phone = number()
    made = database.call("create_integration_test_user", p_id=user, p_phone=phone[1:], p_email="")

    answer = database.call("ensure_user", phone=phone)

    assert made == {"id": str(user), "status": "created"}
    assert answer == {"result": "linked", "user_id": str(user)}


def test_integration_test_users_are_made_once(database):
    user, phone, email = uuid4(), number()[1:], f"{uuid4().hex}@integration.test"

    first = database.call("create_integration_test_user", p_id=user, p_phone=phone, p_email=email)
    again = database.call("create_integration_test_user", p_id=user, p_phone=phone, p_email=email)
    other = database.call("create_integration_test_user", p_id=uuid4(), p_phone=phone, p_email="")

    assert (first["status"], again["status"], other["status"]) == ("created", "exists", "refused")


def test_a_profile_follows_the_tables_that_own_what_it_shows(database, owner):
    phone = number()
    user = database.call("ensure_user", phone=phone)["user_id"]

    owner.execute("update public.phone_links set verified = true where user_id = %s", [user])
    owner.execute("update public.preferences set language = 'fr' where user_id = %s", [user])
    verified = profile(owner, user)
    owner.execute("delete from public.phone_links where user_id = %s", [user])

    assert (verified["phone_verified"], verified["preferences"]) == (True, {"language": "fr"})
    assert (profile(owner, user)["phone_number"], profile(owner, user)["phone_verified"]) == (None, False)


def test_a_new_profile_claims_nothing_for_itself(owner):
    user = uuid4()
    owner.execute("insert into auth.users (id) values (%s)", [user])

    owner.execute(
        """insert into public.user_profiles (user_id, phone_number, phone_verified, preferences)
           values (%s, '+12025550123', true, '{"language": "de"}')""",
        [user],
    )

    shown = profile(owner, str(user))
    assert (shown["phone_number"], shown["phone_verified"], shown["preferences"]) == (None, False, None)


def test_a_voice_is_preferred_only_if_it_exists(database):
    voice = uuid4().hex
    database.call("sync_voices", provider_name="elevenlabs", voices=[{"voice_id": voice, "name": "V"}])
    user = UUID(database.call("ensure_user", phone=number())["user_id"])

    saved = database.call("set_voice_preference", user_id=user, voice_id=voice)
    unknown = database.call("set_voice_preference", user_id=user, voice_id="nobody")
    nobody = database.call("set_voice_preference", user_id=uuid4(), voice_id=voice)

    assert saved == {"result": "saved", "voice_id": voice}
    assert (unknown["code"], nobody["code"]) == ("unknown_voice", "unknown_user")


@pytest.fixture
def known(owner):
    """Everybody's rows, in a transaction that is taken back."""
    with owner.transaction(force_rollback=True):
        yield seed(owner)


def attempt(owner, words: str, values: tuple[Any, ...]) -> bool:
    """Try one statement as Alice; tell whether it was let through."""
    try:
        with owner.transaction(force_rollback=True), acting(owner, BY_NAME["owner"]):
            return bool(owner.execute(words, values).rowcount)
    except psycopg.errors.InsufficientPrivilege:
        return False


@pytest.mark.parametrize(
    "words",
    [
        "update public.user_phone_numbers set verified = true",
        "update public.user_phone_numbers set full_number = '+12025550199'",
        "update public.user_profiles set status = 'active'",
        "update public.user_profiles set phone_verified = true",
        "update public.user_profiles set user_id = gen_random_uuid()",
        "update public.call_queue set status = 'completed'",
        "update public.call_queue set priority = 9",
        "update public.call_queue set retry_count = 0",
        "update public.call_templates set transfer_to = '+12025550199'",
        "update public.call_templates set record = true",
        "update public.phone_links set verified = true",
        "update public.organization_members set role = 'owner'",
        "update public.user_call_usage set calls_used = 0",
        "update public.user_subscriptions set status = 'active'",
        "delete from public.call_queue where status = 'in-progress'",
    ],
)
def test_users_cannot_give_themselves_marks_statuses_roles_or_counters(owner, known: Known, words: str):
    assert not attempt(owner, words, ())


def test_whoever_was_taken_out_of_an_organization_sees_nothing_of_it_any_more(owner, known: Known):
    people, acme = {"leader": PEOPLE["lena"], "colleague": PEOPLE["dave"]}, ORGANIZATIONS["acme"]

    def seen() -> dict[str, list[bool]]:
        found = {}
        for who, person in people.items():
            with owner.transaction(force_rollback=True), acting(owner, BY_NAME[who]):
                found[who] = [
                    owner.execute(words, {"acme": acme, "person": person}).fetchone()[0]
                    for words in (
                        "select exists (select from public.organizations where id = %(acme)s)",
                        "select exists (select from public.organization_members where organization_id = %(acme)s and user_id <> %(person)s)",
                        "select exists (select from public.call_history where user_id <> %(person)s)",
                    )
                ]
        return found

    before = seen()
    owner.execute(
        "update public.organization_members set status = 'removed' where user_id = any (%s)",
        [list(people.values())],
    )

    # Calls are for whoever leads it.
    assert before == {"leader": [True, True, True], "colleague": [True, True, False]}
    assert seen() == {"leader": [False] * 3, "colleague": [False] * 3}


def test_users_change_what_is_theirs(owner, known: Known):
    assert attempt(owner, "update public.user_profiles set first_name = 'Ann'", ())
    assert attempt(owner, "update public.user_phone_numbers set is_default = true", ())
    assert attempt(owner, "update public.call_templates set prompt = 'Be kind.'", ())


def queue_with(owner, column: str, key: Any) -> bool:
    return attempt(
        owner,
        f"insert into public.call_queue (recipient_number, {column}) values ('+12025550123', %s)",
        (key,),
    )


def test_a_queued_call_uses_only_ones_own_verified_number(owner, known: Known):
    mine, theirs = known.id("user_phone_numbers", "alice"), known.id("user_phone_numbers", "bob")

    unverified = queue_with(owner, "caller_number_id", mine)
    owner.execute("update public.user_phone_numbers set verified = true")
    verified = queue_with(owner, "caller_number_id", mine)
    foreign = queue_with(owner, "caller_number_id", theirs)
    owner.execute("update public.user_phone_numbers set is_active = false")
    switched_off = queue_with(owner, "caller_number_id", mine)

    assert (unverified, verified, foreign, switched_off) == (False, True, False, False)


def test_a_queued_call_uses_only_templates_and_voices_that_its_user_sees(owner, known: Known):
    def may(column: str, table: str, label: str) -> bool:
        return queue_with(owner, column, known.id(table, label))

    assert may("template_id", "call_templates", "alice")
    assert may("template_id", "call_templates", "bob-public")
    assert not may("template_id", "call_templates", "bob")
    assert may("voice_id", "voice_options", "shown")
    assert not may("voice_id", "voice_options", "hidden")


def test_asking_twice_with_one_key_queues_once(owner, known: Known):
    ask = "insert into public.call_queue (recipient_number, request_key) values ('+12025550123', 'k')"

    with pytest.raises(psycopg.errors.UniqueViolation):
        with owner.transaction(force_rollback=True), acting(owner, BY_NAME["owner"]):
            owner.execute(ask)
            owner.execute(ask)


def test_a_changed_number_loses_its_mark(owner, known: Known):
    owner.execute("update public.user_phone_numbers set verified = true, verified_at = now()")

    owner.execute("update public.user_phone_numbers set full_number = full_number || '1'")

    marks = owner.execute("select verified, verified_at from public.user_phone_numbers").fetchall()
    assert marks == [(False, None)] * 2


def test_a_number_that_somebody_has_proven_belongs_to_one_user_and_a_mere_claim_blocks_nobody(
    owner, known: Known
):
    (taken,) = owner.execute(
        "select full_number from public.user_phone_numbers where user_id = %s", [PEOPLE["bob"]]
    ).fetchone()
    add = """insert into public.user_phone_numbers
                 (user_id, provider_id, country_code, area_code, phone_number, full_number, is_active, verified)
             values (%s, %s, '1', '202', '5550123', %s, %s, %s)"""
    provider = known.id("call_service_providers", "spare")

    owner.execute(add, [PEOPLE["carol"], provider, taken, True, False])
    owner.execute("update public.user_phone_numbers set verified = true where user_id = %s", [PEOPLE["bob"]])
    with pytest.raises(psycopg.errors.UniqueViolation), owner.transaction():
        owner.execute(
            "update public.user_phone_numbers set verified = true where user_id = %s", [PEOPLE["carol"]]
        )
    owner.execute(add, [PEOPLE["dave"], provider, taken, False, True])


def test_a_token_of_nobody_sees_nothing(owner, known: Known):
    with owner.transaction(force_rollback=True):
        owner.execute(
            "select set_config('request.jwt.claims', %s, true)", [json.dumps({"role": "authenticated"})]
        )
        owner.execute("set local role authenticated")

        assert owner.execute("select count(*) from public.user_profiles").fetchone() == (0,)
