"""Tell systems outside what happened: events leave from here and from nowhere else.

A delivery carries one name in every try (`webhook-id`), by which the receiver knows a repetition. So a try of which nobody
knows how it ended is made again, unlike one of a text or a call.
"""

import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.domain.loopback import is_loopback
from voicebot.domain.operators.webhook import EVENT_TYPES, TEST, body_of, rest_s, retry_in_s, webhook_id
from voicebot.domain.public_address import public_url
from voicebot.providers.http.public_hosts import Resolve, public_addresses, resolve
from voicebot.providers.http.signed_webhook import PROVIDER, key_of_secret, post_signed, shared_secret
from voicebot.runtime import Runtime
from voicebot.services.hand_over import Claimed, Outbox, Refused, Try, hand_over, hand_over_due
from voicebot.storage import webhooks
from voicebot.storage.credentials import Unreadable, seal, unseal
from voicebot.storage.webhooks import Delivery, Finish

GONE = "http_410"
SEALED = "secret_unreadable"
KEY_BYTES = 32


class BadEndpoint(Exception):
    """An endpoint cannot be like this; `field` and the words say why."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class World:
    """What tests replace: names of hosts, the clock of the database, chance."""

    resolve: Resolve = resolve
    at: Callable[[], datetime | None] = lambda: None
    scatter: Callable[[], float] = random.random


THE_WORLD = World()


def deliver_webhooks(runtime: Runtime, world: World = THE_WORLD) -> int:
    """Claim the delivery that is due and post it; return 0 when there was none. Raises DatabaseAway."""
    return hand_over_due(_outbox(runtime, world))


def add_endpoint(
    runtime: Runtime,
    url: str,
    event_types: Sequence[str] = (),
    *,
    user_id: UUID | None = None,
    organization: str | None = None,
    actor: Actor = THE_OPERATOR,
) -> tuple[webhooks.Row, str]:
    """Store a new endpoint and return it with its secret, which is shown this once; an empty list of types means all.

    It gets the events of the actor's organization, or of the one with that id or slug, or of the whole service. Raises
    BadEndpoint, WebhookRefused.
    """
    try:
        public_url(url, here=runtime.settings.offline)
    except ValueError as error:
        raise BadEndpoint("url", str(error)) from None
    types = checked_types(event_types)
    secret = shared_secret(secrets.token_bytes(KEY_BYTES))
    row = webhooks.add_endpoint(
        runtime.database,
        url,
        secret=seal(runtime.settings.sealing_key, secret),
        event_types=types,
        user_id=user_id,
        organization=organization,
        actor=actor,
    )
    return row, secret


def checked_types(event_types: Sequence[str]) -> list[str]:
    """Return the types in order, all of them if there is none. Raises BadEndpoint."""
    if not set(event_types) <= set(EVENT_TYPES):
        raise BadEndpoint("event_types", f"expected types of these: {', '.join(EVENT_TYPES)}")
    return sorted(set(event_types) or EVENT_TYPES)


def try_endpoint(runtime: Runtime, endpoint_id: UUID) -> tuple[bool, str | None]:
    """Post a test now, once, and return whether it was taken and else why not. Raises WebhookRefused."""
    token, outbox = uuid4(), _outbox(runtime, THE_WORLD)
    _, delivery = webhooks.make_test(
        runtime.database, endpoint_id, token=token, lease_s=runtime.limits.events.lease_s
    )
    assert delivery is not None  # It was made with a token.
    handover, _ = hand_over(outbox, delivery, token)
    return handover.outcome is HandoverOutcome.SENT, handover.error


def _outbox(runtime: Runtime, world: World) -> Outbox[Delivery]:
    limits = runtime.limits.events

    def claim(token: UUID) -> Claimed[Delivery]:
        row = webhooks.claim(runtime.database, token=token, lease_s=limits.lease_s, at=world.at())
        return Claimed([row] if row else [])

    def finish(row: Delivery, token: UUID, handover: Handover) -> str | None:
        came = came_of(row, handover, world.scatter())
        return webhooks.finish(runtime.database, row.id, token=token, came=came, at=world.at())

    return Outbox(
        name="webhook",
        provider="webhooks",
        operation="post",
        lease_s=limits.lease_s,
        longest_try_s=limits.longest_post_s,
        finishing=limits.finish,
        key=lambda row: row.id,
        claim=claim,
        prepare=lambda row: _prepared(runtime, row, world),
        finish=finish,
    )


def came_of(row: Delivery, handover: Handover, scatter: float) -> Finish:
    """Return the result of a try: delivered, the end of the endpoint, or the time of the next try."""
    if handover.outcome is HandoverOutcome.SENT:
        return Finish("sent")
    if handover.error == GONE:
        return Finish("gone", GONE)
    wait_s = handover.retry_after_s
    again = None if row.type == TEST else retry_in_s(row.attempts, wait_s, scatter)
    return Finish("failed", handover.error, again, rest_s(row.failures, wait_s))


def _prepared(runtime: Runtime, row: Delivery, world: World) -> Try:
    try:
        key = key_of_secret(unseal(runtime.settings.sealing_key, row.secret))
    except Unreadable:
        raise Refused(SEALED) from None
    here = runtime.settings.offline and is_loopback(row.url)
    options: dict[str, Any] = {
        "message_id": webhook_id(row.id),
        "body": body_of(row.type, row.happened_at.astimezone(UTC), row.data),
        "key": key,
        "timeout_s": runtime.limits.events.answer_s,
        "addresses_of": None if here else partial(public_addresses, PROVIDER, resolve=world.resolve),
    }

    def post() -> Handover:
        post_signed(row.url, at=runtime.now(), **options)
        return Handover(HandoverOutcome.SENT)

    return post
