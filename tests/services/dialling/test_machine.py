"""A call of ours asks who answered without waiting for it, and does at a machine what its template says, once."""

import uuid
from typing import Any
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from voicebot.domain.call.events import MachineJudged, SilencePassed
from voicebot.domain.call.reports import AnswererReport
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.calls.report_status import record_answerer
from voicebot.services.dialling.machine import meet_machine, message_document
from voicebot.services.dialling.settle import record_dial_status
from voicebot.storage.database import DatabaseAway
from voicebot.storage.spool.flusher import SpoolFlusher

pytestmark = pytest.mark.sql
US, THEM = "+12025550100", "+13035550142"


class Away:
    """A database that nobody reaches."""

    def call(self, function: str, /, **_: Any) -> Any:
        raise DatabaseAway(function)


@pytest.mark.parametrize(
    ("on_voicemail", "to_the_beep"), [(None, False), ("hang_up", False), ("leave_message", True)]
)
def test_a_talk_asks_who_answered_beside_the_call(dialled, line, on_voicemail, to_the_beep):
    talk = dialled(on_voicemail=on_voicemail)

    (call,) = line.calls
    assert f"/twilio/voice/amd?attempt={talk.id}" in call.detection.url
    assert call.detection.to_the_beep is to_the_beep


def test_the_greeting_is_there_before_any_verdict(dialled):
    talk = dialled(greeting="Hello, this is Blue Door.")

    document = ElementTree.fromstring(talk.answers())

    assert "Gather" in {each.tag for each in document.iter()}
    assert talk.owner.execute("select verdict from public.call_attempts").fetchone() == (None,)


@pytest.mark.parametrize(
    ("on_voicemail", "word", "done"),
    [
        (None, "machine_start", ["redirect"]),
        ("hang_up", "machine_start", ["redirect"]),
        ("hang_up", "fax", ["end"]),
        ("leave_message", "machine_end_beep", ["redirect"]),
        ("leave_message", "machine_end_silence", ["redirect"]),
        ("leave_message", "machine_end_other", ["redirect"]),
        ("leave_message", "fax", ["end"]),
        ("hang_up", "human", []),
        ("leave_message", "unknown", []),
    ],
)
def test_a_machine_gets_what_the_template_says(dialled, line, on_voicemail, word, done):
    talk = dialled(on_voicemail=on_voicemail)
    talk.answers()
    talk.verdict(word)

    talk.meets()

    assert [(what, sid) for what, sid, *_ in line.done] == [(each, talk.sid) for each in done]
    ended = talk.owner.execute(
        "select end_reason from public.call_history where call_sid = %s", [talk.sid]
    ).fetchone()
    assert ended == (("machine",) if done == ["end"] else (None,))


def test_a_mailbox_hears_the_templates_message_and_then_nothing(dialled, line):
    talk = dialled(
        greeting="Hello.",
        on_voicemail="leave_message",
        voicemail_message="This is {{line}} for {{who}}. Please call us back.",
        variables={"who": "Ann"},
    )
    talk.answers()
    talk.verdict("machine_end_beep")
    talk.meets()
    (_, _, url) = line.done[0]
    assert f"/twilio/voice/voicemail?attempt={talk.id}" in url

    first, again = (message_document(talk.bot, talk.id, talk.sid) for _ in range(2))
    talk.meets()

    said, end = ElementTree.fromstring(first)
    assert (said.tag, end.tag) == ("Say", "Hangup")
    assert said.text.endswith("for Ann. Please call us back.")
    assert again == first
    assert len(line.done) == 1


def test_a_template_without_a_message_greets_and_says_that_it_missed_them(dialled):
    talk = dialled(greeting="Hello, this is Blue Door.", on_voicemail="leave_message")
    talk.answers()
    talk.verdict("machine_end_silence")

    said, _ = ElementTree.fromstring(message_document(talk.bot, talk.id, talk.sid))

    assert said.text.startswith("Hello, this is Blue Door. I'm sorry that I missed you.")


def test_nobody_but_the_mailbox_of_the_attempt_hears_the_message(dialled):
    talk = dialled(on_voicemail="leave_message")
    talk.answers()
    silence = message_document(talk.bot, None, talk.sid)

    before = message_document(talk.bot, talk.id, talk.sid)
    talk.verdict("machine_end_beep")
    others = (
        message_document(talk.bot, talk.id, "CAother"),
        message_document(talk.bot, uuid.uuid4(), talk.sid),
    )

    assert {before, *others} == {silence}
    assert [each.tag for each in ElementTree.fromstring(silence)] == ["Hangup"]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNKNOWN, Outcome.NOT_SENT])
def test_a_machine_that_hung_up_first_is_fine_and_a_carrier_that_fails_is_asked_again(dialled, line, outcome):
    talk = dialled()
    talk.answers()
    talk.verdict("machine_start")
    line.failure = ProviderError("twilio", "21220", outcome)

    if outcome is Outcome.REFUSED:
        talk.meets()
    else:
        with pytest.raises(ProviderError):
            talk.meets()


def test_an_attempt_that_is_over_or_nobodys_is_left_alone(dialled, line, owner):
    talk = dialled()
    talk.verdict("fax")
    owner.execute("update public.call_attempts set state = 'done'")

    talk.meets()
    meet_machine(talk.bot, str(uuid.uuid4()))

    assert line.done == []


@pytest.mark.parametrize("late", [False, True])
def test_a_template_may_text_instead_and_does_it_once_for_all_attempts(dialled, line, owner, late):
    talk = dialled(on_voicemail="text", voicemail_message="{{line}}: your bike is ready.")
    talk.answers()
    if late:
        record_dial_status(talk.bot, str(talk.id), talk.sid, "completed")
    talk.verdict("machine_start")

    for _ in range(2):
        talk.meets()
    if not late:
        assert (
            owner.execute("select 1 from public.sms_history where request_key like 'voicemail:%'").fetchall()
            == []
        )
        # Nobody replies to it.
        talk.turn(1, MachineJudged())
        talk.turn(2, SilencePassed())
        talk.meets()
        talk.meets()

    texts = owner.execute(
        "select to_number, content from public.sms_history where request_key like 'voicemail:%'"
    ).fetchall()
    jobs = owner.execute(
        "select count(*) from jobs.procrastinate_jobs where task_name = 'meet_machine' and args ->> 'attempt_id' = %s",
        [str(talk.id)],
    ).fetchone()
    assert [(to, words.partition(": ")[2]) for to, words in texts] == [(THEM, "your bike is ready.")]
    assert jobs == (1 if late else 2,)
    assert [what for what, *_ in line.done] == ([] if late else ["redirect", "redirect", "end", "end"])


def test_a_person_is_never_texted_for_a_mailbox(dialled, owner):
    talk = dialled(on_voicemail="text", voicemail_message="Your bike is ready.")
    talk.answers()
    talk.verdict("human")

    talk.meets()

    assert owner.execute(
        "select count(*) from public.sms_history where request_key like 'voicemail:%'"
    ).fetchone() == (0,)


def test_a_template_that_texts_says_what():
    with pytest.raises(ValidationError, match="voicemail_message"):
        CallTemplate(name="bikes", on_voicemail="text")


@pytest.mark.parametrize(("word", "who"), [("machine_start", "voicemail"), ("human", "human")])
def test_a_verdict_that_came_while_the_database_was_away_is_kept_afterwards(
    dialled, make_runtime, owner, word, who
):
    talk = dialled()
    away = make_runtime(database=Away())
    away.spool.probe()

    record_answerer(away, AnswererReport(talk.sid, word, talk.id, 4000))
    nothing_yet = owner.execute("select verdict from public.call_attempts").fetchone()
    SpoolFlusher(away.spool, talk.bot.database).flush()

    assert nothing_yet == (None,)
    assert owner.execute("select verdict, answered_by from public.call_attempts").fetchone() == (word, who)
