"""Where an event may be posted to, how it is tried, and how it is posted again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.services.operators.webhook_desk import Clock, clock, happens, no_webhooks, receiver, states
from tests.support.webhook_receiver import Receiver
from voicebot.runtime import Runtime
from voicebot.services.operators import webhooks as service
from voicebot.services.operators.webhooks import BadEndpoint, World, add_endpoint, deliver_webhooks
from voicebot.storage import webhooks
from voicebot.storage.webhooks import Replay, WebhookRefused

pytestmark = pytest.mark.sql
__all__ = ["clock", "no_webhooks", "receiver"]


# --- where it may go ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://localhost/", "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/",
        "https://[::ffff:8.8.8.8]/", "https://169.254.169.254/latest", "https://metadata.google.internal/",
        "https://user:pass@example.com/", "https://example.com/#x", "https://2130706433/", "https://0x7f.1/",
        "https://127.1/", "ftp://example.com/", "https:///x", "https://intranet/", "https://exa mple.com/",
        "https://example.com\\@10.0.0.1/", "http://127.0.0.2/", "http://localhost:8080/", "", "https://exämple.com/",
    ],
)  # fmt: skip
def test_an_endpoint_that_cannot_be_public_is_refused_when_it_is_added(runtime: Runtime, url: str) -> None:
    with pytest.raises(BadEndpoint):
        add_endpoint(runtime, url)

    assert webhooks.endpoints_page(runtime.database).rows == []


def test_a_house_with_accounts_posts_to_nothing_on_this_machine(
    make_runtime: Callable[..., Runtime], owner: Any, receiver: Receiver, clock: Clock, runtime: Runtime
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    real = make_runtime(settings=runtime.settings.model_copy(update={"offline": False}))
    happens(owner)

    with pytest.raises(BadEndpoint):
        add_endpoint(real, receiver.url)
    deliver_webhooks(real, clock.world)

    assert receiver.got == []
    assert states(runtime, endpoint) == [("generated", 1, "closed_address")]


@pytest.mark.parametrize(
    "answers", [["10.0.0.5"], ["93.184.216.34", "169.254.169.254"], ["::ffff:93.184.216.34"], []]
)
def test_a_name_that_leads_into_a_closed_network_is_never_connected_to(
    runtime: Runtime, owner: Any, clock: Clock, answers: list[str]
) -> None:
    endpoint, _ = add_endpoint(runtime, "https://hooks.example.com/")
    happens(owner)

    deliver_webhooks(runtime, World(lambda _: answers, clock.world.at, clock.world.scatter))

    code = "closed_address" if answers else "unknown_host"
    assert states(runtime, endpoint) == [("generated", 1, code)]


# --- a trial, and again ---------------------------------------------------------------------------


def test_a_trial_is_posted_at_once_and_once(runtime: Runtime, receiver: Receiver, clock: Clock) -> None:
    endpoint, secret = add_endpoint(runtime, receiver.url, ["call.ended"])
    receiver.answers = [204, 500]

    assert service.try_endpoint(runtime, endpoint["id"]) == (True, None)
    assert service.try_endpoint(runtime, endpoint["id"]) == (False, "http_500")
    clock.passes(100_000)

    assert deliver_webhooks(runtime, clock.world) == 0
    assert receiver.is_valid(0, secret)
    assert states(runtime, endpoint) == [("sent", 1, None), ("dead", 1, "http_500")]


def test_what_is_over_is_posted_again_by_filter_under_its_old_name(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    for kind in ("call.ended", "call.ended", "message.received"):
        happens(owner, kind)
    while deliver_webhooks(runtime, clock.world):
        pass
    owner.execute(
        """update public.webhook_deliveries set state = 'dead', sent_at = null where id in (
               select d.id from public.webhook_deliveries d join public.events e on e.id = d.event_id
                where e.type = 'call.ended' order by d.id limit 1)"""
    )
    now = datetime.now(UTC)
    nothing = [
        Replay(state="failed"), Replay(type="call.escalated"), Replay(until=now - timedelta(hours=1)),
        Replay(since=now + timedelta(hours=1)), Replay(state="dead", type="message.received"),
    ]  # fmt: skip

    assert [webhooks.replay(runtime.database, endpoint["id"], wanted) for wanted in nothing] == [0] * 5
    assert webhooks.replay(runtime.database, endpoint["id"], Replay(state="dead")) == 1
    while deliver_webhooks(runtime, clock.world):
        pass
    assert webhooks.replay(runtime.database, endpoint["id"], Replay(type="call.ended")) == 2
    while deliver_webhooks(runtime, clock.world):
        pass

    names = [headers["webhook-id"] for headers, _ in receiver.got]
    assert len(names) == 6 and len(set(names)) == 3


def test_an_endpoint_that_is_removed_is_told_nothing_more(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    happens(owner)

    webhooks.remove_endpoint(runtime.database, endpoint["id"])

    assert deliver_webhooks(runtime, clock.world) == 0
    with pytest.raises(WebhookRefused, match="unknown_endpoint"):
        webhooks.show_endpoint(runtime.database, endpoint["id"])


def test_a_secret_that_another_key_sealed_is_tried_again_and_seen(
    runtime: Runtime, make_runtime: Callable[..., Runtime], owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    happens(owner)
    other = make_runtime(settings=runtime.settings.model_copy(update={"credentials_key": "x" * 32}))

    deliver_webhooks(other, clock.world)
    clock.passes(30)
    deliver_webhooks(runtime, clock.world)

    assert states(runtime, endpoint) == [("sent", 2, None)]
