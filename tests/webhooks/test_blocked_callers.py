"""A blocked caller is refused before anything is paid for, and a blocked number's text is taken like any other."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.templates.kept_drafts import kept_draft
from tests.support.apps import app_of
from tests.support.providers import InstantVoice, ScriptedModel
from tests.webhooks.conftest import NUMBER, Sender, verbs
from tests.webhooks.refusals import Counted, arrives
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services.calls.summarise import summarise_call
from voicebot.services.templates import edit
from voicebot.storage import blocks

pytestmark = pytest.mark.sql
NUISANCE = "+12025550188"


@pytest.fixture(autouse=True)
def nobody_is_blocked(owner: Connection) -> None:
    owner.execute("delete from public.blocked_callers")


def row(owner: Connection, sid: str) -> tuple[Any, ...]:
    found = owner.execute(
        "select end_reason, call_status, from_number from public.call_history where call_sid = %s", [sid]
    ).fetchone()
    assert found is not None
    return found


def test_a_phrase_is_spoken_and_the_call_ends(sender: Sender, owner: Connection) -> None:
    blocks.block_caller(sender.runtime.database, NUISANCE)
    sid = f"CA{uuid4().hex}"

    answer = arrives(sender, NUISANCE, sid)

    assert verbs(answer) == ["Say", "Hangup"]
    assert ElementTree.fromstring(answer.data).findtext("Say") == phrase(Phrase.CALL_REFUSED)
    assert row(owner, sid) == ("blocked", "in-progress", NUISANCE)


def test_the_phrase_is_in_the_language_of_the_number(sender: Sender, owner: Connection) -> None:
    blocks.block_caller(sender.runtime.database, NUISANCE)
    kept = kept_draft(sender.runtime, CallTemplate.model_validate({"name": "Laden", "languages": ["de-DE"]}))
    edit.publish(sender.runtime, kept)
    owner.execute(
        """insert into public.provider_phone_numbers (
               full_number, country_code, area_code, phone_number, is_active, template_id, provider_id)
           select %s, '1', '202', '5550100', true, %s, id from public.call_service_providers limit 1""",
        [NUMBER, kept.id],
    )

    answer = arrives(sender, NUISANCE, f"CA{uuid4().hex}")
    owner.execute("update public.call_history set phone_number_id = null")
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [NUMBER])

    said = ElementTree.fromstring(answer.data).find("Say")
    assert said is not None
    assert (said.text, said.attrib["language"]) == (phrase(Phrase.CALL_REFUSED, "de-DE"), "de-DE")


def test_a_call_is_rejected_where_the_block_says_so(sender: Sender, owner: Connection) -> None:
    blocks.block_caller(sender.runtime.database, NUISANCE, answer="reject")
    sid = f"CA{uuid4().hex}"

    answer = arrives(sender, NUISANCE, sid)

    # Any other first verb would pick up (handbook 2.2).
    assert verbs(answer) == ["Reject"]
    assert row(owner, sid)[:2] == ("blocked", "ringing")


@pytest.mark.parametrize("answer", ["phrase", "reject"])
def test_one_round_trip_no_model_and_no_voice(
    make_runtime: Callable[..., Runtime],
    runtime: Runtime,
    model: ScriptedModel,
    voice: InstantVoice,
    answer: str,
) -> None:
    blocks.block_caller(runtime.database, NUISANCE, answer=answer)
    counted = Counted(runtime.database)
    sender = Sender(app_of(make_runtime(database=counted)).test_client(), runtime)

    arrives(sender, NUISANCE)

    assert counted.calls == ["begin_gather_call"]
    assert (model.requests, voice.spoken) == ([], [])


def test_the_check_is_no_round_trip_of_its_own(
    make_runtime: Callable[..., Runtime], runtime: Runtime
) -> None:
    counted = Counted(runtime.database)
    sender = Sender(app_of(make_runtime(database=counted)).test_client(), runtime)

    arrives(sender, "+12025550187")

    assert counted.calls[0] == "begin_gather_call"
    assert not [name for name in counted.calls if "block" in name]


@pytest.mark.parametrize(
    "sent", ["anonymous", "Anonymous", "unknown", "RESTRICTED", "", "+266696687", "+7378742833"]
)
def test_withheld_callers_are_refused_together(sender: Sender, sent: str) -> None:
    blocks.block_caller(sender.runtime.database, "anonymous")

    assert verbs(arrives(sender, sent)) == ["Say", "Hangup"]
    assert "Gather" in verbs(arrives(sender, "+12025550187"))


@pytest.mark.parametrize("sent", ["2025550188", "(202) 555-0188", "+1 202 555 0188", "12025550188"])
def test_a_number_is_refused_however_a_carrier_writes_it(sender: Sender, sent: str) -> None:
    blocks.block_caller(sender.runtime.database, NUISANCE)

    assert verbs(arrives(sender, sent)) == ["Say", "Hangup"]


def test_a_number_that_we_dial_is_talked_with(sender: Sender) -> None:
    blocks.block_caller(sender.runtime.database, NUISANCE)

    answer = sender.post(
        "/twilio/voice/outbound",
        CallSid=f"CA{uuid4().hex}", From=NUMBER, To=NUISANCE, Direction="outbound-api", CallStatus="in-progress",
    )  # fmt: skip

    assert "Gather" in verbs(answer)


def test_the_end_of_a_refused_call_costs_no_model(
    sender: Sender, owner: Connection, model: ScriptedModel
) -> None:
    blocks.block_caller(sender.runtime.database, NUISANCE)
    sid = f"CA{uuid4().hex}"
    arrives(sender, NUISANCE, sid)
    sender.post(
        "/twilio/voice/status", CallSid=sid, CallStatus="completed", Direction="inbound", SequenceNumber="0"
    )
    (call_id,) = owner.execute("select id from public.call_history where call_sid = %s", [sid]).fetchone()  # type: ignore[misc]

    summary = summarise_call(sender.runtime, call_id)

    assert row(owner, sid)[:2] == ("blocked", "completed")
    assert summary is not None
    assert (summary.title, summary.outcome) == ("Blocked caller", "not_reached")
    assert model.requests == []


def test_a_text_of_a_blocked_number_is_taken_and_answered_by_nobody(
    sender: Sender, owner: Connection
) -> None:
    blocks.block_caller(sender.runtime.database, NUISANCE)
    sid = f"SM{uuid4().hex}"

    answer = sender.post(
        "/twilio/sms", MessageSid=sid, From=NUISANCE, To=NUMBER, Body="Call me back!", NumMedia="0"
    )

    assert answer.status_code == 200
    assert owner.execute(
        "select content, wants_answer from public.sms_history where message_sid = %s", [sid]
    ).fetchone() == ("Call me back!", False)
