"""Slow clients: a thousand half requests on a running house, and everybody else served as before."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.chaos.signed import post
from tests.house import CALLER, NUMBER, House
from tests.support.waiting import wait_for

pytestmark = pytest.mark.chaos

HALF_OPEN, TRIES = 1000, 150
ALL_CLOSED_WITHIN_S = 30.0
QUICK_S = 0.025
"""What is below it is the machine and not the clients: twice of nothing is nothing."""
SIGNATURE = b"X-Twilio-Signature: " + b"A" * 27 + b"=\r\n"
KINDS = (
    b"",
    b"POST /twilio/sms HTTP/1.1\r\nHost: x\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    b"POST /twilio/sms HTTP/1.1\r\nHost: x\r\n" + SIGNATURE + b"Content-Length: 100\r\n\r\na=",
    b"POST /twilio/sms HTTP/1.1\r\nHost: x\r\n"
    + SIGNATURE
    + b"Transfer-Encoding: chunked\r\n\r\n2\r\na=\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n",
)


@pytest.fixture
def half_open(house: House) -> Iterator[list[socket.socket]]:
    """As many half requests as one machine of an attacker holds, and opens again when they are closed."""
    with ExitStack() as stack:
        yield [stack.enter_context(half_request(house, KINDS[n % len(KINDS)])) for n in range(HALF_OPEN)]


def address(house: House) -> tuple[str, int]:
    parts = urlsplit(house.url)
    return str(parts.hostname), int(parts.port or 80)


def half_request(house: House, sent: bytes) -> socket.socket:
    client = socket.create_connection(address(house), timeout=10)
    client.sendall(sent)
    return client


def p99_s(house: House) -> float:
    """The time that all but one in a hundred texts take that a carrier delivers."""
    took = []
    for _ in range(TRIES):
        form = {
            "MessageSid": f"SM{uuid4().hex}", "AccountSid": house.settings.twilio_account_sid,
            "MessageStatus": "sent", "From": NUMBER, "To": CALLER,
        }  # fmt: skip
        began = time.perf_counter()
        assert post(house, "/twilio/sms/status", form).status_code < 300
        took.append(time.perf_counter() - began)
    return sorted(took)[int(TRIES * 0.99) - 1]


def is_closed(client: socket.socket) -> bool:
    client.settimeout(0.0)
    try:
        while client.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def test_a_thousand_half_requests_slow_nobody_down_and_are_gone_in_half_a_minute(
    house: House, request: pytest.FixtureRequest
) -> None:
    kept = http.client.HTTPConnection(*address(house), timeout=10)
    kept.request("GET", "/healthz")
    kept.getresponse().read()
    before = p99_s(house)

    began = time.monotonic()
    clients: list[socket.socket] = request.getfixturevalue("half_open")
    meanwhile = p99_s(house)
    # One of the six kinds is a whole request first: what follows it is half as well.
    wait_for(lambda: all(map(is_closed, clients)), ALL_CLOSED_WITHIN_S - (time.monotonic() - began), 0.2)

    print(f"p99 before {before * 1000:.1f} ms, meanwhile {meanwhile * 1000:.1f} ms")
    assert meanwhile < 2 * max(before, QUICK_S)
    # A client that asks in time keeps its connection all the while.
    kept.request("GET", "/healthz")
    assert kept.getresponse().status == 200
