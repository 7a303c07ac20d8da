"""Stepping into a call that a socket carries: the command reaches its owner in any process, and is done once."""

import itertools
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import said_in
from tests.services.calls.stepping.step_calls import asks, call_of, is_done, on_relay, told
from tests.services.calls.streams.stream_calls import RelaySession, end_sessions, over_relay, parameters
from tests.support.providers import ScriptedModel
from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.add import step_in
from voicebot.services.calls.stepping.deliver import deliver_commands, keep_delivering
from voicebot.services.calls.stepping.neighbours import folder_of, share_sound
from voicebot.services.calls.streams.begin import after_session
from voicebot.storage.calls import commands
from voicebot.storage.calls.commands import Added, RefusedCommand
from voicebot.transports.twilio.forms import SessionEnd

OURS = "+12025550100"
JOINS, BACK = phrase(Phrase.PERSON_JOINS), phrase(Phrase.BOT_IS_BACK)


@pytest.fixture
def relay(runtime: Runtime) -> Iterator[Runtime]:
    yield over_relay(runtime)
    end_sessions(runtime)


@pytest.fixture
def page(make_runtime: Callable[..., Runtime]) -> Runtime:
    """Another process, where operators' requests come in."""
    return make_runtime()


def test_the_bot_follows_a_whisper_with_its_next_words_and_nobody_hears_it(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["We open at nine."]]
    session = on_relay(relay, call_sid)

    added = asks(relay, call_sid, "whisper", text="Offer  ten percent\noff.")
    is_done(relay, call_sid)
    session.says("When do you open?")
    session.hears("We open at nine.")
    session.settles()
    session.hangs_up()

    assert isinstance(added, Added)
    notes = [message["content"] for message in model.requests[-1].messages if message["role"] == "system"]
    assert any("Offer ten percent off." in words for words in notes)
    assert "percent" not in str(said_in(owner, call_sid))
    assert told(relay, call_sid) == [("whisper", "done", None, 1)]
    assert owner.execute(
        "select action, object_id from public.audit_log where object_id = %s", [str(call_of(relay, call_sid))]
    ).fetchall() == [("call.whisper", str(call_of(relay, call_sid)))]


def test_an_operator_ends_a_call_with_a_goodbye_or_at_once(relay: Runtime, owner: Connection):
    for arguments, last in ({}, phrase(Phrase.GOODBYE)), ({"now": True}, "Hello. How can I help you?"):
        call_sid = f"CA{uuid.uuid4().hex}"
        session = on_relay(relay, call_sid)

        asks(relay, call_sid, "end", **arguments)

        assert session.waits_for_end() == {"next": "hang_up"}
        assert said_in(owner, call_sid)[-1] == ("bot", last)
        assert "operator_ended" in str(
            owner.execute(
                "select end_reason from public.call_history where call_sid = %s", [call_sid]
            ).fetchone()
        )
        assert told(relay, call_sid)[0][:2] == ("end", "done")


def test_words_mute_and_a_transfer_do_what_they_say(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["At nine."]]
    session = on_relay(relay, call_sid)

    asks(relay, call_sid, "say", text="This is Anna of the bakery.")
    session.hears("This is Anna of the bakery.")
    asks(relay, call_sid, "mute")
    is_done(relay, call_sid)
    again = asks(relay, call_sid, "mute")
    session.says("When do you open?")
    session.hears(JOINS)
    asked_meanwhile = list(model.requests)
    asks(relay, call_sid, "unmute")
    session.hears("At nine.")
    session.settles()
    asks(relay, call_sid, "transfer")

    assert session.waits_for_end() == {"next": "transfer"}
    assert (again, asked_meanwhile) == (RefusedCommand("muted", None, again.offers), [])
    assert said_in(owner, call_sid)[1:] == [
        ("operator", "This is Anna of the bakery."),
        ("caller", "When do you open?"),
        ("bot", JOINS),
        ("bot", "At nine."),
        ("bot", phrase(Phrase.CONNECTING)),
    ]
    assert {result for _, result, _, _ in told(relay, call_sid)} == {"done"}


def test_a_command_is_done_within_three_tenths_of_a_second_whatever_process_it_came_to(
    relay: Runtime, page: Runtime, owner: Connection, call_sid: str
):
    on_relay(relay, call_sid)
    looks: list[float] = []
    count = relay.database.call

    def counted(function: str, /, **params):
        if function == "take_call_commands":
            looks.append(time.monotonic())
        return count(function, **params)

    relay.database.call = counted  # type: ignore[method-assign]
    for _ in range(3):
        on_relay(relay, f"CA{uuid.uuid4().hex}")
    looks.clear()
    keep_delivering(relay)
    until = time.monotonic() + 10
    while len(looks) < 4:
        assert time.monotonic() < until
        time.sleep(0.01)
    asks(page, call_sid, "whisper", text="Be brief.")
    is_done(page, call_sid)

    # One query for all four calls, and the next one comes before the time is over.
    assert relay.limits.stream.looks_s <= 0.25
    gaps = [after - before for before, after in itertools.pairwise(looks)]
    assert min(gaps) >= 0.15
    (late,) = owner.execute(
        """select extract(epoch from k.taken_at - k.made_at) from public.call_commands k
             join public.call_history c on c.id = k.call_id where c.call_sid = %s""",
        [call_sid],
    ).fetchone()
    assert float(late) < max(gaps) + 0.1


def test_the_process_that_has_the_call_is_told_at_once_by_the_one_where_a_command_came_in(
    relay: Runtime, page: Runtime, call_sid: str
):
    on_relay(relay, call_sid)
    (folder_of(page) / "gone.sock").touch()
    # Nobody looks by themselves here: what is done was hinted at.
    close = share_sound(relay)

    for text in ("Be brief.", "Be kind."):
        assert isinstance(asks(page, call_sid, "whisper", text=text), Added)
    done = is_done(page, call_sid)
    close()
    alone = asks(page, call_sid, "whisper", text="Nobody shares any more.")

    assert [result for _, result, _, _ in done] == ["done", "done"]
    assert isinstance(alone, Added) and deliver_commands(relay) == 1


def test_a_command_whose_process_dies_is_carried_out_by_the_next_one_once(
    relay: Runtime, page: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    session = on_relay(relay, call_sid)
    (live,) = relay.live_streams.values()
    asks(page, call_sid, "say", text="Anna here.")
    # The process has taken the command, and dies before it has done anything.
    taken = commands.take_commands(relay.database, [live.lease.token])
    assert [each.event.text for each in taken] == ["Anna here."]
    assert commands.take_commands(relay.database, [live.lease.token]) == []
    live.stop()
    session.hangs_up(1006)

    document = after_session(relay, call_sid, SessionEnd(error="64105"), OURS).document
    session = RelaySession(relay, call_sid, parameters(document)["token"]).begin()
    until = time.monotonic() + 10
    while not (delivered := deliver_commands(relay)):
        assert time.monotonic() < until
        time.sleep(0.01)
    session.hears("Anna here.")

    assert (delivered, deliver_commands(relay)) == (1, 0)
    assert is_done(relay, call_sid) == [("say", "done", None, 1)]
    session.settles()
    session.hangs_up()
    assert [words for _, words in said_in(owner, call_sid)].count("Anna here.") == 1


def test_what_came_of_a_command_is_not_done_again_when_its_process_dies_after_it(
    relay: Runtime, owner: Connection, call_sid: str
):
    session = on_relay(relay, call_sid)
    asks(relay, call_sid, "say", text="Anna here.")
    session.hears("Anna here.")
    is_done(relay, call_sid)
    (live,) = relay.live_streams.values()
    live.stop()
    session.hangs_up(1006)

    document = after_session(relay, call_sid, SessionEnd(error="64105"), OURS).document
    session = RelaySession(relay, call_sid, parameters(document)["token"]).begin()
    session.takes(0.2)

    assert deliver_commands(relay) == 0
    assert [words for _, words in said_in(owner, call_sid)].count("Anna here.") == 1


def test_the_second_of_two_operators_learns_who_has_the_call(
    relay: Runtime, page: Runtime, owner: Connection, call_sid: str
):
    session = on_relay(relay, call_sid)
    owner.execute("update public.call_history set transport = 'media' where call_sid = %s", [call_sid])
    anna, ben = (Actor(key_id=uuid.uuid4()) for _ in range(2))

    first, second = (asks(page, call_sid, "take_over", actor=who) for who in (anna, ben))
    deliver_commands(relay)
    is_done(page, call_sid)
    third = asks(page, call_sid, "say", actor=ben, text="Hello?")
    given = asks(page, call_sid, "give_back", actor=ben)
    session.hangs_up()

    assert isinstance(first, Added)
    for refused in (second, third, given):
        assert isinstance(refused, RefusedCommand)
        assert (refused.code, refused.taken_over_by) == ("taken_over", "somebody of the team")


def test_the_same_request_key_is_the_same_command_and_what_cannot_be_done_says_why(
    relay: Runtime, call_sid: str
):
    session = on_relay(relay, call_sid)
    call = call_of(relay, call_sid)
    once, twice = (
        step_in(relay, call, "whisper", {"text": "Be brief."}, request_key="k1", actor=THE_OPERATOR)
        for _ in range(2)
    )
    # Of the same key other words are no command, and somebody else's key of the same name is another one.
    other = step_in(relay, call, "whisper", {"text": "Be kind."}, request_key="k1", actor=THE_OPERATOR)
    program = Actor(role="operator", key_id=uuid.uuid4())
    theirs = step_in(relay, call, "whisper", {"text": "Be kind."}, request_key="k1", actor=program)
    refused = {
        (kind, str(arguments)): step_in(relay, call, kind, arguments, actor=THE_OPERATOR)
        for kind, arguments in (
            ("whisper", {"text": " "}),
            ("say", {"text": "x" * 1001}),
            ("dance", {}),
            ("take_over", {"phone": "12"}),
            ("give_back", {}),
            ("unmute", {}),
        )
    }
    session.hangs_up()

    assert isinstance(once, Added) and isinstance(twice, Added)
    assert once.command["id"] == twice.command["id"]
    assert isinstance(other, RefusedCommand) and other.code == "key_used"
    assert isinstance(theirs, Added) and theirs.command["arguments"] == {"text": "Be kind."}
    assert [each.code for each in refused.values() if isinstance(each, RefusedCommand)] == [
        "words_missing", "words_too_long", "wrong_kind", "wrong_phone", "not_taken_over", "not_muted",
    ]  # fmt: skip
    assert len(told(relay, call_sid)) == 2
