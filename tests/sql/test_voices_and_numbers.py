"""The catalogues that providers fill, and the choice of another voice."""

from typing import Any
from uuid import uuid4

import pytest

pytestmark = pytest.mark.sql

CAST = [
    {"voice_id": "anna", "name": "Anna", "gender": "female", "language": "en", "accent": "american"},
    {"voice_id": "bert", "name": "Bert", "gender": "male", "language": "en-US", "accent": "american"},
    {"voice_id": "cleo", "name": "Cleo", "gender": "female", "language": "en-GB", "accent": "british"},
    {"voice_id": "dora", "name": "Dora", "gender": "female", "language": "fr"},
]


@pytest.fixture
def cast(database, owner) -> str:
    """A provider with four voices, and no other voice anywhere."""
    owner.execute("delete from public.voice_options")
    name = f"speech-{uuid4().hex}"
    database.call("sync_voices", provider_name=name, voices=CAST)
    return name


@pytest.fixture
def call_id(owner) -> int:
    (key,) = owner.execute(
        "insert into public.call_history (phone_number, call_sid) values ('+12025550123', %s) returning id",
        [uuid4().hex],
    ).fetchone()
    return int(key)


def active(database, **filters: Any) -> list[str]:
    return [voice["voice_id"] for voice in database.call("list_voices", **filters)]


def test_a_voice_that_is_gone_is_switched_off_and_comes_back_by_itself(database, cast):
    gone = database.call("sync_voices", provider_name=cast, voices=CAST[1:])
    without = active(database)
    back = database.call("sync_voices", provider_name=cast, voices=CAST)

    assert gone == {"result": "synced", "active": 3, "switched_off": 1}
    assert (back["active"], back["switched_off"]) == (4, 0)
    assert "anna" not in without
    assert "anna" in active(database)


def test_a_changed_voice_is_changed_and_odd_fields_do_no_harm(database, cast, owner):
    changed = [
        {**CAST[0], "name": "Annie", "gender": "robot", "language": None},
        {"name": "without an id"},
        {**CAST[1]},
        {**CAST[1], "name": "listed twice"},
    ]

    answer = database.call("sync_voices", provider_name=cast, voices=changed)

    assert answer["active"] == 2
    assert owner.execute(
        "select name, gender, language from public.voice_options where voice_id = 'anna'"
    ).fetchone() == ("Annie", None, "en")


@pytest.mark.parametrize("nothing", [[], {}, None])
def test_an_empty_listing_switches_nothing_off(database, cast, nothing):
    assert database.call("sync_voices", provider_name=cast, voices=nothing)["code"] == "no_voices"
    assert database.call("sync_numbers", provider_name="twilio", numbers=nothing)["code"] == "no_numbers"
    assert len(active(database)) == 4


def test_voices_are_listed_by_language(database, cast):
    assert active(database, language="en") == ["anna", "cleo", "bert"]
    assert active(database, language="en-GB") == ["cleo"]
    database.call("sync_voices", provider_name=cast, voices=CAST[3:])
    assert active(database) == ["dora"]
    assert len(active(database, include_inactive=True)) == 4


def test_another_voice_is_never_the_same_and_goes_through_all_of_the_language(database, cast, call_id, owner):
    heard = ["anna"]
    for _ in range(4):
        heard.append(database.call("next_voice", call_id=call_id, voice_id=heard[-1])["voice_id"])

    assert heard == ["anna", "bert", "cleo", "anna", "bert"]
    kept = owner.execute(
        """select v.voice_id from public.call_history c join public.voice_options v on v.id = c.voice_id
            where c.id = %s""",
        [call_id],
    ).fetchone()
    assert kept == ("bert",)


@pytest.mark.parametrize(
    ("wish", "voice"),
    [
        ("could I have a man please", "bert"),
        ("a British lady", "cleo"),
        ("the female one", "cleo"),
        ("something else", "bert"),
        ("", "bert"),
        ("another voice please", "bert"),
        ("can I have a different one?", "bert"),
        ("Bert", "bert"),
        ("I want to talk with Cleo, not with a man", "cleo"),
        ("Dora please", "dora"),
    ],
)
def test_a_wish_is_followed_as_far_as_there_is_a_voice_for_it(database, cast, call_id, wish, voice):
    chosen = database.call("next_voice", call_id=call_id, wish=wish, voice_id="anna")

    assert (chosen["result"], chosen["voice_id"]) == ("changed", voice)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ("a Darth Vader voice", "no_match"),
        ("Rachel", "no_match"),
        ("Anna", "already"),
        ("the voice of Anna", "already"),
    ],
)
def test_a_wish_that_nothing_suits_changes_nothing(database, cast, call_id, owner, wish, code):
    kept = database.call("next_voice", call_id=call_id, wish=wish, voice_id="anna")

    assert (kept["result"], kept["code"], kept["name"]) == ("refused", code, "Anna")
    assert owner.execute("select voice_id from public.call_history where id = %s", [call_id]).fetchone() == (
        None,
    )


def test_instead_of_a_voice_that_is_not_there_others_of_the_language_are_named(database, cast, call_id):
    kept = database.call("next_voice", call_id=call_id, wish="Darth Vader", voice_id="anna")

    assert kept["names"] == ["Bert", "Cleo"]


def test_a_voice_that_costs_extra_is_for_those_who_pay(database, cast, call_id, owner):
    database.call("sync_voices", provider_name=cast, voices=[CAST[0], {**CAST[1], "is_premium": True}])

    refused = database.call("next_voice", call_id=call_id, voice_id="anna")

    user = database.call("ensure_user", phone=f"+1202{uuid4().int % 10**7:07d}")["user_id"]
    owner.execute("update public.call_history set user_id = %s where id = %s", [user, call_id])
    owner.execute(
        """with plan as (insert into public.subscription_plans (name, price, interval)
                         values ('p', 1, 'monthly') returning id)
           insert into public.user_subscriptions
               (user_id, plan_id, status, current_period_start, current_period_end)
           select %s, id, 'active', now(), now() + interval '1 month' from plan""",
        [user],
    )
    chosen = database.call("next_voice", call_id=call_id, voice_id="anna")

    assert refused == {"result": "refused", "code": "no_other_voice"}
    assert chosen["voice_id"] == "bert"


def test_without_another_voice_nothing_changes(database, cast, call_id):
    alone = database.call("next_voice", call_id=call_id, voice_id="dora")
    nobody = database.call("next_voice", call_id=0)

    assert (alone["code"], nobody["code"]) == ("no_other_voice", "unknown_call")


def test_numbers_are_synced_and_keep_their_template(database, owner):
    owner.execute("delete from public.provider_phone_numbers")
    first = {"phone_id": "PN1", "full_number": "+12025550100", "country_code": "1", "area_code": "202"}
    second = {"phone_id": "PN2", "full_number": "+12025550101", "capabilities": {"voice": True}}
    database.call("sync_numbers", provider_name="twilio", numbers=[first, second])
    owner.execute(
        """with t as (insert into public.call_templates (name) values ('line') returning id)
           update public.provider_phone_numbers set template_id = (select id from t) where phone_id = 'PN1'"""
    )

    database.call("sync_numbers", provider_name="twilio", numbers=[second])
    without = {n["full_number"]: n["is_active"] for n in database.call("list_numbers")}
    database.call("sync_numbers", provider_name="twilio", numbers=[first, second])
    listed = {n["full_number"]: n for n in database.call("list_numbers")}

    assert without == {"+12025550100": False, "+12025550101": True}
    assert (listed["+12025550100"]["is_active"], listed["+12025550100"]["template"]) == (True, "line")
    assert listed["+12025550101"]["capabilities"] == {"voice": True}
    assert listed["+12025550101"]["provider"] == "twilio"


NUMBER = {"phone_id": "PN7", "full_number": "+12025550107", "country_code": "1", "area_code": "202"}


@pytest.fixture
def connect(database, owner):
    """Connect one number, having led to `before`."""
    owner.execute("delete from public.provider_phone_numbers")

    def connect(before: str = "https://old.example/", **more: Any) -> Any:
        return database.call(
            "connect_number", provider_name="twilio", number=NUMBER, before={"voice_url": before},
            registered={"voice_url": "https://ours.example/"}, **more,
        )  # fmt: skip

    return connect


def connection(database) -> Any:
    return database.call("show_connection", provider_name="twilio", full_number=NUMBER["full_number"])


def test_the_first_before_of_a_number_stays_until_it_is_released(database, connect):
    first, second = connect("https://first.example/"), connect("https://second.example/")
    kept = connection(database)
    released = database.call("release_number", provider_name="twilio", phone_id="PN7")
    third = connect("https://third.example/")

    assert [first["result"], second["result"], third["result"]] == ["connected", "known", "connected"]
    assert (kept["before"], released) == ({"voice_url": "https://first.example/"}, {"result": "released"})
    assert connection(database)["before"] == {"voice_url": "https://third.example/"}


def test_connections_outlive_a_sync_and_are_listed(database, connect):
    connect()
    database.call(
        "sync_numbers", provider_name="twilio", numbers=[NUMBER, {"phone_id": "PN8", "full_number": "+12"}]
    )

    listed = {row["phone_id"]: row["connected_at"] is not None for row in database.call("list_numbers")}

    assert listed == {"PN7": True, "PN8": False}


def test_what_is_not_connected_is_not_released(database, connect):
    assert database.call("release_number", provider_name="twilio", phone_id="PN7")["code"] == "not_connected"
    assert connection(database)["code"] == "not_connected"


def test_looking_writes_nothing_and_judges_the_template(database, owner, connect):
    owner.execute("delete from public.call_templates")
    owner.execute("insert into public.call_templates (name) values ('Line'), ('Twin'), ('Twin')")

    answers = [
        connect(only_look=True, template=wanted) for wanted in (None, "Line", " Line ", "line", "Twin")
    ]

    assert [answer.get("code") for answer in answers] == [
        None, None, None, "unknown_template", "ambiguous_template",
    ]  # fmt: skip
    assert answers[3]["names"] == ["Line", "Twin"]
    assert len(answers[4]["ids"]) == 2
    assert database.call("list_numbers") == []


def test_a_templates_id_is_one_templates_even_when_another_is_called_so(database, owner, connect):
    owner.execute("delete from public.call_templates")
    (key,) = owner.execute(
        "insert into public.call_templates (name) values ('Line') returning id::text"
    ).fetchone()
    owner.execute("insert into public.call_templates (name) values (%s)", [key])

    assert connect(template=key)["template_id"] == key
