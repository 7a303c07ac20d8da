"""Does a websocket to PUBLIC_WS_URL reach this very service? `doctor` asks, and so does every process that answers calls."""

import socket
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask

from tests.services.doctor.patient import served
from tests.support.accounts import carriers_of
from tests.support.waiting import wait_for
from voicebot.services.doctor.findings import Level
from voicebot.services.doctor.sockets import check_public_sockets
from voicebot.services.sockets_health import (
    PROBE_LIMITS,
    Reached,
    keep_sockets_probed,
    probe_sockets,
    sockets_healthy,
)
from voicebot.sockets.health import SocketsHealth

IMPATIENT = replace(PROBE_LIMITS, connect_within_s=0.3, start_within_s=0.3)


@pytest.mark.parametrize(
    ("change", "reached", "do"),
    [
        ({}, Reached.US, ""),
        ({"twilio_auth_token": "another-token"}, Reached.REFUSAL, "TWILIO_AUTH_TOKEN"),
        ({"secret_key": "another secret key"}, Reached.OTHERS, "SECRET_KEY"),
        ({"public_ws_url": "ws://127.0.0.1:1"}, Reached.NOTHING, "serve"),
        ({"public_ws_url": "wss://no-such-host.invalid"}, Reached.NOTHING, "serve"),
    ],
)
def test_what_is_behind_the_address_of_sockets_is_told_apart(house, change, reached, do):
    settings = house.settings.model_copy(update=change)

    found = check_public_sockets(settings, carriers_of(settings).main)

    assert probe_sockets(settings, settings.twilio_auth_tokens[0]) is reached
    assert found.level is (Level.OK if reached is Reached.US else Level.WARN)
    assert do in found.do
    assert found.subject == "PUBLIC_WS_URL"


def test_a_host_without_sockets_and_one_that_says_nothing_are_told_apart(house):
    with (
        served(lambda _address: Flask("something else")) as address,
        socket.create_server(("127.0.0.1", 0)) as mute,
    ):
        for url, reached in (
            (address.replace("http", "ws"), Reached.NO_SOCKET),
            (f"ws://127.0.0.1:{mute.getsockname()[1]}", Reached.SILENCE),
        ):
            settings = house.settings.model_copy(update={"public_ws_url": url})

            assert probe_sockets(settings, settings.twilio_auth_tokens[0], IMPATIENT) is reached


def test_a_process_knows_before_a_call_comes_whether_sockets_reach_it(house):
    runtime = SimpleNamespace(
        settings=house.settings,
        carriers=house.carriers,
        sockets_health=SocketsHealth(),
        draining=threading.Event(),
    )
    assert not sockets_healthy(runtime)

    stop = keep_sockets_probed(runtime)
    wait_for(lambda: sockets_healthy(runtime))
    stop()


def test_one_failure_is_none_and_two_are():
    health = SocketsHealth()
    seen = []
    for came_through in (False, True, False, True, False, False, True):
        health.note(came_through=came_through)
        seen.append(health.is_good)

    assert seen == [False, True, True, True, True, False, True]
