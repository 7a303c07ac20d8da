"""The doctor looks at settings: what is missing, half, or does not fit together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.services.doctor.examined import ACCOUNTS, provider_error
from tests.services.doctor.patient import about
from voicebot.providers.ports import Outcome
from voicebot.services.doctor.examine import check_settings, diagnose, diagnose_environment
from voicebot.services.doctor.findings import Level
from voicebot.settings import Settings, load_settings
from voicebot.storage.database import DatabaseAway
from voicebot.storage.embedded.server import EmbeddedServerError


@pytest.mark.parametrize(
    ("given", "level", "what"),
    [
        ({"PUBLIC_URL": "https://bot.example.com"}, None, ""),
        ({}, Level.FAIL, "own address"),
        ({"PUBLIC_URL": "https://my_bot.example.com"}, Level.FAIL, "underscore"),
        ({"PUBLIC_URL": "http://bot.example.com"}, Level.WARN, "https"),
    ],
)
def test_an_address_that_twilio_cannot_use_is_found_before_it_calls(tmp_path, given, level, what):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)} | ACCOUNTS | given)

    found = [one for one in check_settings(settings) if one.subject == "PUBLIC_URL"]

    assert [one.level for one in found] == ([level] if level else [])
    assert all(what in one.what for one in found)


def test_generated_keys_are_mentioned_where_several_machines_may_share(tmp_path):
    accounts = {name: value for name, value in ACCOUNTS.items() if not name.endswith("_KEY") or "API" in name}
    environ = {"VOICEBOT_DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://bot.example.com"}

    found = check_settings(load_settings(environ | accounts))

    assert [one.what for one in found if one.level is Level.WARN] == [
        "CREDENTIALS_KEY and SECRET_KEY lie in the data folder"
    ]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (
            "https://abcdefghijklmnopqrst.supabase.co",
            "/dashboard/project/abcdefghijklmnopqrst?showConnect=true",
        ),
        ("https://db.example.com", "/dashboard/project/_?showConnect=true"),
        ("http://127.0.0.1:54321", "supabase status"),
        ("http://localhost:54321", "supabase status"),
    ],
)
def test_with_url_and_key_alone_it_says_where_supabase_shows_the_connection_string(tmp_path, url, place):
    environ = {"SUPABASE_URL": url, "SUPABASE_SERVICE_ROLE_KEY": "k" * 20, "VOICEBOT_DATA_DIR": str(tmp_path)}

    (found,) = [one for one in check_settings(load_settings(environ)) if "SUPABASE_DB_URL" in one.do]

    assert found.level is Level.WARN
    assert place in found.do


def test_settings_that_cannot_be_read_are_the_only_finding():
    found = diagnose_environment({"PORT": "x"}, lambda _settings: pytest.fail("nothing to build from"))

    assert [(one.level, one.subject) for one in found] == [(Level.FAIL, "settings")]
    assert "PORT" in found[0].what


def test_an_embedded_database_that_does_not_start_is_found(tmp_path):
    def build(_settings: Settings) -> Any:
        raise EmbeddedServerError("no room")

    found = diagnose_environment({"VOICEBOT_DATA_DIR": str(tmp_path)}, build)

    assert about(found, "database").level is Level.FAIL


def test_the_database_is_closed_afterwards(house):
    environ: Mapping[str, str] = {"VOICEBOT_DATA_DIR": str(house.settings.data_dir)}

    found = diagnose_environment(environ, lambda _settings: house)

    assert house.closed
    assert about(found, "database").level is Level.OK


def test_no_finding_shows_a_secret_and_every_bad_one_says_what_to_do(house, tmp_path):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)} | ACCOUNTS)
    settings = settings.model_copy(update={"public_url": house.settings.public_url})
    refused = provider_error(Outcome.REFUSED)

    found = diagnose(
        replace(
            house,
            settings=settings,
            health=DatabaseAway("x"),
            numbers=refused,
            voices=refused,
            pieces=refused,
        )
    )

    assert "canary" not in str(found)
    assert sum(one.level is Level.FAIL for one in found) >= 5
    assert all(one.do for one in found if one.level is not Level.OK)
