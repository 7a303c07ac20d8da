"""What happens becomes an event with ids and facts, for whoever wants to hear of it, and for nobody else."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.texts.texting import Texting, someone
from tests.support.servers import remove_rows
from voicebot.domain.operators.webhook import EVENT_TYPES

pytestmark = pytest.mark.sql
SECRETS = ("please call", "123456", "+1202555")


class House:
    """Makes things happen, and says which events that made."""

    def __init__(self, database: Any, owner: Any) -> None:
        self.database, self.owner = database, owner

    def hears(self, *kinds: str, active: bool = True) -> UUID:
        """Add a system that wants to be told."""
        (made,) = self.owner.execute(
            """insert into public.webhook_endpoints (url, secret, event_types, active)
               values ('https://example.com/hook', 'sealed', %s, %s) returning id""",
            [list(kinds), active],
        ).fetchone()
        return UUID(str(made))

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what was made, and that each is delivered."""
        rows = self.owner.execute(
            """select e.type, e.payload from public.events e join public.webhook_deliveries d on d.event_id = e.id
                order by e.id"""
        ).fetchall()
        return [(kind, payload) for kind, payload in rows]

    def call(self) -> str:
        """A call comes in and is over."""
        sid = f"CA{uuid4().hex}"
        for status in ("in-progress", "completed", "completed"):
            self.database.call(
                "record_call_status", call_sid=sid, status=status, direction="inbound", from_number=someone(),
                to_number="+12025550100", duration_s=12,
            )  # fmt: skip
        return sid

    def attempt(self) -> UUID:
        """A dial of ours was taken by the carrier."""
        (entry,) = self.owner.execute(
            """insert into public.call_queue (user_id, recipient_number, purpose)
               values (%s, %s, 'asked_for') returning id""",
            [self.person()[0], someone()],
        ).fetchone()
        (attempt,) = self.owner.execute(
            """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, call_sid)
               values (%s, 'talk', 1, %s, 'sent', %s) returning id""",
            [entry, someone(), f"CA{uuid4().hex}"],
        ).fetchone()
        return UUID(str(attempt))

    def person(self) -> tuple[UUID, str]:
        """Somebody whom we know."""
        number = someone()
        return UUID(self.database.call("ensure_user", phone=number)["user_id"]), number


@pytest.fixture
def house(texting: Texting) -> House:
    remove_rows(texting.owner, "webhook_endpoints", "webhook_deliveries")
    texting.owner.execute("delete from public.suppressions")
    return House(texting.database, texting.owner)


def approve(house: House) -> None:
    person, number = house.person()
    (one,) = house.owner.execute(
        """insert into public.verifications (phone_number, purpose, channel, nonce, expires_at)
           values (%s, 'api', 'sms', 'n', now() + interval '5 minutes') returning id""",
        [number],
    ).fetchone()
    with house.owner.transaction():
        house.owner.execute(
            "update public.verifications set status = 'approved', used_at = now() where id = %s", [one]
        )
        # As checks do it: whose number it is now is written last.
        house.owner.execute("update public.verifications set user_id = %s where id = %s", [person, one])


def onboard(house: House) -> None:
    person, _ = house.person()
    house.owner.execute(
        "update public.user_profiles set onboarding_status = 'completed' where user_id = %s", [person]
    )


def stop(house: House) -> None:
    _, number = house.person()
    for _ in range(2):
        house.database.call("suppress", number=number, scope="all", reason="STOP")


def dial(house: House) -> UUID:
    attempt = house.attempt()
    with house.owner.transaction():
        house.owner.execute(
            "update public.call_attempts set state = 'done', ended_at = now() where id = %s", [attempt]
        )
        house.owner.execute(
            "update public.call_attempts set transport_result = 'completed', answered_by = 'voicemail' where id = %s",
            [attempt],
        )
    return attempt


def judge(house: House) -> None:
    house.owner.execute(
        """update public.call_attempts set goal = 'reached', goal_evidence = 'Yes, nine.', answered_by = 'human'
            where id = %s""",
        [dial(house)],
    )


def go_wrong(house: House) -> None:
    """Nobody is there to dial, and then somebody is."""
    for _ in range(2):
        house.owner.execute("select private.open_incident('no_worker', 'worker', 'No worker is there.')")
    for _ in range(2):
        house.owner.execute("select private.close_incident('no_worker', 'worker')")


HAPPENINGS: dict[str, tuple[Any, dict[str, Any]]] = {
    "call.ended": (House.call, {"direction": "inbound", "status": "completed", "duration_s": 12}),
    "call.attempted": (dial, {"transport": "completed", "answered_by": "voicemail", "state": "done", "attempt": 1}),
    "call.judged": (judge, {"goal": "reached", "goal_evidence": "Yes, nine.", "answered_by": "human"}),
    "message.received": (lambda house: Texting(house.database, house.owner).receive("please call 123456"), {"channel": "sms"}),
    "person.suppressed": (stop, {"scope": "all", "reason": "STOP"}),
    "verification.approved": (approve, {"purpose": "api", "channel": "sms"}),
    "onboarding.completed": (onboard, {}),
    "incident.opened": (go_wrong, {"kind": "no_worker", "subject": "worker", "closed_at": None}),
    "incident.closed": (go_wrong, {"kind": "no_worker", "subject": "worker", "reason": "No worker is there."}),
    "conversation.escalated": (
        lambda house: house.owner.execute("select private.add_event('conversation.escalated', 'x', '{\"reason\": \"y\"}')"),
        {"reason": "y"},
    ),
    "alert.fired": (
        lambda house: house.owner.execute("select private.add_event('alert.fired', 'x', '{\"kind\": \"count\"}')"),
        {"kind": "count"},
    ),
    "alert.resolved": (
        lambda house: house.owner.execute("select private.add_event('alert.resolved', 'x', '{\"kind\": \"count\"}')"),
        {"kind": "count"},
    ),
    "call.escalated": (
        lambda house: house.owner.execute("select private.add_event('call.escalated', 'x', '{\"reason\": \"y\"}')"),
        {"reason": "y"},
    ),
}  # fmt: skip


def test_every_kind_of_event_happens_here() -> None:
    assert set(HAPPENINGS) == set(EVENT_TYPES)


@pytest.mark.parametrize("kind", sorted(HAPPENINGS))
def test_what_happens_is_told_once_with_facts_and_without_words(house: House, kind: str) -> None:
    happen, facts = HAPPENINGS[kind]
    house.hears(kind)

    happen(house)

    [(told, payload)] = house.told()
    assert told == kind
    assert facts.items() <= payload.items()
    assert [secret for secret in SECRETS if secret in json.dumps(payload)] == []


@pytest.mark.parametrize(
    "kind", ["verification.approved", "person.suppressed", "onboarding.completed", "call.attempted"]
)
def test_it_is_told_whose_it_is(house: House, kind: str) -> None:
    house.hears(kind)

    HAPPENINGS[kind][0](house)

    [(_, payload)] = house.told()
    assert payload["user_id"] is not None or kind == "call.attempted"


# These are rows whoever hears them: pages and texts tell them too.
ASKED_OF_ALL = {"conversation.escalated", "call.escalated", "alert.fired", "alert.resolved"}


@pytest.mark.parametrize("kind", sorted(set(HAPPENINGS) - ASKED_OF_ALL))
def test_without_anybody_who_wants_it_there_is_no_row(house: House, kind: str) -> None:
    house.hears("conversation.escalated")
    house.hears(kind, active=False)

    HAPPENINGS[kind][0](house)

    assert house.told() == []
    assert house.owner.execute("select count(*) from public.events where type = %s", [kind]).fetchone() == (
        0,
    )


def test_what_is_rolled_back_is_told_to_nobody(house: House) -> None:
    house.hears("onboarding.completed")
    person, _ = house.person()

    with house.owner.transaction(force_rollback=True):
        house.owner.execute(
            "update public.user_profiles set onboarding_status = 'completed' where user_id = %s", [person]
        )

    assert house.told() == []


def test_a_repeated_delivery_of_a_text_is_told_once(house: House, texting: Texting) -> None:
    house.hears("message.received")
    sid = f"SM{uuid4().hex}"

    for _ in range(2):
        texting.receive("hello", message_sid=sid)

    [(_, payload)] = house.told()
    assert payload["message_sid"] == sid


def test_events_go_with_their_time_and_deliveries_with_them(house: House) -> None:
    house.hears("onboarding.completed")
    onboard(house)
    house.owner.execute("update public.events set created_at = now() - interval '91 days'")

    house.database.call("sweep_records")

    assert house.owner.execute("select count(*) from public.webhook_deliveries").fetchone() == (0,)


def test_the_number_of_a_stop_is_told_and_kept_in_no_event(house: House) -> None:
    house.hears("person.suppressed")
    stop(house)

    claimed = house.database.call("claim_webhook", token=uuid4(), lease_s=30.0)["delivery"]

    assert claimed["data"]["phone_number"].startswith("+1202")
    assert "phone_number" not in house.told()[0][1]


def test_an_administrator_who_writes_straight_into_the_table_makes_the_event_too(house: House) -> None:
    house.hears("onboarding.completed")
    person, _ = house.person()

    with house.owner.transaction():
        house.owner.execute(
            "select set_config('request.jwt.claims', %s, true)",
            [json.dumps({"sub": str(person), "app_metadata": {"role": "admin"}})],
        )
        house.owner.execute("set local role authenticated")
        house.owner.execute(
            "update public.user_profiles set onboarding_status = 'completed' where user_id = %s", [person]
        )

    assert [kind for kind, _ in house.told()] == ["onboarding.completed"]
