"""`doctor` and the public address: does a signed request come back from this very service?"""

import socket

import pytest
from flask import Flask, redirect

from tests.services.doctor.patient import served, service
from tests.support.accounts import carriers_of
from voicebot.providers.http.own_address import post_form
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.doctor.findings import Finding, Level
from voicebot.services.doctor.outside import check_public_address
from voicebot.settings import Settings, load_settings


def asked(settings: Settings) -> Finding:
    return check_public_address(settings, carriers_of(settings).main)


@pytest.mark.parametrize(
    ("change", "what", "do"),
    [
        ({"twilio_auth_token": "another-token"}, "refuses our signature", "TWILIO_AUTH_TOKEN"),
        ({"twilio_auth_token": "another-token"}, "refuses our signature", "voicebot --demo doctor"),
        ({"secret_key": "another secret key"}, "another service", "SECRET_KEY"),
    ],
)
def test_a_service_with_other_secrets_behind_the_address_is_found(house, change, what, do):
    other = house.settings.model_copy(update=change)

    found = asked(other)

    assert found.level is Level.FAIL
    assert what in found.what
    assert do in found.do


def test_a_service_that_believes_in_another_address_is_found(house, tmp_path):
    elsewhere = load_settings(
        {"PUBLIC_URL": "https://elsewhere.example", "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
    )
    with served(lambda _address: service(elsewhere)) as address:
        found = asked(house.settings.model_copy(update={"public_url": address}))

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
        found = asked(house.settings.model_copy(update={"public_url": address}))

    assert found.level is Level.FAIL
    assert what in found.what
    assert "?a=1" not in found.what


def test_an_address_where_nothing_listens_is_found(house):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
        found = asked(house.settings.model_copy(update={"public_url": nowhere}))

    assert (found.level, found.what) == (Level.FAIL, f"nothing answers at {nowhere[7:]}")


def test_an_address_that_says_nothing_is_given_up():
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        with pytest.raises(ProviderError) as failure:
            post_form(f"http://127.0.0.1:{mute.getsockname()[1]}", {"a": "b"}, {}, timeout_s=0.2)

    assert (failure.value.code, failure.value.outcome) == ("no-answer", Outcome.UNKNOWN)
