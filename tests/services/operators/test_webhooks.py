"""Events reach systems outside, signed, in the end and under one name, and a system that is dead harms no other."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.services.operators.webhook_desk import (
    Clock,
    clock,
    deliveries,
    happens,
    no_webhooks,
    receiver,
    states,
)
from tests.support.webhook_receiver import Receiver
from voicebot.domain.operators.webhook import DELAYS_S, EVENT_TYPES, MOST_TRIES
from voicebot.runtime import Runtime
from voicebot.services.operators import webhooks as service
from voicebot.services.operators.webhooks import add_endpoint, deliver_webhooks
from voicebot.storage import webhooks
from voicebot.storage.webhooks import Replay, WebhookRefused
from voicebot.worker.loops import product_loops

pytestmark = pytest.mark.sql
__all__ = ["clock", "no_webhooks", "receiver"]
NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


# --- what is posted -------------------------------------------------------------------------------


def test_an_event_is_posted_once_signed_with_the_secret_that_was_shown(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, secret = add_endpoint(runtime, f"{receiver.url}/hook")
    happens(owner, user_id=None, reason="human_requested")

    assert [deliver_webhooks(runtime, clock.world) for _ in range(3)] == [1, 0, 0]

    [(headers, body)] = receiver.got
    event = json.loads(body)
    [row] = deliveries(runtime, endpoint)
    assert receiver.is_valid(0, secret)
    assert headers["webhook-id"] == f"msg_{row['id'].replace('-', '')}"
    assert event["type"] == "conversation.escalated"
    assert event["data"] == {"user_id": None, "reason": "human_requested"}
    assert event["timestamp"].endswith("Z")
    assert row["state"] == "sent"


def test_the_secret_is_kept_sealed_and_shown_once(runtime: Runtime, owner: Any, receiver: Receiver) -> None:
    endpoint, secret = add_endpoint(runtime, receiver.url)

    (kept,) = owner.execute("select secret from public.webhook_endpoints").fetchone()
    assert secret.startswith("whsec_") and secret not in kept
    assert "secret" not in endpoint
    assert "secret" not in webhooks.show_endpoint(runtime.database, endpoint["id"])


def test_each_endpoint_gets_what_it_asked_for_alone(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    calls, _ = add_endpoint(runtime, f"{receiver.url}/calls", ["call.ended"])
    every, _ = add_endpoint(runtime, f"{receiver.url}/all")
    for kind in EVENT_TYPES:
        happens(owner, kind)
    happens(owner, "conversation.ai_mode")

    while deliver_webhooks(runtime, clock.world):
        pass

    assert [row["type"] for row in deliveries(runtime, calls)] == ["call.ended"]
    assert sorted(row["type"] for row in deliveries(runtime, every)) == sorted(EVENT_TYPES)


def test_an_endpoint_of_a_user_hears_of_that_user_alone(
    runtime: Runtime, owner: Any, receiver: Receiver
) -> None:
    user = runtime.database.call("ensure_user", phone="+12025550177")["user_id"]
    endpoint, _ = add_endpoint(runtime, receiver.url, user_id=user)

    happens(owner, user_id=str(user))
    happens(owner, user_id="00000000-0000-4000-a000-00000000cafe")
    happens(owner)

    assert len(deliveries(runtime, endpoint)) == 1


# --- what fails -----------------------------------------------------------------------------------


def test_a_day_of_failures_is_eight_tries_under_one_name_and_then_a_dead_letter(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, secret = add_endpoint(runtime, receiver.url)
    happens(owner)
    receiver.answers = [500, 503, 400, 404, 302, 401, 500, 500]
    began = clock.now

    for delay in (*DELAYS_S, 0.0):
        assert deliver_webhooks(runtime, clock.world) == 1
        # Not a moment before its time.
        clock.passes(delay - 0.001)
        assert deliver_webhooks(runtime, clock.world) == 0
        clock.passes(0.001)
        clock.passes(max(0.0, 900.0 - delay) if delay < 900 else 0.0)

    assert states(runtime, endpoint) == [("dead", MOST_TRIES, "http_500")]
    assert len(receiver.got) == MOST_TRIES == 8
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert all(receiver.is_valid(place, secret) for place in range(8))
    assert clock.now - began < timedelta(hours=24.5)


def test_each_try_has_a_timestamp_of_its_own(
    make_runtime: Callable[..., Runtime], owner: Any, receiver: Receiver, clock: Clock
) -> None:
    runtime = make_runtime(now=lambda: clock.now)
    _, secret = add_endpoint(runtime, receiver.url)
    happens(owner)
    receiver.answers = [500]

    deliver_webhooks(runtime, clock.world)
    clock.passes(30)
    deliver_webhooks(runtime, clock.world)

    first, second = (int(headers["webhook-timestamp"]) for headers, _ in receiver.got)
    assert second - first == 30
    assert receiver.is_valid(1, secret)


def test_410_switches_the_endpoint_off_and_ends_what_waits(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    for _ in range(3):
        happens(owner)
    receiver.answers = [410]

    assert [deliver_webhooks(runtime, clock.world) for _ in range(2)] == [1, 0]
    happens(owner)

    shown = webhooks.show_endpoint(runtime.database, endpoint["id"])
    assert (shown["active"], shown["disabled_reason"]) == (False, "gone")
    assert sorted(states(runtime, endpoint)) == [
        ("failed", 0, "endpoint_gone"), ("failed", 0, "endpoint_gone"), ("failed", 1, "http_410"),
    ]  # fmt: skip
    with pytest.raises(WebhookRefused, match="not_active"):
        webhooks.replay(runtime.database, endpoint["id"], Replay())
    webhooks.set_endpoint(runtime.database, endpoint["id"], active=True)
    assert webhooks.replay(runtime.database, endpoint["id"], Replay()) == 3
    while deliver_webhooks(runtime, clock.world):
        pass
    assert [state for state, _, _ in states(runtime, endpoint)] == ["sent"] * 3


@pytest.mark.parametrize("status", [429, 503])
def test_an_endpoint_that_asks_for_a_pause_gets_it_for_all_its_deliveries(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock, status: int
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    happens(owner)
    happens(owner)
    receiver.answers, receiver.headers = [status], {"Retry-After": "1200"}

    deliver_webhooks(runtime, clock.world)
    clock.passes(1199)
    assert deliver_webhooks(runtime, clock.world) == 0
    clock.passes(2)
    assert [deliver_webhooks(runtime, clock.world) for _ in range(3)] == [1, 1, 0]

    assert [state for state, _, _ in states(runtime, endpoint)] == ["sent", "sent"]


def test_a_redirect_is_not_followed(runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    happens(owner)
    receiver.answers = [307]

    deliver_webhooks(runtime, clock.world)

    assert len(receiver.got) == 1
    assert states(runtime, endpoint) == [("generated", 1, "http_307")]


def test_who_died_between_post_and_finish_is_followed_by_a_post_of_the_same_name(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    happens(owner)

    class Killed(BaseException):
        pass

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "finish", dies)
        with pytest.raises(Killed):
            deliver_webhooks(runtime, clock.world)
    assert states(runtime, endpoint) == [("sending", 1, None)]
    clock.passes(runtime.limits.events.lease_s - 1)
    assert deliver_webhooks(runtime, clock.world) == 0
    clock.passes(2)
    assert deliver_webhooks(runtime, clock.world) == 1

    assert len(receiver.got) == 2
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert states(runtime, endpoint) == [("sent", 2, None)]


def test_a_holder_that_comes_too_late_changes_nothing(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    happens(owner)
    late, token = uuid4(), uuid4()
    held = webhooks.claim(runtime.database, token=late, lease_s=10, at=clock.now)
    assert held is not None
    clock.passes(11)
    again = webhooks.claim(runtime.database, token=token, lease_s=10, at=clock.now)

    assert again is not None and again.id == held.id
    assert webhooks.claim(runtime.database, token=token, lease_s=10, at=clock.now) == again
    assert webhooks.finish(runtime.database, held.id, token=late, came=service.Finish("sent")) is None
    assert states(runtime, endpoint)[0][0] == "sending"


def test_two_workers_post_each_event_once(
    make_runtime: Callable[..., Runtime], owner: Any, receiver: Receiver, clock: Clock
) -> None:
    first, second = make_runtime(), make_runtime()
    endpoint, _ = add_endpoint(first, receiver.url)
    for number in range(20):
        happens(owner, number=number)

    def works(runtime: Runtime) -> None:
        idle = 0
        while idle < 20 and len(receiver.got) < 20:
            idle = 0 if deliver_webhooks(runtime, clock.world) else idle + 1

    threads = [threading.Thread(target=works, args=(one,)) for one in (first, second, first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(json.loads(body)["data"]["number"] for _, body in receiver.got) == list(range(20))
    assert {state for state, _, _ in states(first, endpoint)} == {"sent"}


def test_a_dead_endpoint_holds_two_places_and_no_other_waits_for_it(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    dead = [add_endpoint(runtime, f"http://127.0.0.1:9/{place}")[0] for place in range(3)]
    for _ in range(5):
        happens(owner)
    # It was known before: its deliveries are older than all others.
    taken = [webhooks.claim(runtime.database, token=uuid4(), lease_s=60, at=clock.now) for _ in range(10)]
    held = [one for one in taken if one is not None]
    assert len(held) == 2 * len(dead)
    for endpoint in dead:
        owner.execute("update public.webhook_endpoints set failures = 5 where id = %s", [endpoint["id"]])
    owner.execute(
        """update public.webhook_deliveries set state = 'generated', token = null where id in (
               select id from public.webhook_deliveries where state = 'sending' limit 5)"""
    )
    alive, _ = add_endpoint(runtime, receiver.url)
    happens(owner)
    clock.now = datetime.now(UTC) + timedelta(seconds=5)

    ailing = [webhooks.claim(runtime.database, token=uuid4(), lease_s=60, at=clock.now) for _ in range(4)]

    # One was held already; one more of those that fail, then the one that answers, then nobody.
    assert [one and one.url for one in ailing][1:] == [receiver.url, None, None]
    assert ailing[0] is not None and ailing[0].url.startswith("http://127.0.0.1:9/")
    assert len(deliveries(runtime, alive)) == 1


def test_a_team_whose_systems_are_slow_to_answer_delays_itself_alone_and_one_that_is_suspended_is_told_nothing(
    runtime: Runtime, owner: Any, clock: Clock
) -> None:
    for team, places in (("slow", 3), ("other", 1)):
        made = owner.execute(
            "insert into public.organizations (name, slug) values (%(name)s, %(name)s) returning id",
            {"name": f"{team}-{uuid4().hex}"},
        ).fetchone()
        for place in range(places):
            endpoint, _ = add_endpoint(
                runtime, f"http://127.0.0.1:9/{team}/{place}", organization=str(made[0])
            )
            for _ in range(2):
                webhooks.make_test(runtime.database, endpoint["id"])
    clock.passes(1)

    taken = [webhooks.claim(runtime.database, token=uuid4(), lease_s=60, at=clock.now) for _ in range(4)]

    # What came first is posted first, and then whoever waits behind all that the first team has.
    assert [one and one.url.split("/")[3] for one in taken] == ["slow", "other", "slow", "other"]
    owner.execute("update public.organizations set is_active = false where slug like 'slow-%'")
    assert webhooks.claim(runtime.database, token=uuid4(), lease_s=60, at=clock.now) is None
    owner.execute("update public.organizations set is_active = true where slug like 'slow-%'")
    assert webhooks.claim(runtime.database, token=uuid4(), lease_s=60, at=clock.now) is not None


def test_an_endpoint_that_fails_rests_ever_longer_and_is_well_after_one_success(
    runtime: Runtime, owner: Any, receiver: Receiver, clock: Clock
) -> None:
    endpoint, _ = add_endpoint(runtime, receiver.url)
    for _ in range(4):
        happens(owner)
    receiver.answers = [500, 500, 500]

    for rest in (5, 10, 20):
        assert deliver_webhooks(runtime, clock.world) == 1
        clock.passes(rest - 0.01)
        assert deliver_webhooks(runtime, clock.world) == 0
        clock.passes(0.02)
    assert deliver_webhooks(runtime, clock.world) == 1

    assert webhooks.show_endpoint(runtime.database, endpoint["id"])["failures"] == 0


def test_the_worker_posts_events_and_is_not_woken_for_each_text() -> None:
    [kind] = [one for one in product_loops() if one.work is deliver_webhooks]

    assert (kind.hinted, kind.at_once) == (False, 4)
    assert kind.poll_s <= 1
