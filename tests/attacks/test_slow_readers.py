"""Readers who take nothing of what they asked for: they hold little, for a short time, and everybody else is served."""

import socket
import time
from contextlib import ExitStack

import pytest

from tests.attacks.shapes import head
from tests.support.waiting import wait_for
from voicebot.console.files import MOST_A_SESSION
from voicebot.console.live.hub import MOST_A_SESSION as MOST_STREAMS
from voicebot.limits import ConnectionLimits

pytestmark = [pytest.mark.sql, pytest.mark.timeout(300)]
MORE = 15
PIPELINED = 40
SOON_S = 20.0


def reader(besieged, stack, *, most_bytes=4096):
    """A client whose own side takes next to nothing by itself."""
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, most_bytes)
    client.settimeout(SOON_S)
    client.connect(("127.0.0.1", besieged.stranger.port))
    return client


def asks(path, headers=None):
    told = [f"{name}: {value}".encode() for name, value in (headers or {}).items()]
    return head(f"GET {path} HTTP/1.1".encode(), b"Host: x", *told)


def is_served(besieged):
    began = time.monotonic()
    assert besieged.stranger.asks("GET", "/readyz").status == 200
    assert time.monotonic() - began < SOON_S


def rest_of(client, until=None):
    """What comes until the connection, or with `until` the answer, ends."""
    taken = bytearray()
    try:
        while not (until and until in taken) and (piece := client.recv(65536)):
            taken += piece
    except ConnectionResetError:
        pass
    return bytes(taken)


def test_strangers_who_ask_for_much_and_take_nothing_are_let_go_before_they_crowd_out_the_others(besieged):
    path, most = "/api/v1/openapi.json", ConnectionLimits().most_unsent
    whole = PIPELINED * len(besieged.stranger.asks("GET", path).body)
    with ExitStack() as stack:
        clients = []
        for nth in range(most + MORE):
            client = reader(besieged, stack)
            client.sendall(asks(path) * PIPELINED)
            # Its answer has begun, so its turn is before the next one's.
            client.recv(1)
            clients.append(client)
            if nth % 25 == 0:
                is_served(besieged)
        is_served(besieged)

        assert whole > 4_000_000, "it does not fit between the two sides"
        # Whoever waited for longest was let go, with what had left by then.
        assert all(len(rest_of(client)) < whole // 2 for client in clients[: MORE - 2])
        # Somebody who begins to read has room.
        is_served(besieged)


def test_streams_and_lists_that_nobody_reads_are_few_for_a_session(besieged):
    cookie = besieged.cookie()
    with ExitStack() as stack:
        streams = [reader(besieged, stack) for _ in range(MOST_STREAMS + 2)]
        for client in streams:
            client.sendall(asks("/console/live?page=/console/calls", cookie))
            assert client.recv(12) == b"HTTP/1.1 200"
        began = time.monotonic()
        assert all(b"event: ask" in rest_of(client, b"event: ask") for client in streams[:2])
        assert time.monotonic() - began < SOON_S

        besieged.owner.execute(
            """insert into public.call_history (user_id, organization_id, phone_number, call_sid, call_status, started_at, ended_at, summary)
               select %s, %s, '+12025550123', 'CAslow' || n, 'completed', now() - n * interval '1 s', now(), repeat('words ', 400)
                 from generate_series(1, 2000) n""",
            [besieged.own.one.user_id, besieged.own.one.organization_id],
        )
        lists = [reader(besieged, stack) for _ in range(MOST_A_SESSION)]
        for client in lists:
            client.sendall(asks("/console/calls.csv", cookie))
            assert client.recv(12) == b"HTTP/1.1 200"
        assert besieged.stranger.asks("GET", "/console/calls.csv", cookie).status == 429
        assert besieged.stranger.asks("GET", "/console/calls.csv", besieged.cookie()).status == 200
        is_served(besieged)
        lists[0].close()
        wait_for(
            lambda: besieged.stranger.asks("GET", "/console/calls.csv", cookie).status != 429,
            SOON_S,
            0.2,
            told=lambda: "nobody found out that its reader is gone",
        )
