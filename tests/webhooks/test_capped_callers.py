"""One call too many hears words over the signed webhook, and costs no model and no voice."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.support.apps import app_of
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.servers import remove_rows
from tests.webhooks.conftest import NUMBER, Sender, verbs
from tests.webhooks.refusals import Counted, arrives
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.settings import load_settings

pytestmark = pytest.mark.sql
CALLER = "+12025550177"


@pytest.fixture
def product(make_runtime: Callable[..., Runtime], owner: Connection, tmp_path: Any) -> tuple[Sender, Counted]:
    """The app with the caps that the product has."""
    remove_rows(owner, "caller_counters", "sms_history")
    runtime = make_runtime(settings=load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)}))
    runtime.database = counted = Counted(runtime.database)
    return Sender(app_of(runtime).test_client(), runtime), counted


def test_the_fourth_call_at_once_is_told_so_in_one_round_trip_without_model_and_voice(
    product: tuple[Sender, Counted], model: ScriptedModel, voice: InstantVoice
) -> None:
    sender, counted = product
    first = [verbs(arrives(sender, CALLER)) for _ in range(3)]
    counted.calls.clear()
    voice.spoken.clear()

    answer = arrives(sender, CALLER)

    assert all("Gather" in each for each in first)
    assert verbs(answer) == ["Say", "Hangup"]
    assert ElementTree.fromstring(answer.data).findtext("Say") == phrase(Phrase.CALLS_TOO_MANY)
    assert counted.calls == ["begin_gather_call"]
    assert (model.requests, voice.spoken) == ([], [])


def test_the_end_of_a_call_as_the_carrier_tells_it_makes_room(product: tuple[Sender, Counted]) -> None:
    sender, _ = product
    sids = [f"CA{uuid4().hex}" for _ in range(3)]
    for sid in sids:
        arrives(sender, CALLER, sid)

    sender.post(
        "/twilio/voice/status",
        CallSid=sids[0],
        CallStatus="completed",
        Direction="inbound",
        SequenceNumber="0",
    )

    assert ["Gather" in verbs(arrives(sender, CALLER)) for _ in range(2)] == [True, False]


def test_a_text_too_many_is_taken_with_200_and_is_no_answer_of_the_model(
    product: tuple[Sender, Counted], owner: Connection, model: ScriptedModel
) -> None:
    sender, _ = product

    answers = [
        sender.post(
            "/twilio/sms",
            MessageSid=f"SM{uuid4().hex}",
            From=CALLER,
            To=NUMBER,
            Body=f"Hello {n}",
            NumMedia="0",
        )
        for n in range(45)
    ]

    assert {answer.status_code for answer in answers} == {200}
    rows = owner.execute(
        "select wants_answer, count(*) from public.sms_history where direction = 'inbound' group by 1 order by 1"
    ).fetchall()
    assert rows == [(False, 5), (True, 40)]
    told = owner.execute("select content from public.sms_history where direction = 'outbound'").fetchall()
    assert len(told) == 1
    assert "write again later" in told[0][0]
