"""One row of everything for each of two people, so that what somebody sees can be compared exactly.

`SEEDS` says what stands in each table: a label for each row, and how to make one more like it.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from string import ascii_uppercase
from typing import Any
from uuid import uuid4

from tests.sql.access.access_actors import MEMBERSHIPS, ORGANIZATIONS, PEOPLE, Connection
from tests.sql.access.access_cells import APPEND_ONLY

Row = dict[str, Any]
Make = Callable[["Known"], Row]
LATER = "2030-01-01T00:00:00Z"
TOMORROW = "2030-01-02T00:00:00Z"

# They follow other rows; the seed has its own.
MADE_BY_TRIGGERS = {"inbox_items"}


class Known:
    """Where the rows that were made so far stand: (table, label) -> primary key."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], tuple[Any, ...]] = {}

    def id(self, table: str, label: str) -> Any:
        """Return a row's one-column key."""
        return self.keys[table, label][0]

    def labels(self, table: str) -> dict[tuple[Any, ...], str]:
        """Return the labels of a table's rows by their keys."""
        return {key: label for (name, label), key in self.keys.items() if name == table}


def unique() -> str:
    """Return a word that no other row has."""
    return uuid4().hex


def number() -> str:
    """Return a phone number that no other row has."""
    return f"+1202{uuid4().int % 10**7:07d}"


def _country() -> str:
    return next(_COUNTRIES)


_COUNTRIES = itertools.cycle(f"{one}{two}" for one in ascii_uppercase for two in ascii_uppercase)


def own(**columns: Any) -> dict[str, Make]:
    """Two rows that differ in whose they are; callable values are asked for each row anew."""
    return {name: making(user_id=PEOPLE[name], **columns) for name in ("alice", "bob")}


def making(**columns: Any) -> Make:
    """Make rows of fixed columns; a value that is callable is called, with what is known if it takes that."""

    def make(known: Known) -> Row:
        return {name: value(known) if callable(value) else value for name, value in columns.items()}

    return make


def ref(table: str, label: str) -> Callable[[Known], Any]:
    """Point to another row's key."""
    return lambda known: known.id(table, label)


def fresh(make: Callable[[], str]) -> Callable[[Known], str]:
    """Make a value anew for each row."""
    return lambda _known: make()


def by_call(**columns: Any) -> dict[str, Make]:
    """A row for each of the three calls; `call` names the column that points to it."""
    column = columns.pop("call")
    return {
        label: making(**{column: ref("call_history", label)}, **columns)
        for label in ("alice", "bob", "alice-alone")
    }


def calls() -> dict[str, Make]:
    """Alice's and Bob's calls in their organisations, and one that Alice made for herself."""
    places = {"alice": ("alice", "acme"), "bob": ("bob", "globex"), "alice-alone": ("alice", None)}
    return {
        label: making(
            user_id=PEOPLE[person],
            organization_id=ORGANIZATIONS[place] if place else None,
            phone_number="+12025550123",
            call_sid=fresh(unique),
            call_status="completed",
        )
        for label, (person, place) in places.items()
    }


def queue() -> dict[str, Make]:
    """What waits to be dialled for both, and one of Alice's that is being dialled."""
    rows = own(recipient_number=fresh(number))
    rows["alice-started"] = making(
        user_id=PEOPLE["alice"], recipient_number=fresh(number), status="in-progress"
    )
    return rows


def templates() -> dict[str, Make]:
    """A private template of each, and one that Bob shows to everybody."""
    rows = {name: making(created_by=PEOPLE[name], name=name) for name in ("alice", "bob")}
    rows["bob-public"] = making(created_by=PEOPLE["bob"], name="public", is_public=True)
    return rows


def shown_and_hidden(**columns: Any) -> dict[str, Make]:
    """Two rows of a catalogue, one of them switched off."""
    return {
        "shown": making(is_active=True, **columns),
        "hidden": making(is_active=False, **columns),
    }


TWILIO = ref("call_service_providers", "spare")

# In an order in which each row finds what it points to.
SEEDS: dict[str, Mapping[str, Make]] = {
    "organizations": {
        name: making(id=key, name=fresh(unique), slug=fresh(unique)) for name, key in ORGANIZATIONS.items()
    },
    "organization_members": {
        person: making(organization_id=ORGANIZATIONS[place], user_id=PEOPLE[person], role=role)
        for person, (place, role) in MEMBERSHIPS.items()
    },
    "organization_invitations": {
        name: making(organization_id=key, code_hash=fresh(unique), expires_at=LATER)
        for name, key in ORGANIZATIONS.items()
    },
    "console_links": {
        "link": making(user_id=PEOPLE["alice"], token_hash=fresh(unique), expires_at="2020-01-01")
    },
    "console_sessions": {
        "session": making(
            user_id=PEOPLE["alice"],
            token_hash=fresh(unique),
            signed_in_by="link",
            expires_at="2020-01-01",
        )
    },
    "console_tries": {"tries": making(subject=fresh(unique), tries=1, since=LATER)},
    "saved_views": {"kept": making(user_id=PEOPLE["alice"], page="calls", name="mine", query="q=x")},
    "erasures": {"proof": making(kind="person", leftover={})},
    "audit_log": {"done": making(user_id=PEOPLE["alice"], action="member.invited")},
    "examinations": {"last": making(asked_at=LATER)},
    "phone_links": own(phone_number=fresh(number), verified=True),
    "preferences": own(language="en"),
    "user_profiles": own(first_name="A"),
    "onboarding_messages": own(phone_number=fresh(number), message_type="welcome", content="hello"),
    "call_service_providers": {"spare": making(name=fresh(unique), type="voice")},
    "voice_options": shown_and_hidden(provider_id=TWILIO, voice_id=fresh(unique), name="V", language="en"),
    "call_templates": templates(),
    "call_template_versions": {
        name: making(template_id=ref("call_templates", name), version=1, content="{}")
        for name in ("alice", "bob", "bob-public")
    },
    "provider_phone_numbers": shown_and_hidden(
        provider_id=TWILIO,
        phone_id=fresh(unique),
        country_code="1",
        area_code="202",
        phone_number="5550100",
        full_number="+12025550100",
    ),
    "number_connections": {
        "connected": making(number_id=ref("provider_phone_numbers", "shown"), before="{}", registered="{}")
    },
    "user_phone_numbers": own(
        provider_id=TWILIO,
        country_code="1",
        area_code="202",
        phone_number="5550123",
        full_number=fresh(number),
    ),
    "call_queue": queue(),
    "call_attempts": {
        name: making(
            call_queue_id=ref("call_queue", name), kind="talk", attempt_number=1, to_number=fresh(number)
        )
        for name in ("alice", "bob")
    },
    "dialling_accounts": {"twilio": making(account=fresh(unique))},
    "provider_breakers": {"breaker": making(provider=ref("dialling_accounts", "twilio"))},
    "provider_seconds": {"second": making(provider=ref("dialling_accounts", "twilio"), second=LATER)},
    "call_accounts": {"call": making(call_sid=fresh(unique), account=fresh(unique))},
    "campaigns": own(name="spring"),
    "campaign_figures": {
        "report": making(campaign_id=ref("campaigns", "alice"), counted_at=LATER, figures="{}")
    },
    "calling_hours": {"somewhere": making(country=fresh(_country), week="{}")},
    "dialling_rules": {"rules": making(scope=fresh(unique))},
    "dialling_load": {"load": making(subject=fresh(unique))},
    "dialling_lanes": {"lane": making(lane=fresh(lambda: str(uuid4())), due_at=LATER)},
    "call_series": own(
        rule="FREQ=DAILY",
        starts_at="2035-01-01",
        zone="UTC",
        recipient_number=fresh(number),
        purpose="asked_for",
    ),
    "held_people": {"held": making(phone_number=fresh(number), until=LATER, reason="on holiday")},
    "caller_bindings": {"bound": making(person=fresh(number), account="twilio", number=fresh(number))},
    "number_days": {"today": making(number=fresh(number), day=LATER)},
    "number_health": {"red": making(number=fresh(number), red_at=LATER)},
    "incidents": {"open": making(kind="number_red", subject=fresh(unique), reason="seen", opened_at=LATER)},
    "figure_spans": {
        "day": making(grain="day", began=LATER, scope=fresh(lambda: str(uuid4())), dimension="all")
    },
    "figure_rolls": {"day": making(grain="day", began=LATER, rolled_at=LATER)},
    "usage_days": {
        "day": making(
            began=LATER,
            scope="00000000-0000-0000-0000-000000000000",
            product="calls in",
            currency="USD",
            count=1,
            unpriced=0,
        )
    },
    "alert_rules": {"rule": making(name=fresh(unique), kind="count", threshold=5)},
    "alert_firings": {"firing": making(rule_id=ref("alert_rules", "rule"), fired_at=LATER)},
    "call_history": calls(),
    "call_tags": by_call(call="call_id", tag=fresh(unique)),
    "person_tags": {
        name: making(organization_id=key, phone_number=fresh(number), tag="vip")
        for name, key in ORGANIZATIONS.items()
    },
    "bulk_actions": own(request_key=fresh(unique), object_type="call", action="export", state="done"),
    "bulk_items": {
        "row": making(bulk_id=ref("bulk_actions", "alice"), nth=1, object_id=fresh(lambda: str(uuid4())))
    },
    "transcripts": by_call(call="session_id", content="hello", speaker="caller"),
    "summaries": by_call(call="session_id", tldr="short"),
    "smart_notes": by_call(call="session_id", category="message", content="call me"),
    "call_states": by_call(call="call_id", plan="{}"),
    "call_turns": by_call(
        call="call_id", turn=0, input="[]", token=fresh(lambda: str(uuid4())), lease_until=LATER
    ),
    "call_turn_parts": by_call(call="call_id", turn=0, part=0),
    "call_tool_uses": by_call(call="call_id", gen=1, tool_id="a", name="end_call"),
    "call_turn_documents": by_call(call="call_id", turn=0, document=0, body="<Response/>", parts_served=1),
    "call_streams": by_call(
        call="call_id",
        token_hash=fresh(lambda: uuid4().hex * 2),
        transport="relay",
        expires_at=LATER,
    ),
    "call_speech_spans": by_call(call="call_id", side="caller", began_at=LATER, ended_at=LATER),
    "call_commands": by_call(call="call_id", kind="end", maker="operator"),
    "call_audio_tokens": by_call(
        call="call_id",
        token_hash=fresh(lambda: uuid4().hex * 2),
        session_id=ref("console_sessions", "session"),
        maker="operator",
        talks=False,
        expires_at=LATER,
    ),
    "call_speculations": by_call(
        call="call_id", turn=0, words="digest", sequence=1, token=fresh(lambda: str(uuid4()))
    ),
    # The trigger has made those of calls that are over.
    "call_search": by_call(call="call_id", began_at=LATER, words="", facets="{}"),
    "machines": {"process": making(machine=fresh(unique), role="web", calls=0)},
    "conversations": own(channel="sms", customer_identifier=fresh(number), our_number="+12025550100"),
    "support_escalations": own(reason="human_requested"),
    "inbox_items": own(
        id=fresh(lambda: str(uuid4())), kind="call_back", call_queue_id=ref("call_queue", "alice")
    ),
    "inbox_notes": {"note": making(item_id=ref("inbox_items", "alice"), content="call them")},
    "inbox_drafts": {"draft": making(item_id=ref("inbox_items", "alice"), state="asked")},
    "email_notifications": {
        "mail": making(
            kind="test", to_address="operator@example.com", subject="A test", request_key=fresh(unique)
        )
    },
    "events": {"event": making(type="conversation.escalated", subject="thread")},
    "webhook_endpoints": own(url="https://example.com/hook", secret="sealed", event_types="{call.ended}"),
    "webhook_deliveries": {
        "delivery": making(
            event_id=ref("events", "event"), endpoint_id=ref("webhook_endpoints", "alice"), state="sent"
        )
    },
    "parked_statuses": {"parked": making(message_sid=fresh(unique), status="sent")},
    "suppression_lifts": {"lifted": making(phone_number=fresh(number), observed_at=LATER)},
    "sms_history": own(
        phone_number="+12025550123", message_sid=fresh(unique), direction="inbound", content="hi"
    ),
    "webhook_events": {
        "event": making(source="twilio", event_id=fresh(unique), event_type="status:completed")
    },
    "ai_decisions": {
        name: making(
            user_id=PEOPLE[name],
            text_id=ref("sms_history", name),
            decision="respond",
            reason="The model answered.",
        )
        for name in ("alice", "bob")
    },
    "suppressions": {"stopped": making(phone_number=fresh(number), reason="STOP")},
    "blocked_callers": {"blocked": making(number=fresh(number))},
    "caller_counters": {"counter": making(kind="calls", subject=fresh(number))},
    "daily_spending": {"spent": making(purse="inbound", day=LATER, share=fresh(lambda: int(number()[-4:])))},
    "consents": own(
        phone_number="+12025550123", purpose="calls", state="granted", channel="call", wording_version="1"
    ),
    "verifications": own(
        phone_number=fresh(number), purpose="login", channel="sms", nonce=fresh(unique), expires_at=LATER
    ),
    "verification_sends": {
        name: making(verification_id=ref("verifications", name), channel="sms") for name in ("alice", "bob")
    },
    "verification_counters": {
        "counter": making(
            action="send", scope="number", subject=fresh(number), window_s=60, window_start=LATER
        )
    },
    "api_keys": own(name=fresh(unique), key_hash=fresh(unique), key_prefix="vb_1"),
    "subscription_plans": {
        "basic": making(name="basic", price=5, interval="monthly"),
    },
    "user_subscriptions": own(
        plan_id=ref("subscription_plans", "basic"),
        status="active",
        current_period_start=LATER,
        current_period_end=TOMORROW,
    ),
    "user_call_usage": own(billing_period_start=LATER, billing_period_end=TOMORROW),
}


def seed(connection: Connection) -> Known:
    """Put the people and all their rows into the database, in place of whatever the tables held."""
    known = Known()
    for table in [name for name in reversed(SEEDS) if name not in APPEND_ONLY]:
        connection.execute(f"delete from public.{table}")
    for name, key in PEOPLE.items():
        connection.execute(
            "insert into auth.users (id, email, aud, role) values (%s, %s, 'authenticated', 'authenticated')",
            [key, f"{name}@example.com"],
        )
    for table, makers in SEEDS.items():
        if table in MADE_BY_TRIGGERS:
            connection.execute(f"delete from public.{table}")
        for label, make in makers.items():
            known.keys[table, label] = insert(connection, table, make(known), primary_key(connection, table))
    return known


def insert(connection: Connection, table: str, row: Row, returning: list[str]) -> tuple[Any, ...]:
    """Insert one row and return the columns asked for (none: an empty tuple)."""
    columns = ", ".join(f'"{name}"' for name in row)
    slots = ", ".join("%s" for _ in row)
    words = f"insert into public.{table} ({columns}) values ({slots})"
    if not returning:
        connection.execute(words, [as_text(value) for value in row.values()])
        return ()
    back = ", ".join(f'"{name}"' for name in returning)
    made = connection.execute(f"{words} returning {back}", [as_text(value) for value in row.values()])
    return made.fetchone() or ()


def as_text(value: Any) -> Any:
    """Let lists and dicts be jsonb."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def primary_key(connection: Connection, table: str) -> list[str]:
    """Name the columns of a table's primary key, in their order."""
    rows = connection.execute(
        """select a.attname from pg_index i
             join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
            where i.indrelid = %s::regclass and i.indisprimary
            order by array_position(i.indkey::int2[], a.attnum)""",
        [f"public.{table}"],
    )
    return [name for (name,) in rows.fetchall()]
