"""A support bundle: everything that helps, nothing that tells who it was about."""

import io
import json
import logging
import zipfile
from uuid import UUID, uuid4

import pytest

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.services.support.bundle import MOST_BYTES, make_bundle
from voicebot.telemetry.logs import configure_logging

pytestmark = pytest.mark.sql
# Whatever of these stands in a bundle tells of somebody.
SECRETS = [
    "+12025550123", "2025550123", "Leonora", "Vandersloot", "leonora@example.com", "482913", "4829 13", "sk-live-secret-9", "hunter2",
    "Rosebud Lane", "the secret sauce of our house", "+13035550199", "two oh two five five five",
]  # fmt: skip
PLAN = {
    "language": "en-US",
    "number": "+12025550123",
    "person": {"first_name": "Leonora", "last_name": "Vandersloot", "location": "Rosebud Lane"},
    "elsewhere": {"calls": ["Leonora asked for hunter2"]},
    "template": {
        "name": "Leonora's line",
        "version": 3,
        "prompt": "the secret sauce of our house",
        "greeting": "Hello, Leonora",
        "tools": ["take_message"],
        "limits": {"max_duration_s": 600},
        "transfer_to": ["+13035550199"],
        "variables": {"password": "hunter2"},
    },
}


@pytest.fixture
def call(owner):
    """A call full of secrets: (its id, its public id, its CallSid)."""
    sid = f"CA{uuid4().hex}"
    (number, public_id) = owner.execute(
        """insert into public.call_history (phone_number, from_number, to_number, call_sid, direction, call_status, started_at, summary)
           values ('+12025550123', '+12025550123', '+13035550199', %s, 'inbound', 'completed', now(), 'Leonora wants hunter2')
           returning id, public_id""",
        [sid],
    ).fetchone()
    owner.execute(
        "insert into public.call_states (call_id, plan, spent_usd) values (%s, %s, 0.05)",
        [number, json.dumps(PLAN)],
    )
    said = [
        "My name is leonora vandersloot.", "Tell Leonora to call +1 202 555 0123.", "The code is 482913, or 4829 13.",
        "I live in Rosebud Lane, write to leonora@example.com.", "It is two oh two five five five oh one two three.",
    ]  # fmt: skip
    for place, words in enumerate(said):
        owner.execute(
            "insert into public.transcripts (session_id, sequence_number, speaker, content) values (%s, %s, 'caller', %s)",
            [number, place, words],
        )
    owner.execute(
        "select public.keep_tool_use(%s, 1, 'a', 'take_message', %s, true, 'Noted for Leonora: hunter2', 2)",
        [number, json.dumps({"message": "hunter2", "number": "***23"})],
    )
    owner.execute(
        "insert into public.smart_notes (session_id, category, content) values (%s, 'message', 'Leonora: hunter2')",
        [number],
    )
    owner.execute(
        """insert into public.call_commands (call_id, kind, arguments, maker)
           values (%s, 'whisper', '{"text": "Tell Leonora hunter2"}', '+12025550123')""",
        [number],
    )
    return number, public_id, sid


def opened(zipped):
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_none_of_the_secrets_of_a_call_stands_in_its_bundle(runtime, owner, call):
    number, public_id, sid = call
    log = io.StringIO()
    configure_logging(runtime.settings, log)
    logging.getLogger("voicebot.calls").warning(
        "a call of +12025550123 with Bearer sk-live-secret-9: no voice says Leonora Vandersloot",
        extra={"call_id": number, "body": "hunter2", "reason": "sk-live-secret-9"},
    )
    logging.getLogger("voicebot.calls").warning("another call", extra={"call_id": number + 1})

    files = opened(make_bundle(runtime, public_id, THE_OPERATOR))

    everything = "\n".join(files.values()).lower()
    assert [secret for secret in SECRETS if secret.lower() in everything] == []
    setup, logs = json.loads(files["setup.json"]), files["logs.jsonl"].splitlines()
    assert setup["template"]["limits"] == {"max_duration_s": 600} and setup["template"]["version"] == 3
    assert setup["words"]["prompt"]["characters"] == 29
    assert len(json.loads(files["transcript.json"])) == 5
    assert json.loads(files["tools.json"])[0]["arguments"] == ["message", "number"]
    assert json.loads(files["call.json"])["call_sid"] == sid
    (command,) = json.loads(files["commands.json"])
    assert command["kind"] == "whisper" and not {"arguments", "made_by"} & set(command)
    assert len(logs) == 1 and "a call of" in logs[0]


def test_a_bundle_of_the_longest_call_stays_small(runtime, owner, call):
    number, public_id, _ = call
    owner.execute(
        """insert into public.transcripts (session_id, sequence_number, speaker, content)
           select %s, n, 'bot', string_agg(md5(random()::text), ' ') from generate_series(100, 3000) n, generate_series(1, 40) group by n""",
        [number],
    )

    zipped = make_bundle(runtime, public_id, THE_OPERATOR)

    assert len(zipped) <= MOST_BYTES
    assert "call.json" in opened(zipped)


def test_whoever_may_not_see_a_call_gets_no_bundle_of_it(runtime, call):
    _, public_id, _ = call

    assert make_bundle(runtime, public_id, Actor(organization_id=uuid4())) is None
    assert make_bundle(runtime, UUID(int=1), THE_OPERATOR) is None
