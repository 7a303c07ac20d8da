"""What a provider tells is believed only with its proof, and only where it fits; it is lost in no outage."""

import json
from typing import Any

import pytest

from tests.services.dialling.led.led_house import (
    NAME,
    SECRET,
    TALK,
    called,
    house,
    report,
)
from tests.support.command_line import environ, run
from voicebot.storage.database import DatabaseAway
from voicebot.storage.spool.flusher import SpoolFlusher
from webhooks.vapi.events import MAX_BODY_BYTES

pytestmark = pytest.mark.sql
__all__ = ["environ", "house", "run"]


class Away:
    """A database that nobody reaches."""

    def call(self, function: str, /, **_: Any) -> Any:
        raise DatabaseAway(function)


@pytest.mark.parametrize(
    "headers", [{}, {"X-Vapi-Secret": ""}, {"X-Vapi-Secret": "other"}, {"Authorization": f"Bearer {SECRET}"}]
)
def test_an_unproven_message_is_refused_and_changes_nothing(house, headers):
    attempt = house.dialled()
    body = json.dumps({"message": report(attempt, "customer-ended-call", *TALK)}).encode()

    assert house.posts(body, headers) == 403

    assert house.attempt(attempt)["state"] == "sent"
    assert house.call(attempt) == {}
    assert house.aside() == []


@pytest.mark.parametrize("headers", [{}, {"X-Vapi-Secret": "other"}])
def test_an_unproven_body_is_not_read(house, headers):
    class Endless:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("it was read")

    answer = house.client.post(
        "/vapi/events",
        headers={"Content-Type": "application/json", **headers},
        environ_overrides={"wsgi.input": Endless(), "CONTENT_LENGTH": "1000"},
    )

    assert answer.status_code == 403


def test_a_body_that_is_too_large_is_refused(house):
    assert house.posts(b" " * (MAX_BODY_BYTES + 1), {"X-Vapi-Secret": SECRET}) == 413


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "0f8fad5b-d9cb-469f-a165-70867728950e"}, "unknown_attempt"),
        ({"customer": {"number": "+13035550199"}}, "other_number"),
        ({"id": "another-call"}, "other_call"),
    ],
)
def test_a_report_that_does_not_fit_is_kept_aside_and_a_person_is_told(house, change, code):
    attempt = house.dialled()

    assert house.reports(attempt, "customer-ended-call", *TALK, call=change) == 200

    assert house.attempt(attempt)["state"] == "sent"
    assert house.call(attempt) == {}
    assert house.aside() == [code]
    assert house.cases() == 1


def test_a_second_call_for_one_attempt_is_seen_by_a_person(house):
    attempt = house.dialled()
    house.reports(attempt, "customer-ended-call", *TALK)
    before = (house.call(attempt), house.attempt(attempt))

    house.reports(attempt, "customer-ended-call", *TALK, call={"id": "second"})

    assert (house.call(attempt), house.attempt(attempt)) == before
    assert house.aside() == ["other_call"]


def test_another_account_s_report_says_nothing_of_an_attempt(house):
    attempt = house.dialled()
    house.owner.execute("update public.call_attempts set account = 'twilio' where id = %s", [attempt.id])

    house.reports(attempt, "customer-ended-call", *TALK)

    assert house.aside() == ["unknown_attempt"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "no_json"),
        (b"{", "no_json"),
        (b"\xff\xfe", "no_json"),
        (b"[" * 100_000, "no_json"),
        (b"null", "no_message"),
        (b'{"message": 5}', "no_message"),
        (b'{"message": {"type": "end-of-call-report"}}', "no_call"),
        (b'{"message": {"type": "status-update", "status": "x", "call": {"id": "c"}}}', "unknown_status"),
    ],
)
def test_a_signed_message_that_makes_no_sense_is_kept_aside(house, body, code):
    assert house.posts(body, {"X-Vapi-Secret": SECRET}) == 200
    assert house.posts(body, {"X-Vapi-Secret": SECRET}) == 200

    assert house.aside() == [code]
    assert house.cases() == 1


def test_an_operator_sees_what_was_kept_aside(house, run):
    house.posts(b"{", {"X-Vapi-Secret": SECRET})

    code, listed, _ = run("escalations", "list")

    assert code == 0
    assert "strange_report" in listed and "no_json" in listed
    assert json.loads(run("escalations", "list", "--json")[1])["escalations"][0]["message"].startswith(NAME)


def test_many_strange_reports_are_one_case(house):
    for place in range(20):
        house.posts(b"%d" % place, {"X-Vapi-Secret": SECRET})

    assert len(house.aside()) == 20
    assert house.cases() == 1


def test_calls_that_somebody_else_makes_with_the_account_are_not_ours(house):
    attempt = house.dialled()

    assert house.reports(attempt, "customer-ended-call", *TALK, call={"name": "from the dashboard"}) == 200

    assert house.call(attempt) == {}
    assert house.aside() == []


def test_words_with_nul_and_half_characters_are_kept(house):
    attempt = house.dialled()

    house.reports(attempt, "customer-ended-call", ("user", "yes\0 \ud83d please"))

    assert house.call(attempt)["said"][0][1].startswith("yes")


@pytest.mark.parametrize("kind", ["hang", "speech-update", "conversation-update", "tool-calls", "x" * 1000])
def test_other_messages_are_acknowledged(house, kind):
    attempt = house.dialled()

    assert house.tells({"type": kind, "status": "ended", "call": called(attempt)}) == 200

    assert house.attempt(attempt)["state"] == "sent"


def test_a_report_waits_in_the_spool_while_the_database_is_away(house):
    attempt = house.dialled()
    facts = house.runtime.facts
    house.runtime.spool.probe()
    reached, facts._database = facts._database, Away()

    assert house.reports(attempt, "customer-ended-call", *TALK) == 200

    facts._database = reached
    SpoolFlusher(house.runtime.spool, house.runtime.database).flush()
    assert house.call(attempt)["call_status"] == "completed"
