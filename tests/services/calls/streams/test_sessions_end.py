"""A session that is gone, at any moment and for any reason: the call goes on from what is committed."""

import gc
import weakref
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import FlakyDatabase, arrives, asks, flaky, verbs
from tests.services.calls.streams.broken_sessions import ANSWER, GREETING, again, begun, goes_on, lines
from tests.services.calls.streams.stream_calls import RelaySession, parameters
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.live import move_calls, renew_leases
from voicebot.storage.calls import streams
from voicebot.storage.calls.turns import CodeTry
from voicebot.storage.spool.flusher import SpoolFlusher
from voicebot.transports.twilio.forms import SessionEnd

# --- a socket that breaks -------------------------------------------------------------------------


def test_a_call_whose_socket_broke_goes_on_where_it_stood(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [list(ANSWER), ["Until five."]]
    session = begun(relay, call_sid)
    session.says("When do you open?")
    session.hears("your name?")
    session.takes(0.1)
    session.hangs_up(1006)

    session = again(relay, call_sid)
    session.says("And until when?")

    # Neither the greeting nor the answer is said again.
    assert session.hears("Until five.") == "Until five."
    session.hangs_up()
    assert lines(owner, call_sid) == [
        GREETING, "When do you open?", "We open at nine.", "Shall I note your name?", "And until when?", "Until five.",
    ]  # fmt: skip


def test_words_that_nobody_heard_are_said_again_and_an_answer_is_finished(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [[*ANSWER[:2], " Then", 30.0], ["we close at five."]]
    session = begun(relay, call_sid)
    session.reports = False
    session.says("When do you open?")
    session.hears("We open at nine. Then")
    session.hangs_up(1006)

    session = again(relay, call_sid)
    said = session.hears("we close at five.")

    assert said.endswith("Then we close at five.")
    session.takes(0.1)
    session.hangs_up()
    assert lines(owner, call_sid)[-3:] == ["We open at nine.", "Then", "we close at five."]
    # The model goes on from what it had written.
    assert model.requests[-1].messages[-1]["role"] == "system"
    assert "We open at nine." in model.requests[-1].messages[-2]["content"]


def test_what_the_caller_said_just_before_the_socket_broke_is_answered(
    relay: Runtime, model: ScriptedModel, call_sid: str
):
    model.scripts = [[30.0], ["At nine."]]
    session = begun(relay, call_sid)
    session.says("When do you open?")
    wait_for(lambda: model.requests)
    session.hangs_up(1006)

    assert again(relay, call_sid).hears("At nine.") == "At nine."


def test_gather_takes_over_where_no_socket_can_be_had(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [[*ANSWER[:2], 30.0], ["Then we close."], ["Goodbye."]]
    session = begun(relay, call_sid)
    session.reports = False
    session.says("When do you open?")
    session.hears("We open at")
    session.hangs_up(1006)
    relay.sockets_health.note(came_through=False)
    relay.sockets_health.note(came_through=False)

    document = goes_on(relay, call_sid, SessionEnd(error="64102"))
    assert verbs(document)[-1] == "Gather"
    assert asks(relay, call_sid, 3, CallerSaid("Thanks"))

    assert lines(owner, call_sid)[1] == "When do you open?"
    assert "Then we close." in lines(owner, call_sid)
    turns = owner.execute(
        """select t.turn, t.said from public.call_turns t join public.call_history c on c.id = t.call_id
            where c.call_sid = %s and t.closing is not null order by t.turn""",
        [call_sid],
    ).fetchall()
    assert [turn for turn, _ in turns] == list(range(len(turns)))


def test_a_call_whose_sockets_break_again_and_again_goes_on_without_one(relay: Runtime, call_sid: str):
    begun(relay, call_sid).hangs_up(1006)
    documents = []
    while not documents or "Connect" in documents[-1]:
        documents.append(verbs(goes_on(relay, call_sid)))
        assert len(documents) < 6

    assert documents[-1][-1] == "Gather"


def test_a_process_that_is_full_takes_no_socket(relay: Runtime, call_sid: str):
    token = parameters(arrives(relay, call_sid))["token"]
    relay.settings = relay.settings.model_copy(update={"max_calls": 0})
    session = RelaySession(relay, call_sid, token).begin()
    session.takes(0.1)

    assert (session.line.code, session.said()) == (1013, "")


def test_a_document_that_is_asked_for_takes_the_call_from_its_socket(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["From a document."], ["From a socket."]]
    session = begun(relay, call_sid)
    session.settles()

    asks(relay, call_sid, 1, CallerSaid("When do you open?"))
    session.says("And on Sunday?")
    session.takes(0.5)

    assert session.line.closed
    assert "And on Sunday?" not in lines(owner, call_sid)


def test_nothing_follows_a_call_that_is_over(relay: Runtime, call_sid: str):
    session = begun(relay, call_sid)
    session.hangs_up()

    assert verbs(goes_on(relay, call_sid, SessionEnd(over=True))) == ["Hangup"]


# --- another process ------------------------------------------------------------------------------


def test_a_process_that_was_killed_is_followed_by_another(
    make_runtime: Callable[..., Runtime],
    relay: Runtime,
    model: ScriptedModel,
    owner: Connection,
    call_sid: str,
):
    model.scripts = [[*ANSWER, 30.0], ["Good."]]
    session = begun(relay, call_sid)
    session.says("When do you open?")
    session.hears("note your name?")
    session.settles()
    # As with kill -9: nothing more of it reaches the database.
    database = flaky(relay)
    database.away = True

    other = make_runtime(settings=relay.settings, sockets_health=relay.sockets_health)
    follower = again(other, call_sid)
    follower.hears("Good.")
    follower.hangs_up()
    database.away = False
    session.says("Are you there?")
    session.hangs_up()

    assert "Are you there?" not in lines(owner, call_sid)
    assert lines(owner, call_sid).count("We open at nine.") == 1


@pytest.mark.parametrize("learns", ["when its lease is renewed", "when it commits"])
def test_a_session_that_lost_its_call_says_nothing_more(
    make_runtime: Callable[..., Runtime],
    relay: Runtime,
    model: ScriptedModel,
    owner: Connection,
    call_sid: str,
    learns: str,
):
    model.scripts = [["Never said."]]
    session = begun(relay, call_sid)
    other = make_runtime(settings=relay.settings, sockets_health=relay.sockets_health)
    (lost,) = relay.live_streams.values()
    follower = again(other, call_sid)
    follower.takes(0.1)
    code = CodeTry(uuid4(), ok=True)

    if learns == "when its lease is renewed":
        renew_leases(relay)
    kept = lines(owner, call_sid)
    session.says("Hello?")
    wait_for(lambda: session.takes(0.05) or session.line.closed, told=lambda: "it keeps the call")

    # Until it learns of it, it talks to a socket that the caller is not connected with any more.
    assert session.said() == "" or learns == "when it commits"
    assert lines(owner, call_sid) == kept
    # What may be a code is its follower's to try.
    assert streams.try_code(relay.database, lost.call_id, code, lease=lost.lease.token) is None
    renew_leases(other)
    assert not follower.line.closed
    follower.hangs_up()
    session.hangs_up()


def test_a_call_moves_to_another_session_at_a_pause(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [list(ANSWER), ["Until five."]]
    session = begun(relay, call_sid)
    session.says("When do you open?")
    session.hears("your name?")

    assert move_calls(relay) == 1
    assert session.waits_for_end() == {"next": "moved"}
    session = again(relay, call_sid, SessionEnd(next="moved"))
    session.says("Until when?")

    assert session.hears("Until five.") == "Until five."
    session.hangs_up()
    assert len(lines(owner, call_sid)) == 6


# --- the database goes away -----------------------------------------------------------------------


def test_a_call_goes_on_while_the_database_is_away_and_nothing_is_lost(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [list(ANSWER), ["Good."]]
    session = begun(relay, call_sid)
    session.settles()
    database: FlakyDatabase = flaky(relay)
    relay.facts._database = database  # type: ignore[assignment]
    database.away = True
    session.says("When do you open?")
    session.hears("your name?")
    session.says("Ana.")
    session.hears("Good.")
    session.takes(0.1)
    assert lines(owner, call_sid) == [GREETING]

    database.away = False
    session.hangs_up()
    # A session that had no more time to try again has left the rest in the spool.
    SpoolFlusher(relay.spool, relay.database).flush()

    assert lines(owner, call_sid) == [
        GREETING, "When do you open?", "We open at nine.", "Shall I note your name?", "Ana.", "Good.",
    ]  # fmt: skip


def test_what_was_said_waits_in_the_spool_when_the_database_never_comes_back_in_time(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    session = begun(relay, call_sid)
    session.settles()
    database: FlakyDatabase = flaky(relay)
    relay.facts._database = database  # type: ignore[assignment]
    database.away = True
    model.scripts = [["At nine."]]
    session.says("When do you open?")
    session.hears("At nine.")
    session.hangs_up()

    spooled = [relay.spool.read(path).function for path in relay.spool.waiting()]
    assert "keep_stream_results" in spooled


def test_a_session_that_is_over_leaves_nothing_to_look_for(relay: Runtime, call_sid: str):
    session = RelaySession(relay, call_sid, parameters(arrives(relay, call_sid))["token"]).begin()
    session.hears("How can I help you?")
    session.says("When do you open?")
    session.settles()
    carried = weakref.ref(next(iter(relay.live_streams.values())))

    gc.disable()
    try:
        session.hangs_up()
        wait_for(lambda: carried() is None)
    finally:
        gc.enable()
