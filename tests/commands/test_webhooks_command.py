"""`webhooks`: telling systems outside of events, trying them, and delivering again."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.command_line import Run, environ, run
from tests.support.servers import remove_rows
from tests.support.webhook_receiver import Receiver, receiving

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]


@pytest.fixture(autouse=True)
def no_webhooks(owner: Any) -> Iterator[None]:
    remove_rows(owner, "webhook_endpoints", "webhook_deliveries")
    yield
    remove_rows(owner, "webhook_endpoints", "webhook_deliveries")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def test_a_webhook_is_added_tried_looked_at_and_removed(run: Run, receiver: Receiver) -> None:
    added = run("webhooks", "add", receiver.url, "--event", "call.ended")
    listed = run("webhooks", "list")
    webhook = json.loads(run("webhooks", "list", "--json")[1])["webhooks"][0]["id"]
    tried = run("webhooks", "test", webhook)
    log = run("webhooks", "log", webhook)
    removed = run("webhooks", "remove", webhook)
    again = run("webhooks", "remove", webhook)

    secret = added[1].splitlines()[-1]
    assert secret.startswith("whsec_") and receiver.is_valid(0, secret)
    assert secret not in listed[1] and "call.ended" in listed[1] and "active" in listed[1]
    assert tried == (0, "The test was taken.\n", "")
    assert "webhook.test" in log[1] and "sent" in log[1]
    assert (removed[0], again[0]) == (0, 1)
    assert "there is no such webhook" in again[2]


def test_a_trial_that_is_not_taken_says_why_and_fails(run: Run, receiver: Receiver) -> None:
    webhook = json.loads(run("webhooks", "add", receiver.url, "--json")[1])["id"]
    receiver.answers = [500, 410]

    failed, gone = run("webhooks", "test", webhook), run("webhooks", "test", webhook)

    assert (failed[0], failed[2]) == (1, "voicebot: the test was not taken: http_500\n")
    assert (gone[0], gone[2]) == (1, "voicebot: the test was not taken: http_410\n")
    assert "off (it answered 410)" in run("webhooks", "list")[1]
    assert run("webhooks", "replay", webhook)[0] == 1
    assert run("webhooks", "enable", webhook)[0] == 0
    assert "active" in run("webhooks", "list")[1]


def test_what_is_over_is_delivered_again_by_filter(run: Run, receiver: Receiver, owner: Any) -> None:
    webhook = json.loads(run("webhooks", "add", receiver.url, "--json")[1])["id"]
    for kind in ("call.ended", "message.received"):
        owner.execute("select private.add_event(%s, 'x', '{}')", [kind])
    owner.execute("update public.webhook_deliveries set state = 'dead', attempts = 8")

    ways = (["--state", "failed"], ["--until", "2020-01-01"], ["--type", "call.ended"], [], [])
    said = [run("webhooks", "replay", webhook, *way)[1] for way in ways]

    assert [line.split()[0] for line in said] == ["0", "0", "1", "1", "0"]


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://10.0.0.1/x", "https://localhost/", "nonsense"]
)
def test_an_address_that_cannot_be_is_refused_with_the_reason(run: Run, url: str) -> None:
    code, out, error = run("webhooks", "add", url)

    assert (code, out) == (2, "")
    assert error.startswith("voicebot: url: expected")


def test_one_that_nobody_has_is_told(run: Run) -> None:
    for words in (["test"], ["replay"], ["remove"], ["enable"]):
        code, _, error = run("webhooks", *words, str(uuid4()))
        assert (code, "there is no such webhook" in error) == (1, True)
    assert run("webhooks", "add", "https://example.com/", "--user", str(uuid4()))[2].endswith(
        "no such user\n"
    )
