"""`doctor` on a sound house, and on one with a fault at a time."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, redirect
from werkzeug.serving import make_server

from voicebot.providers.own_address import post_form
from voicebot.providers.ports import (
    ModelDone,
    Outcome,
    ProviderError,
    ProviderNumber,
    ProviderVoice,
    TextDelta,
)
from voicebot.services import doctor_outside
from voicebot.services.doctor import check_settings, diagnose, diagnose_environment
from voicebot.services.findings import Finding, Level
from voicebot.services.gather_urls import number_urls
from voicebot.settings import Settings, load_settings
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.embedded import EmbeddedServerError
from voicebot.storage.migrate import SQL_FOLDER
from webhooks.guard import twilio_blueprint

MIGRATIONS = sorted(path.name for path in (SQL_FOLDER / "migrations").glob("*.sql"))
HEALTH = {
    "server_version": "18.1",
    "migrations": {"applied": len(MIGRATIONS), "latest": MIGRATIONS[-1]},
    "jobs": {"due": 0, "oldest_due_s": 0, "failed": 0, "workers": 1, "heartbeat_age_s": 3.2},
}
ACCOUNTS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "canary-token",
    "TWILIO_PHONE_NUMBER": "+12025550100",
    "OPENAI_API_KEY": "canary-openai",
    "ELEVENLABS_API_KEY": "canary-elevenlabs",
    "SECRET_KEY": "canary-secret-key",
    "CREDENTIALS_KEY": "canary-credentials",
}


@dataclass
class House:
    """A runtime whose every part can be given a fault: a value to answer with or an exception to raise."""

    settings: Settings
    health: Any = field(default_factory=lambda: HEALTH)
    numbers: Any = None
    voices: Any = field(default_factory=lambda: [ProviderVoice("21m00Tcm4TlvDq8ikWAM", "Rachel", "en")])
    pieces: Any = field(default_factory=lambda: [TextDelta("ok"), ModelDone("stop", "m")])
    closed: bool = False

    @property
    def database(self) -> Any:
        return SimpleNamespace(call=lambda _name: answer(self.health), close=self.close)

    @property
    def telephony(self) -> Any:
        ours = ProviderNumber("PN1", self.settings.twilio_phone_number, **number_urls(self.settings))
        return SimpleNamespace(list_numbers=lambda: answer([ours] if self.numbers is None else self.numbers))

    @property
    def voice(self) -> Any:
        return SimpleNamespace(list_voices=lambda: answer(self.voices))

    @property
    def model(self) -> Any:
        def stream(_request: object) -> Iterator[Any]:
            yield from answer(self.pieces)

        return SimpleNamespace(stream=stream)

    def close(self) -> None:
        self.closed = True


def answer(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


@contextmanager
def served(build: Callable[[str], Flask]) -> Iterator[str]:
    """The address of an app that is really served while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = make_server("127.0.0.1", port, build(address), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def service(settings: Settings) -> Flask:
    app = Flask("service")
    app.extensions["voicebot"] = SimpleNamespace(settings=settings)
    blueprint = twilio_blueprint("statuses", "/twilio/voice")
    blueprint.add_url_rule("/status", "status", lambda: "taken", methods=["POST"])
    app.register_blueprint(blueprint)
    return app


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    def settings_at(address: str) -> Settings:
        return load_settings({"PUBLIC_URL": address, "VOICEBOT_DATA_DIR": str(tmp_path / "data")})

    with served(lambda address: service(settings_at(address))) as address:
        yield House(settings_at(address))


def about(found: list[Finding], subject: str) -> Finding:
    """The worst finding about a subject."""
    order = [Level.FAIL, Level.WARN, Level.OK]
    return min((one for one in found if one.subject == subject), key=lambda one: order.index(one.level))


def test_a_sound_house_has_only_good_findings(house):
    found = diagnose(house)

    assert {one.level for one in found} == {Level.OK}
    assert [one.subject for one in found] == [
        "settings",
        "data folder",
        "database",
        "migrations",
        "worker",
        "Twilio",
        "OpenAI",
        "ElevenLabs",
        "numbers",
        "PUBLIC_URL",
    ]


def provider_error(outcome: Outcome) -> ProviderError:
    return ProviderError("provider", "code", outcome)


def health_with(part: str, **changes: Any) -> dict[str, Any]:
    return HEALTH | {part: HEALTH[part] | changes}


@pytest.mark.parametrize(
    ("fault", "subject", "level", "what", "do"),
    [
        ({"health": DatabaseAway("x")}, "database", Level.FAIL, "cannot be reached", "SUPABASE_DB_URL"),
        ({"health": DatabaseBug("health", "42883")}, "database", Level.FAIL, "42883", "migrate"),
        ({"health": health_with("migrations", applied=1)}, "migrations", Level.FAIL, "1 of", "migrate"),
        (
            {"health": health_with("migrations", latest="9999_x.sql")},
            "migrations",
            Level.FAIL,
            "does not know",
            "newer",
        ),
        ({"health": health_with("jobs", heartbeat_age_s=None)}, "worker", Level.WARN, "never", "worker"),
        ({"health": health_with("jobs", heartbeat_age_s=61.0)}, "worker", Level.WARN, "61 s", "worker"),
        ({"health": health_with("jobs", oldest_due_s=90, due=4)}, "jobs", Level.WARN, "4 wait", "log"),
        ({"health": health_with("jobs", failed=2)}, "jobs", Level.WARN, "2 have failed", "log"),
        ({"numbers": provider_error(Outcome.REFUSED)}, "Twilio", Level.FAIL, "refuses", "TWILIO_AUTH_TOKEN"),
        ({"numbers": provider_error(Outcome.NOT_SENT)}, "Twilio", Level.FAIL, "reached", "simulator"),
        ({"numbers": []}, "numbers", Level.FAIL, "not the account's", "TWILIO_PHONE_NUMBER"),
        ({"pieces": provider_error(Outcome.REFUSED)}, "OpenAI", Level.FAIL, "refuses", "OPENAI_API_KEY"),
        ({"pieces": provider_error(Outcome.UNKNOWN)}, "OpenAI", Level.FAIL, "no clear answer", "status page"),
        ({"pieces": []}, "OpenAI", Level.FAIL, "empty", "OPENAI_MODEL"),
        (
            {"voices": provider_error(Outcome.REFUSED)},
            "ElevenLabs",
            Level.FAIL,
            "refuses",
            "ELEVENLABS_API_KEY",
        ),
        ({"voices": []}, "ElevenLabs", Level.WARN, "no voice", "ELEVENLABS_VOICE_ID"),
    ],
)
def test_a_fault_is_found_and_says_what_to_do(house, fault, subject, level, what, do):
    found = about(diagnose(replace(house, **fault)), subject)

    assert found.level is level
    assert what in found.what
    assert do in found.do


@pytest.mark.parametrize("name", ["voice_url", "voice_fallback_url", "status_callback"])
def test_a_number_that_lost_its_retries_is_found(house, name):
    urls = number_urls(house.settings)
    urls[name] = urls[name].partition("#")[0]
    number = ProviderNumber("PN1", house.settings.twilio_phone_number, **urls)

    found = about(diagnose(replace(house, numbers=[number])), "numbers")

    assert found.level is Level.FAIL
    assert f"{name} should be" in found.what
    assert "numbers sync" in found.do


def test_another_number_of_the_account_that_leads_elsewhere_is_only_mentioned(house):
    ours = ProviderNumber("PN1", house.settings.twilio_phone_number, **number_urls(house.settings))
    other = ProviderNumber("PN2", "+12025550177", voice_url="https://other.example/voice")

    found = diagnose(replace(house, numbers=[ours, other]))

    assert [one.level for one in found if one.subject == "numbers"] == [Level.OK, Level.WARN]


def test_a_provider_that_never_answers_does_not_hold_up_the_others(house, monkeypatch):
    monkeypatch.setattr(doctor_outside, "PATIENCE_S", 0.2)
    released = threading.Event()
    slow = SimpleNamespace(list_voices=lambda: released.wait(10) and [])
    runtime = SimpleNamespace(
        settings=house.settings,
        telephony=house.telephony,
        model=house.model,
        voice=slow,
        database=house.database,
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


# --- the public address ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "what", "do"),
    [
        ({"twilio_auth_token": "another-token"}, "refuses our signature", "TWILIO_AUTH_TOKEN"),
        ({"secret_key": "another secret key"}, "another service", "SECRET_KEY"),
    ],
)
def test_a_service_with_other_secrets_behind_the_address_is_found(house, change, what, do):
    other = house.settings.model_copy(update=change)

    found = doctor_outside.check_public_address(other)

    assert found.level is Level.FAIL
    assert what in found.what
    assert do in found.do


def test_a_service_that_believes_in_another_address_is_found(house, tmp_path):
    elsewhere = load_settings(
        {"PUBLIC_URL": "https://elsewhere.example", "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
    )
    with served(lambda _address: service(elsewhere)) as address:
        found = doctor_outside.check_public_address(house.settings.model_copy(update={"public_url": address}))

    assert found.level is Level.FAIL
    assert "PUBLIC_URL" in found.do


def leading_elsewhere(_address: str) -> Flask:
    app = Flask("redirecting")
    app.add_url_rule(
        "/<path:_path>", "away", lambda _path: redirect("https://h.example/x?a=1", 301), methods=["POST"]
    )
    return app


@pytest.mark.parametrize(
    ("build", "what"),
    [(leading_elsewhere, "301 to https://h.example/x"), (lambda _address: Flask("empty"), "404")],
)
def test_something_else_behind_the_address_is_found(house, build, what):
    with served(build) as address:
        found = doctor_outside.check_public_address(house.settings.model_copy(update={"public_url": address}))

    assert found.level is Level.FAIL
    assert what in found.what
    assert "?a=1" not in found.what


def test_an_address_where_nothing_listens_is_found(house):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
        found = doctor_outside.check_public_address(house.settings.model_copy(update={"public_url": nowhere}))

    assert (found.level, found.what) == (Level.FAIL, f"nothing answers at {nowhere[7:]}")


def test_an_address_that_says_nothing_is_given_up():
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(ProviderError) as failure:
            post_form(f"http://127.0.0.1:{mute.getsockname()[1]}", {"a": "b"}, {}, timeout_s=0.2)

    assert (failure.value.code, failure.value.outcome) == ("no-answer", Outcome.UNKNOWN)


# --- settings -------------------------------------------------------------------------------------


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
