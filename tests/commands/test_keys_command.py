import json
import re

import pytest

from voicebot.cli import main
from voicebot.domain.access.api_key import hash_of

pytestmark = pytest.mark.sql


@pytest.fixture(autouse=True)
def configured(dsn, tmp_path, monkeypatch):
    for name in ("SUPABASE_URL", "VOICEBOT_ENV_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SUPABASE_DB_URL", dsn)
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path))


def test_a_key_is_printed_alone_and_once_and_kept_by_its_hash(capsys, owner):
    assert main(["keys", "create", "the shop", "--role", "integrator"]) == 0

    printed = capsys.readouterr().out
    assert re.fullmatch(r"vb_[\w-]{43}\n", printed)
    assert owner.execute(
        "select role, key_hash, key_prefix, expires_at from public.api_keys where name = 'the shop'"
    ).fetchone() == ("integrator", hash_of(printed.strip()), printed[:11], None)


def test_a_key_opens_everything_unless_less_is_asked_for(capsys, owner):
    main(["keys", "create", "a program", "--role", "integrator"])
    main(["keys", "create", "a person"])

    roles = owner.execute(
        "select name, role from public.api_keys where name in ('a program', 'a person') order by name"
    ).fetchall()
    assert roles == [("a person", "operator"), ("a program", "integrator")]


def test_a_list_shows_keys_without_showing_them(capsys):
    main(["keys", "create", "listed"])
    key = capsys.readouterr().out.strip()

    main(["keys", "list"])
    table = capsys.readouterr().out
    main(["keys", "list", "--json"])
    rows = json.loads(capsys.readouterr().out)["keys"]

    assert "listed" in table
    assert "active" in table
    assert key[:11] in table
    assert key not in table
    assert not [row for row in rows if "key_hash" in row or key in row.values()]


def test_a_key_is_revoked_by_name_or_by_its_beginning_and_its_name_is_free_again(capsys):
    main(["keys", "create", "short-lived"])
    capsys.readouterr()

    assert main(["keys", "create", "short-lived"]) == 1
    assert main(["keys", "revoke", "short-lived"]) == 0
    assert main(["keys", "revoke", "short-lived"]) == 1
    capsys.readouterr()
    assert main(["keys", "create", "short-lived"]) == 0
    assert main(["keys", "revoke", capsys.readouterr().out[:11]]) == 0


@pytest.mark.parametrize(
    "arguments", [[""], ["x" * 101], ["a\nb"], ["x", "--days", "0"], ["x", "--days", "nan"]]
)
def test_a_key_that_cannot_be_made_is_refused(arguments, capsys):
    assert main(["keys", "create", *arguments]) == 2
    assert capsys.readouterr().out == ""


def test_a_key_may_hold_for_some_days_only(capsys, owner):
    main(["keys", "create", "for a week", "--days", "7"])

    days = owner.execute(
        "select round(extract(epoch from expires_at - now()) / 86400) from public.api_keys where name = 'for a week'"
    ).fetchone()
    assert days == (7,)


def test_a_key_may_be_for_one_user_or_organization_only(capsys, owner, database):
    user = database.call("ensure_user", phone="+12025550177")["user_id"]
    (place,) = owner.execute(
        "insert into public.organizations (name, slug) values ('a place', 'a-place') returning id::text"
    ).fetchone()

    assert main(["keys", "create", "of a user", "--user", user]) == 0
    assert main(["keys", "create", "of a place", "--organization", place]) == 0

    capsys.readouterr()
    main(["keys", "list", "--json"])
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["keys"]}
    assert (rows["of a user"]["user_id"], rows["of a user"]["organization_id"]) == (user, None)
    assert (rows["of a place"]["user_id"], rows["of a place"]["organization_id"]) == (None, place)


@pytest.mark.parametrize("whose", ["--user", "--organization"])
def test_a_key_for_nobody_who_exists_is_refused(capsys, whose):
    # Otherwise it would be the operator's, and open everything.
    assert main(["keys", "create", "of nobody", whose, "00000000-0000-4000-8000-000000000000"]) == 1
    assert capsys.readouterr().out == ""


def test_a_locked_number_is_unlocked(capsys, database):
    for _ in range(6):
        database.call("check_verification", number="+12025550123")

    assert main(["verifications", "unlock", "+12025550123"]) == 0
    assert "Unlocked" in capsys.readouterr().out
    assert database.call("check_verification", number="+12025550123")["result"] == "wrong"
    assert main(["verifications", "unlock", "nobody"]) == 2


def test_codes_that_were_not_sent_are_listed_with_the_reason(capsys, owner, dsn):
    owner.execute("delete from public.verifications")
    assert main(["verifications", "blocked"]) == 0
    nothing = capsys.readouterr().out
    owner.execute(
        """insert into public.verifications (phone_number, purpose, channel, nonce, expires_at, country, blocked, blocked_at)
           values ('+4915112345678', 'api', 'sms', 'n', now(), 'DE', 'country', now())"""
    )

    main(["verifications", "blocked"])
    table = capsys.readouterr().out
    main(["verifications", "blocked", "--json"])
    listed = json.loads(capsys.readouterr().out)

    assert nothing == "Every code that was asked for was sent.\n"
    assert "DE is not in ALLOWED_COUNTRIES" in table
    assert "+4915112345678" not in table
    assert [(row["blocked"], row["phone_number"]) for row in listed["verifications"]] == [
        ("country", "***78")
    ]
    assert listed["next"] is None
    assert main(["verifications", "blocked", "--days", "0"]) == 2
