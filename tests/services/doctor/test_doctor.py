"""`doctor` on a sound house, and on one with a fault at a time."""

import threading
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.services.doctor.examined import provider_error
from tests.services.doctor.patient import HEALTH, MAIL, WEBHOOKS, about
from tests.support.limits import limits_with
from voicebot.providers.ports import Outcome, ProviderNumber
from voicebot.services.doctor.examine import check_database, diagnose, diagnose_environment
from voicebot.services.doctor.findings import Level
from voicebot.services.numbers.connect import wanted_fields
from voicebot.settings import load_settings
from voicebot.storage.database import DatabaseAway, DatabaseBug, PostgresDatabase
from voicebot.transports.twilio.urls import number_urls


def test_a_sound_house_has_only_good_findings(house):
    found = diagnose(house)

    assert {one.level for one in found} == {Level.OK}
    assert [one.subject for one in found] == [
        "settings",
        "data folder",
        "database",
        "migrations",
        "worker",
        "texting",
        "escalations",
        "spool",
        "mail",
        "mail",
        "dialling",
        "Twilio",
        "OpenAI",
        "ElevenLabs",
        "transcriber",
        "numbers",
        "PUBLIC_URL",
        "PUBLIC_WS_URL",
    ]


def health_with(part: str, **changes: Any) -> dict[str, Any]:
    return HEALTH | {part: HEALTH[part] | changes}


@pytest.mark.parametrize(
    ("fault", "subject", "level", "what", "do"),
    [
        ({"health": DatabaseAway("x")}, "database", Level.FAIL, "cannot be reached", "voicebot db start"),
        ({"health": DatabaseBug("health", "42883")}, "database", Level.FAIL, "42883", "migrate"),
        ({"health": health_with("migrations", applied=1)}, "migrations", Level.FAIL, "1 of", "migrate"),
        (
            {"health": health_with("migrations", latest="9999_x.sql")},
            "migrations",
            Level.FAIL,
            "does not know",
            "newer",
        ),
        (
            {"health": health_with("jobs", heartbeat_age_s=None)},
            "worker",
            Level.FAIL,
            "no worker runs (none was ever seen): no text is answered or sent, no summary is written",
            "start `python -m voicebot worker`",
        ),
        (
            {"health": health_with("jobs", heartbeat_age_s=61.0)},
            "worker",
            Level.FAIL,
            "no worker runs (the last was seen 61 s ago): no text is answered",
            "voicebot worker",
        ),
        ({"health": health_with("jobs", oldest_due_s=90, due=4)}, "jobs", Level.WARN, "4 wait", "log"),
        ({"health": health_with("jobs", failed=2)}, "jobs", Level.WARN, "2 have failed", "log"),
        ({"numbers": provider_error(Outcome.REFUSED)}, "Twilio", Level.FAIL, "refuses", "TWILIO_AUTH_TOKEN"),
        ({"numbers": provider_error(Outcome.NOT_SENT)}, "Twilio", Level.FAIL, "reached", "simulator"),
        ({"numbers": []}, "numbers", Level.FAIL, "not the account's", "TWILIO_PHONE_NUMBER"),
        ({"connected": []}, "numbers", Level.WARN, "none is connected", "numbers connect +12025550100"),
        ({"pieces": provider_error(Outcome.REFUSED)}, "OpenAI", Level.FAIL, "refuses", "OPENAI_API_KEY"),
        ({"pieces": provider_error(Outcome.UNKNOWN)}, "OpenAI", Level.FAIL, "no clear answer", "status page"),
        ({"pieces": []}, "OpenAI", Level.FAIL, "empty", "OPENAI_MODEL"),
        (
            {"mail_server": provider_error(Outcome.NOT_SENT)},
            "mail",
            Level.WARN,
            "cannot be used",
            "simulator",
        ),
        ({"mail": MAIL | {"failed": 2, "error": "to-550"}}, "mail", Level.WARN, "2 failed", "mail list"),
        ({"mail": MAIL | {"unknown": 1}}, "mail", Level.WARN, "nobody knows", "mail list"),
        (
            {"mail": MAIL | {"waiting": 3, "oldest_waiting_s": 900.0, "error": "login-535"}},
            "mail",
            Level.WARN,
            "3 wait, the oldest for 15 min (login-535)",
            "mail list",
        ),
        ({"webhooks": WEBHOOKS | {"dead": 4}}, "webhooks", Level.WARN, "4 deliveries", "webhooks log"),
        (
            {"voices": provider_error(Outcome.REFUSED)},
            "ElevenLabs",
            Level.FAIL,
            "refuses",
            "ELEVENLABS_API_KEY",
        ),
        (
            {"hears": provider_error(Outcome.REFUSED)},
            "transcriber",
            Level.WARN,
            "refuses",
            "ELEVENLABS_API_KEY and ELEVENLABS_BASE_URL, or set another TRANSCRIBER",
        ),
        ({"voices": []}, "ElevenLabs", Level.WARN, "no voice", "ELEVENLABS_VOICE_ID"),
    ],
)
def test_a_fault_is_found_and_says_what_to_do(house, fault, subject, level, what, do):
    found = about(diagnose(replace(house, **fault)), subject)

    assert found.level is level
    assert what in found.what
    assert do in found.do


def test_a_database_of_ones_own_that_is_away_is_not_ours_to_start(house, tmp_path):
    settings = load_settings(
        {"SUPABASE_DB_URL": "postgresql://x@127.0.0.1:9/x", "VOICEBOT_DATA_DIR": str(tmp_path)}
    )
    runtime = SimpleNamespace(settings=settings, database=replace(house, health=DatabaseAway("x")).database)

    (found,) = check_database(runtime)

    assert "db start" not in found.do
    assert "SUPABASE_DB_URL" in found.do


def test_codes_that_nobody_got_are_told_of_with_their_countries(house):
    counts = [
        {"blocked": "country", "country": "DE", "count": 2},
        {"blocked": "country", "country": "AT", "count": 1},
        {"blocked": "suppressed", "country": "US", "count": 5},
    ]

    found = about(diagnose(replace(house, blocked={"verifications": [], "counts": counts})), "verification")

    assert found.level is Level.WARN
    assert found.what.startswith("3 codes in countries that are not allowed (AT, DE)")
    assert "verifications blocked" in found.do


def test_calls_and_texts_that_caps_refused_are_told_of(house):
    counts = {"texts": 2, "calls": 37}

    found = about(diagnose(replace(house, refused={"refused": [], "counts": counts})), "caps")

    assert found.level is Level.WARN
    assert found.what == "37 calls and 2 texts of a day were too many, and refused"
    assert "block refused" in found.do


def test_whoever_got_no_answer_is_counted(house):
    turned = {"people": 4, "times": 9, "reasons": []}

    found = about(diagnose(replace(house, unanswered=turned)), "unanswered")

    assert (found.level, found.what) == (Level.WARN, "4 telephones got no answer in a day, 9 times")
    assert "texts unanswered" in found.do


def test_each_wrong_setting_is_a_finding_of_its_own():
    found = diagnose_environment({"PORT": "many", "MAX_CALL_SECONDS": "1"}, lambda settings: None)

    assert [(one.subject, one.level) for one in found] == [("settings", Level.FAIL)] * 2
    assert [one.what.partition(":")[0] for one in found] == ["PORT", "MAX_CALL_SECONDS"]


@pytest.mark.parametrize("name", ["voice_url", "voice_fallback_url", "status_callback"])
def test_a_number_that_lost_its_retries_is_found(house, name):
    urls = number_urls(house.settings)
    urls[name] = urls[name].partition("#")[0]
    number = ProviderNumber("PN1", house.settings.twilio_phone_number, **urls)

    found = about(diagnose(replace(house, numbers=[number])), "numbers")

    assert found.level is Level.FAIL
    assert f"{name} should be" in found.what
    assert f"numbers connect {number.number}" in found.do


@pytest.mark.parametrize("name", ["trunk_sid", "voice_application_sid", "sms_application_sid"])
def test_what_takes_a_connected_numbers_calls_before_its_urls_is_found(house, name):
    fields = wanted_fields(house.settings) | {name: "XX1"}
    number = ProviderNumber("PN1", house.settings.twilio_phone_number, **fields)

    found = about(diagnose(replace(house, numbers=[number])), "numbers")

    assert (found.level, f"{name} should be empty" in found.what) == (Level.FAIL, True)


def test_a_number_that_is_not_connected_is_nobodys_to_judge(house):
    ours = ProviderNumber("PN1", house.settings.twilio_phone_number, **number_urls(house.settings))
    other = ProviderNumber("PN2", "+12025550177", voice_url="https://other.example/voice")

    found = diagnose(replace(house, numbers=[ours, other]))

    assert [one.level for one in found if one.subject == "numbers"] == [Level.OK]


def test_a_second_connected_number_is_judged_like_the_first(house):
    ours = ProviderNumber("PN1", house.settings.twilio_phone_number, **number_urls(house.settings))
    other = ProviderNumber("PN2", "+12025550177", voice_url="https://other.example/voice")

    found = diagnose(replace(house, numbers=[ours, other], connected=[ours.number, other.number]))

    assert [one.level for one in found if one.subject == "numbers"] == [Level.OK, Level.FAIL]
    assert "numbers connect +12025550177" in about(found, "numbers").do


def test_a_connected_number_that_the_account_lost_is_found(house):
    found = about(
        diagnose(replace(house, connected=[house.settings.twilio_phone_number, "+12025550177"])), "numbers"
    )

    assert (found.level, "not the account's" in found.what) == (Level.FAIL, True)
    assert "numbers release +12025550177" in found.do


def test_a_provider_that_never_answers_does_not_hold_up_the_others(house):
    released = threading.Event()
    slow = SimpleNamespace(list_voices=lambda: released.wait(10) and [])
    runtime = SimpleNamespace(
        settings=house.settings,
        carriers=house.carriers,
        model=house.model,
        voice=slow,
        transcriber=None,
        mailer=None,
        limits=limits_with(doctor={"patience_s": 0.2}),
        database=house.database,
        spool=house.spool,
        now=house.now,
    )

    found = diagnose(runtime)
    released.set()

    assert about(found, "ElevenLabs").level is Level.FAIL
    assert "no answer" in about(found, "ElevenLabs").what
    assert about(found, "OpenAI").level is Level.OK


def test_a_data_folder_that_takes_no_file_is_found(house, tmp_path):
    (tmp_path / "file").touch()
    broken = house.settings.model_copy(update={"data_dir": tmp_path / "file"})

    assert about(diagnose(replace(house, settings=broken)), "data folder").level is Level.FAIL


@pytest.mark.sql
def test_a_real_migrated_database_is_sound_but_for_the_worker(database):
    found = check_database(SimpleNamespace(database=database))

    assert [(one.subject, one.level) for one in found] == [
        ("database", Level.OK),
        ("migrations", Level.OK),
        ("worker", Level.FAIL),
    ]


# The roles are the server's: there are some once another database of it was migrated.
@pytest.mark.sql
@pytest.mark.usefixtures("template")
def test_a_real_database_without_our_functions_is_told_to_migrate(server):
    name = f"bare_{uuid.uuid4().hex}"
    bare = PostgresDatabase(server.create(name), min_size=1, max_size=1)

    found = check_database(SimpleNamespace(database=bare))

    bare.close()
    server.drop(name)
    assert [(one.subject, one.level) for one in found] == [("database", Level.FAIL)]
    assert "migrate" in found[0].do
