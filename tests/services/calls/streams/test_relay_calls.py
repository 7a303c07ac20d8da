"""A call over ConversationRelay, from its first document to its last word."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import CALLER, OURS, Connection
from tests.services.calls.gather.gather_calls import arrives, said_in, verbs, words_of
from tests.services.calls.streams.stream_calls import RelaySession, parameters
from tests.services.verification.verification_desk import code_of, new_number
from tests.support.providers import ScriptedModel
from voicebot.domain.call.reports import CallArrival
from voicebot.domain.prices import MINUTE_USD, RELAY_MINUTE_USD
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.take import answer_call
from voicebot.services.verification import verify_phone


def test_a_call_is_carried_by_a_session(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["We open", " at nine", ".", " Shall I note", " your name?"]]
    document = arrives(relay, call_sid)
    assert verbs(document) == ["Connect"]

    session = RelaySession(relay, call_sid, parameters(document)["token"]).begin()
    session.hears("How can I help you?")
    session.says("When do you open?")
    assert session.hears("note your name?") == "We open at nine. Shall I note your name?"
    session.hangs_up()

    assert said_in(owner, call_sid) == [
        ("bot", "Hello. How can I help you?"),
        ("caller", "When do you open?"),
        ("bot", "We open at nine."),
        ("bot", "Shall I note your name?"),
    ]
    rows = owner.execute(
        """select t.heard_source, t.heard = t.content from public.transcripts t
             join public.call_history c on c.id = t.session_id where c.call_sid = %s and t.speaker = 'bot'""",
        [call_sid],
    ).fetchall()
    assert rows == [("relay", True)] * 3
    turns = owner.execute(
        """select t.turn, t.said, t.closing ->> 'kind' from public.call_turns t
             join public.call_history c on c.id = t.call_id where c.call_sid = %s order by t.turn""",
        [call_sid],
    ).fetchall()
    assert turns == [(0, None, "listen"), (1, "When do you open?", "listen")]


def element(document: str) -> ElementTree.Element:
    found = ElementTree.fromstring(document).find("Connect/ConversationRelay")
    assert found is not None, document
    return found


def test_a_template_chooses_what_carries_a_call_and_how_it_is_heard_and_spoken(
    runtime: Runtime, on_template: Callable[..., None], call_sid: str
):
    runtime.sockets_health.note(came_through=True)
    on_template(
        transport="'relay'",
        languages='\'["de-DE", "en-US"]\'',
        relay="""'{"speech_model": "nova-3-general", "interruptible": "speech", "elevenlabs": {"speed": 1.1}}'""",
    )
    relay = element(arrives(runtime, call_sid))

    assert (relay.get("url"), relay.get("language")) == (
        f"{runtime.settings.public_ws_url}/twilio/relay",
        "de-DE",
    )
    assert (relay.get("speechModel"), relay.get("interruptible")) == ("nova-3-general", "speech")
    assert (relay.get("voice") or "").endswith("-1.1_0.5_0.75")
    assert [each.get("code") for each in relay.iter("Language")] == ["en-US"]
    assert "token" not in (relay.get("url") or "")


def test_a_recorded_call_is_announced_before_the_recording_and_not_again(
    relay: Runtime, on_template: Callable[..., None], call_sid: str
):
    on_template(record="true", recording_announcement="'This call is recorded.'", greeting="'Good day.'")
    document = arrives(relay, call_sid)
    session = RelaySession(relay, call_sid, parameters(document)["token"]).begin()

    assert (verbs(document), words_of(document)) == (["Say", "Start", "Connect"], ["This call is recorded."])
    assert session.hears("Good day.") == "Good day."
    session.hangs_up()


def test_somebody_who_picks_up_a_call_of_ours_gets_a_session_too(relay: Runtime, call_sid: str):
    document = answer_call(relay, CallArrival(call_sid, "outbound", OURS, CALLER))

    assert verbs(document) == ["Connect"]


@pytest.mark.parametrize("keyed", [False, True])
def test_a_code_is_tried_once_and_kept_nowhere(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str, keyed: bool
):
    owner.execute("delete from public.verification_counters")
    caller = new_number()
    verify_phone.start(relay, caller, "sms", purpose="call")
    code = code_of(relay, caller, "call")
    document = arrives(relay, call_sid, caller)
    session = RelaySession(relay, call_sid, parameters(document)["token"]).begin()
    session.hears("How can I help you?")

    if keyed:
        for digit in code:
            session.tell("dtmf", digit=digit)
    else:
        session.tell("prompt", voicePrompt=f"It is {code}", lang="en-US", last=False)
        session.takes(0.6)
        session.says(f"It is {code}.")
    session.takes(0.5)
    session.hangs_up()

    assert code not in str(said_in(owner, call_sid))
    assert model.requests == []
    state = owner.execute(
        """select s.state -> 'core' ->> 'assurance', s.state::text from public.call_states s
             join public.call_history c on c.id = s.call_id where c.call_sid = %s""",
        [call_sid],
    ).fetchone()
    assert state is not None and state[0] == "verified" and code not in state[1]


def test_a_call_that_has_cost_enough_ends_with_words(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    relay.settings = relay.settings.model_copy(update={"max_call_usd": 0.01})
    session = RelaySession(relay, call_sid, parameters(arrives(relay, call_sid))["token"]).begin()

    assert session.waits_for_end() == {"next": "hang_up"}
    assert "max_cost" in str(
        owner.execute("select end_reason from public.call_history where call_sid = %s", [call_sid]).fetchone()
    )


def test_a_minute_of_the_relay_costs_what_the_carrier_asks_for_hearing_and_speaking_too(
    relay: Runtime, owner: Connection, call_sid: str
):
    session = RelaySession(relay, call_sid, parameters(arrives(relay, call_sid))["token"]).begin()
    session.hangs_up()

    (spent,) = owner.execute(
        "select s.spent_usd from public.call_states s join public.call_history c on c.id = s.call_id where c.call_sid = %s",
        [call_sid],
    ).fetchone()
    assert float(spent) == pytest.approx(MINUTE_USD + RELAY_MINUTE_USD)
