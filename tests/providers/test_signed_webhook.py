"""A signed post goes where it was checked to go, waits no longer than it may, and reads nothing."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.webhook_receiver import Receiver, receiving
from voicebot.providers.http.public_hosts import public_addresses
from voicebot.providers.http.signed_webhook import key_of_secret, post_signed, shared_secret, signature
from voicebot.providers.ports import Outcome, ProviderError

CASES = json.loads(
    (Path(__file__).parents[1] / "vectors" / "providers" / "standard_webhooks.json").read_text()
)["cases"]
NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def post(url: str, **options: Any) -> None:
    post_signed(url, message_id="msg_1", at=NOW, body=b'{"a":1}', key=b"k" * 32, **options)


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads a request and does what it likes; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                try:
                    answer(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    thread.join(5)


@pytest.mark.parametrize("case", [case for case in CASES if case["valid"]], ids=lambda case: case["note"])
def test_our_signature_is_among_those_of_each_valid_vector(case: dict[str, Any]) -> None:
    key, body = key_of_secret(case["secret"]), case["body"].encode()

    made = signature(case["webhook-id"], int(case["webhook-timestamp"]), body, key)

    assert made in case["webhook-signature"].split()
    assert shared_secret(key) == case["secret"]


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(receiver: Receiver) -> None:
    asked: list[str] = []

    def once(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.9"]

    port = receiver.url.rpartition(":")[2]
    # Nobody else knows this name: it is reached at all only because nothing but our answer counts.
    post(f"http://hooks.invalid:{port}/x", addresses_of=once)

    assert asked == ["hooks.invalid"]
    [(headers, body)] = receiver.got
    assert (headers["host"], body) == (f"hooks.invalid:{port}", b'{"a":1}')


def test_an_address_that_does_not_answer_leaves_the_next_one(receiver: Receiver) -> None:
    port = receiver.url.rpartition(":")[2]

    post(f"http://hooks.invalid:{port}/x", addresses_of=lambda _: ["127.0.0.77", "127.0.0.1"])

    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (["10.0.0.1"], "closed_address"), (["8.8.8.8", "127.0.0.1"], "closed_address"), (["::1"], "closed_address"),
        (["::ffff:8.8.8.8"], "closed_address"), (["fe80::1%eth0"], "closed_address"), ([], "unknown_host"),
    ],
)  # fmt: skip
def test_one_closed_address_closes_the_host(found: list[str], code: str) -> None:
    with pytest.raises(ProviderError) as failure:
        post("https://example.com/", addresses_of=lambda host: public_addresses("x", host, lambda _: found))

    assert (failure.value.code, failure.value.outcome) == (code, Outcome.NOT_SENT)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "0"])
def test_other_ways_to_write_this_machine_are_closed_too(host: str) -> None:
    with pytest.raises(ProviderError, match=r"closed_address|unknown_host"):
        public_addresses("x", host)


def test_version_4_is_tried_first() -> None:
    found = ["2606:4700::1111", "1.1.1.1"]

    assert public_addresses("x", "example.com", lambda _: found) == ["1.1.1.1", "2606:4700::1111"]


def test_a_proxy_of_the_environment_is_not_asked_where_addresses_are_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    port = receiver.url.rpartition(":")[2]

    post(f"http://hooks.invalid:{port}/x", addresses_of=lambda _: ["127.0.0.1"])

    assert len(receiver.got) == 1


def test_an_answer_that_drips_is_cut_off() -> None:
    def drip(connection: socket.socket) -> None:
        """Slow on purpose: a header each 50 ms."""
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            connection.sendall(b"x: y\r\n")
            time.sleep(0.05)

    with answering(drip) as url:
        began = time.monotonic()
        with pytest.raises(ProviderError) as failure:
            post(url, timeout_s=0.4)

    assert (failure.value.code, failure.value.outcome) == ("timeout", Outcome.UNKNOWN)
    assert time.monotonic() - began < 3


def test_an_endless_body_is_not_read() -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 65536)

    with answering(endless) as url:
        post(url, timeout_s=5)

    # What fits into the buffers of two sockets, and no more.
    assert sent < 50_000_000


def test_a_retry_after_comes_with_the_refusal(receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [429], {"Retry-After": "120"}

    with pytest.raises(ProviderError) as failure:
        post(receiver.url)

    assert (failure.value.code, failure.value.retry_after_s) == ("http_429", 120.0)
