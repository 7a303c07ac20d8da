"""Who ends a call, or puts its caller through, waits for the last words; an end that was decided comes in any case."""

import threading

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import verbs, words_of
from tests.services.calls.streams.broken_sessions import begun, goes_on
from tests.services.calls.streams.stream_calls import RelaySession, parameters
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerStarted, TransferOutcome
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.providers.ports import ToolCall
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.begin import after_transfer
from voicebot.transports.twilio.forms import SessionEnd


def test_a_caller_is_put_through_once_the_last_words_were_heard(
    relay: Runtime, model: ScriptedModel, call_sid: str
):
    session = begun(relay, call_sid)
    session.tell("dtmf", digit="0")
    session.hears("connecting you")

    assert session.waits_for_end() == {"next": "transfer"}
    document = goes_on(relay, call_sid, SessionEnd(next="transfer"))
    assert (verbs(document), "+12025550199" in document, words_of(document)) == (["Dial"], True, [])


def test_what_was_heard_a_moment_ago_is_no_more_missing_where_the_call_goes_on(
    relay: Runtime, model: ScriptedModel, call_sid: str
):
    session = begun(relay, call_sid)
    (live,) = relay.live_streams.values()
    session.settles()
    held, goes = threading.Event(), threading.Event()

    def is_held() -> bool:
        # The line sets alarms of its own, which take the place of ours.
        live._inbox.wake(live._inbox.now(), lambda: (held.set(), goes.wait(10)))
        return held.wait(0.05)

    wait_for(is_held)
    live.tell(CallerStarted())

    assert not live.is_kept, "nobody has looked at it yet"
    goes.set()
    session.settles()
    session.hangs_up()


def test_a_caller_whom_nobody_answered_is_back_on_their_own_line_and_hears_why(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    session = begun(relay, call_sid)
    session.tell("dtmf", digit="0")
    session.waits_for_end()
    goes_on(relay, call_sid, SessionEnd(next="transfer"))

    document = after_transfer(relay, call_sid, TransferOutcome.BUSY)
    assert verbs(document) == ["Connect"]
    session = RelaySession(relay, call_sid, parameters(document)["token"]).begin()
    session.hears(phrase(Phrase.TRANSFER_BUSY))
    model.scripts = [["At nine."]]
    session.says("When do you open?")
    session.hears("At nine.")
    session.hangs_up()

    outcome = owner.execute(
        "select outcome from public.call_history where call_sid = %s", [call_sid]
    ).fetchone()
    assert outcome == ("transfer_busy",)
    # Nobody is transferred now, and whoever was put through has nothing to come back for.
    assert after_transfer(relay, call_sid, TransferOutcome.BUSY) == ""
    assert after_transfer(relay, call_sid, TransferOutcome.COMPLETED) == ""


@pytest.mark.parametrize(("key", "verb"), [("0", "Dial"), ("#", "Hangup")])
def test_an_end_that_was_decided_comes_although_the_socket_dies_first(
    relay: Runtime, call_sid: str, key: str, verb: str
):
    session = begun(relay, call_sid)
    session.reports = False
    session.tell("dtmf", digit=key)
    session.takes(0.2)
    session.hangs_up(1006)

    document = goes_on(relay, call_sid)

    # The last words were cut off, so they are said by the document.
    assert verbs(document) == ["Say", verb]


def test_the_model_ends_a_call_after_its_words(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["Goodbye then.", ToolCall("1", "end_call", {})]]
    session = begun(relay, call_sid)
    session.says("That was all.")
    session.hears("Goodbye then.")

    assert session.waits_for_end() == {"next": "hang_up"}
    assert verbs(goes_on(relay, call_sid, SessionEnd(next="hang_up"))) == ["Hangup"]
    (reason,) = owner.execute(
        "select end_reason from public.call_history where call_sid = %s", [call_sid]
    ).fetchone() or ("",)
    assert reason == "bot_ended"
