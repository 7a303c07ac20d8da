"""Who picks up a call of ours: a verdict is believed when nobody replies, and words go before it."""

from xml.etree import ElementTree

import pytest

from voicebot.domain.call.events import CallerSaid, MachineJudged, SilencePassed
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.machine import message_document
from voicebot.services.dialling.settle import record_dial_status

pytestmark = pytest.mark.sql


def verbs(document: ElementTree.Element) -> list[str]:
    return [each.tag for each in document]


# Long enough not to be over when something happens to the call, however busy the machine is.
GREETING = (
    "Hello, this is Blue Door. "
    + "I am calling because of your bicycle, which we have looked at with care. " * 6
    + "Is that you?"
)


def test_a_verdict_stops_the_greeting_and_silence_confirms_it(dialled, line):
    talk = dialled(greeting=GREETING)
    talk.answers()
    talk.verdict("machine_start")
    talk.meets()

    quiet = talk.turn(1, MachineJudged())
    end = talk.turn(2, SilencePassed())

    assert f"/twilio/voice/machine?attempt={talk.id}&turn=1" in line.done[0][2]
    assert (verbs(quiet), talk.said(1)) == (["Gather"], "")
    assert quiet[0].get("timeout") == "2"
    assert verbs(end) == ["Hangup"]
    assert talk.answered_by() == ("voicemail", "voicemail", "machine_start")
    assert talk.owner.execute(
        "select end_reason, outcome from public.call_history where call_sid = %s", [talk.sid]
    ).fetchone() == ("machine", "not_reached")


def test_a_reply_to_a_verdict_is_a_persons_and_they_are_greeted_once_more(dialled):
    talk = dialled(greeting=GREETING)
    talk.answers()
    # The stand-in's clip of it lasts no time; a greeting does.
    talk.owner.execute("update public.call_turns set speech = jsonb_set(speech, '{0,clip}', 'null')")
    talk.verdict("machine_start")
    talk.meets()
    talk.turn(1, MachineJudged())

    again = talk.turn(2, CallerSaid("Hello? Is somebody there?"))
    talk.turn(3, MachineJudged())
    talk.meets()

    assert (verbs(again), talk.said(2)) == (["Gather"], GREETING)
    assert talk.answered_by() == ("human", "human", "machine_start")
    assert talk.owner.execute(
        "select outcome from public.call_history where call_sid = %s", [talk.sid]
    ).fetchone() == (None,)
    assert len(talk.line.done) == 1


def test_who_kept_silent_after_a_verdict_is_left_the_message_once(dialled, line):
    talk = dialled(greeting=GREETING, on_voicemail="leave_message", voicemail_message="Your bike is ready.")
    talk.answers()
    talk.verdict("machine_end_other")
    talk.meets()
    talk.turn(1, MachineJudged())

    message = talk.turn(2, SilencePassed())
    talk.meets()

    assert (verbs(message)[-1], talk.said(2)) == ("Hangup", "Your bike is ready.")
    assert [what for what, *_ in line.done] == ["redirect"]


@pytest.mark.parametrize("word", ["machine_end_beep", "machine_start", "human", None])
def test_a_mailbox_that_says_so_is_left_the_message_and_its_verdict_adds_nothing(dialled, line, word):
    talk = dialled(
        on_voicemail="leave_message",
        voicemail_message="Your bike is ready.",
        detect_machines=word is not None,
    )
    talk.answers()

    message = talk.turn(1, CallerSaid("Hi, this is Bob. Please leave a message after the tone."))
    if word:
        talk.verdict(word)
    talk.meets()

    assert (verbs(message)[-1], talk.said(1)) == ("Hangup", "Your bike is ready.")
    assert talk.answered_by() == ("voicemail", "voicemail", word)
    assert line.done == []


def test_a_screener_hears_who_calls_and_why_and_its_person_is_greeted(dialled):
    talk = dialled(
        greeting=GREETING, identity="This is Ann of {{line}}.", call_purpose="I am calling about your {{what}}.",
        variables={"what": "bicycle"},
    )  # fmt: skip
    talk.answers()

    told = talk.turn(
        1,
        CallerSaid(
            "Hi, if you record your name and reason for calling, I'll see if this person is available."
        ),
    )
    talk.verdict("machine_start")
    talk.meets()
    wait = talk.turn(2, CallerSaid("Thanks. Please stay on the line."))
    person = talk.turn(3, CallerSaid("Hello, this is Bob."))

    assert talk.said(1).startswith("This is Ann of bikes")
    assert talk.said(1).endswith("I am calling about your bicycle.")
    assert (len(verbs(told)), told[-1].get("timeout")) == (2, "25")
    assert (verbs(wait), talk.said(2), wait[-1].get("timeout")) == (["Gather"], "", "25")
    assert (verbs(person), talk.said(3)) == (["Gather"], GREETING)
    assert talk.answered_by() == ("human", "human", "machine_start")


def test_a_screener_whose_person_does_not_come_is_no_success(dialled, line):
    talk = dialled()
    talk.answers()
    talk.turn(1, CallerSaid("This call is being screened. Please state your name and why you are calling."))
    talk.verdict("human")

    end = talk.turn(2, SilencePassed())
    record_dial_status(talk.bot, str(talk.id), talk.sid, "completed")

    assert verbs(end) == ["Hangup"]
    assert talk.answered_by()[0] == "screener"
    assert talk.owner.execute("select last_error from public.call_queue").fetchone() == ("screener",)
    assert line.done == []


def test_a_verdict_that_comes_before_the_call_is_answered_ends_it_and_knows_the_message(dialled, line):
    talk = dialled(on_voicemail="leave_message", voicemail_message="Your bike is ready.")
    gone = talk.line
    talk.verdict("machine_end_beep")
    talk.meets()

    message = ElementTree.fromstring(message_document(talk.bot, talk.id, talk.sid))

    assert [what for what, *_ in gone.done] == ["redirect"]
    assert message[0].text == "Your bike is ready."


@pytest.mark.parametrize("word", ["machine_start", "human"])
def test_verdicts_that_come_twice_or_after_the_end_do_nothing_to_the_call(dialled, line, word):
    talk = dialled()
    talk.answers()
    record_dial_status(talk.bot, str(talk.id), talk.sid, "completed")
    assert talk.answered_by() == ("unknown", None, None)

    for _ in range(2):
        talk.verdict(word)
        talk.meets()

    assert talk.answered_by()[0] == ("voicemail" if word == "machine_start" else "human")
    assert line.done == []


def test_without_detection_the_carrier_is_asked_nothing_and_words_tell(dialled, line):
    talk = dialled(detect_machines=False)

    talk.answers()
    end = talk.turn(1, CallerSaid("You have reached the mailbox of 303 555 0142. Leave a message."))

    assert line.calls[0].detection is None
    assert verbs(end) == ["Hangup"]
    assert talk.answered_by() == ("voicemail", "voicemail", None)


@pytest.mark.parametrize(
    ("again", "hours", "message"),
    [(None, 0, False), ("never", 30, False), ("daily", 1, False), ("daily", 30, True), ("always", 0, True)],
)
def test_a_person_gets_as_many_messages_as_the_template_says(dialled, line, owner, again, hours, message):
    talk = dialled(
        on_voicemail="leave_message", voicemail_message="Your bike is ready.", voicemail_again=again
    )
    talk.answers()
    talk.turn(1, CallerSaid("Please leave a message after the tone."))
    record_dial_status(talk.bot, str(talk.id), talk.sid, "completed")
    owner.execute("update public.call_attempts set message_at = now() - make_interval(hours => %s)", [hours])
    owner.execute("update public.call_queue set next_attempt_at = now(), status = 'queued'")
    owner.execute("update public.dialling_lanes set due_at = now(), next_dial_at = now()")
    owner.execute("update public.dialling_accounts set next_dial_at = now()")
    place_dials(talk.bot)
    talk.id, talk.sid = owner.execute(
        "select id, call_sid from public.call_attempts where attempt_number = 2"
    ).fetchone()
    talk.answers()

    talk.turn(1, CallerSaid("Please leave a message after the tone."))

    assert talk.said(1) == ("Your bike is ready." if message else "")
    assert [call.detection.to_the_beep for call in line.calls] == [True, message]
