"""Keys get whole numbers, since programs need them: whoever read some, or was refused, stands in the audit log."""

import typing
from types import SimpleNamespace
from uuid import uuid4

import pytest
from pydantic import BaseModel

from tests.api.people import make_owned
from voicebot.api.authentication import KeyHolder
from voicebot.api.records.noted import REMEMBERED, Noted
from voicebot.api.table import ROUTES
from voicebot.domain.access.api_key import prefix_of
from voicebot.storage.database import DatabaseAway

NUMBERS = {"phone_number", "to_number", "from_number", "call_back_number", "to", "number"}
"""What a field with somebody's number is called."""
NO_PERSONS = {
    # Numbers of ours, counts, places in a series, and what is masked.
    "addCallCommand", "listCallCommands", "showCallRecord", "showQueueStanding", "showNumberHours", "listNumbers",
    "clearNumber", "assignNumber", "showNumbersHealth", "importOnboardings",
    # Hours: from and to.
    "listTemplates", "makeTemplate", "showTemplate", "changeTemplate", "publishTemplate", "showTemplateVersion",
    "restoreTemplateVersion",
    # The number is what was asked with.
    "startVerification", "sendMessage", "addSuppression", "liftSuppression", "addBlock", "removeBlock", "holdPerson", "releasePerson",
    "queueCall", "subscribe", "changeSubscription", "endSubscription",
}  # fmt: skip


def fields_of(model, seen):
    if model in seen:
        return
    seen.add(model)
    for name, field in model.model_fields.items():
        yield name
        kinds = [field.annotation]
        while kinds:
            kind = kinds.pop()
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields_of(kind, seen)
            kinds.extend(typing.get_args(kind))


def test_every_route_that_tells_numbers_of_people_is_put_on_record():
    telling = set()
    for route in ROUTES:
        models = [one.model for status, one in route.answers.items() if one.model and status < 300]
        if NUMBERS & {name for model in models for name in fields_of(model, set())}:
            telling.add(route.operation_id)
    noted = {route.operation_id for route in ROUTES if route.noted}

    assert telling - noted == NO_PERSONS & telling
    assert telling >= NO_PERSONS


@pytest.mark.sql
def test_a_list_of_numbers_is_on_record_once_with_the_key_and_its_address(
    api, key, runtime, module_owner, make_api_key, app
):
    make_owned(runtime, module_owner)
    for _ in range(3):
        assert api.get("/api/v1/calls").status_code == 200
        assert api.get("/api/v1/queue").status_code == 200
    other = app.test_client()
    other.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {make_api_key(role='integrator')}"
    for _ in range(2):
        assert other.get("/api/v1/conversations").status_code == 403

    noted = module_owner.execute(
        """select l.action, l.object_type, l.object_id, l.address, l.after ->> 'key' = k.id::text
             from public.audit_log l join public.api_keys k on k.id::text = l.after ->> 'key'
            where k.key_prefix = %s or l.action = 'route.denied' order by l.id""",
        [prefix_of(key)],
    ).fetchall()
    assert noted == [
        ("numbers.listed", "call", "", "127.0.0.1", True),
        ("numbers.listed", "entry", "", "127.0.0.1", True),
        ("route.denied", "route", "listConversations", "127.0.0.1", True),
    ]


@pytest.mark.sql
def test_who_blocks_a_number_is_on_record_with_its_last_digits(api, module_owner):
    assert api.post("/api/v1/blocks", json={"number": "+13035550147"}).status_code == 201

    noted = module_owner.execute(
        "select object_id, after ? 'key' from public.audit_log where action = 'person.blocked'"
    )
    assert noted.fetchall() == [("…147", True)]


@pytest.mark.sql
def test_what_is_done_is_answered_as_done_though_the_record_of_it_cannot_be_written(
    api, runtime, monkeypatch, caplog
):
    def call(function, **params):
        if function == "note_audit":
            raise DatabaseAway
        return database.call(function, **params)

    database = runtime.database
    monkeypatch.setattr(runtime, "database", SimpleNamespace(call=call))

    answer = api.post("/api/v1/queue", json={"to": "+13035550142", "purpose": "asked_for"})

    # Whoever hears that it is not done asks a second time.
    assert answer.status_code == 201
    assert "what a key did is not on record" in caplog.text


def test_the_database_is_asked_once_in_ten_minutes_and_what_is_remembered_is_bounded():
    asked, now = [], [0.0]
    database = SimpleNamespace(call=lambda function, **params: asked.append(params["object_id"]) or {})
    noted, holder = Noted(lambda: now[0]), KeyHolder(uuid4(), "robot", "operator")

    for at in (0.0, 1.0, 599.0, 600.0):
        now[0] = at
        noted.note(database, holder, "numbers.listed", "call", "")
    for thing in range(REMEMBERED + 5):
        noted.note(database, holder, "number.read", "entry", str(thing))

    assert asked[:2] == ["", ""] and len(asked) == 2 + REMEMBERED + 5
    assert len(noted._at) == REMEMBERED
