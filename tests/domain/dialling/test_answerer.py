"""What each verdict means, what a call does then, and which words are a mailbox's."""

import re

import pytest

from voicebot.domain.dialling.answerer import (
    MAILBOX_WORDS,
    Answerer,
    OnVoicemail,
    Step,
    answerer_of,
    step_after,
)

HANG_UP, LEAVE, TEXT = OnVoicemail


@pytest.mark.parametrize(
    ("verdict", "answerer", "without_wish", "at_a_message"),
    [
        ("human", Answerer.HUMAN, Step.GO_ON, Step.GO_ON),
        ("machine_start", Answerer.VOICEMAIL, Step.HANG_UP, Step.HANG_UP),
        ("machine_end_beep", Answerer.VOICEMAIL, Step.HANG_UP, Step.LEAVE_MESSAGE),
        ("machine_end_silence", Answerer.VOICEMAIL, Step.HANG_UP, Step.LEAVE_MESSAGE),
        ("machine_end_other", Answerer.VOICEMAIL, Step.HANG_UP, Step.HANG_UP),
        ("fax", Answerer.FAX, Step.HANG_UP, Step.HANG_UP),
        ("unknown", Answerer.UNKNOWN, Step.GO_ON, Step.GO_ON),
        ("", Answerer.UNKNOWN, Step.GO_ON, Step.GO_ON),
        ("MACHINE_START", Answerer.UNKNOWN, Step.GO_ON, Step.GO_ON),
        ("robot", Answerer.UNKNOWN, Step.GO_ON, Step.GO_ON),
    ],
)
def test_a_verdict_says_who_answered_and_what_the_call_does(verdict, answerer, without_wish, at_a_message):
    assert answerer_of(verdict) is answerer
    assert step_after(answerer, verdict, None) is step_after(answerer, verdict, HANG_UP) is without_wish
    assert step_after(answerer, verdict, LEAVE) is at_a_message
    instead = Step.TEXT if answerer is Answerer.VOICEMAIL else without_wish
    assert step_after(answerer, verdict, TEXT) is instead


@pytest.mark.parametrize("verdict", ["machine_start", "machine_end_beep", "machine_end_other", "fax"])
@pytest.mark.parametrize("wish", [None, HANG_UP, LEAVE, TEXT])
def test_a_person_or_a_screener_is_never_hung_up_on(verdict, wish):
    for answerer in (Answerer.HUMAN, Answerer.SCREENER, Answerer.UNKNOWN):
        assert step_after(answerer, verdict, wish) is Step.GO_ON


@pytest.mark.parametrize(
    "words",
    [
        "Hi, you've reached Ann. Please leave a message after the tone.",
        "Leave your name and number and I'll get back to you.",
        "at the tone please record your message",
        "You have reached the voicemail box of 303 555 0142",
        "your call has been forwarded to an automatic voice message system",
        "The mailbox is full and cannot accept any messages at this time. Goodbye.",
        "the person you are calling has a voice mailbox that has not been set up yet",
        "when you are finished recording you may hang up or press one for more options",
        "Leave me a message and have a great day",
        "hey it's Bob leave a brief message",
        "we are closed leave us a message",
        "This is an answering machine",
        "Thank you for calling Main Street Dental, leave your message after the beep",
        "following the tone say your name",
        "To page this person press 5 or leave a message",
        "welcome to the message center",
        "Hola, deje su mensaje después de la señal",
        "ha llamado al buzón de voz de Marta",
        "Bitte sprechen Sie nach dem Signalton",
        "Hinterlassen Sie mir eine Nachricht",
        "Laissez un message après le bip",
    ],
)
def test_what_only_mailboxes_say_is_known(words):
    assert re.search(MAILBOX_WORDS, words, re.IGNORECASE)


@pytest.mark.parametrize(
    "words",
    [
        "Hello?",
        "hello who is this",
        "Yes, speaking.",
        "I'm not available right now.",
        "I can't talk right now, call me later",
        "who is this",
        "Hi, this is Ann.",
        "Main Street Dental, this is Joe, how can I help you",
        "you have reached Ann, what's up",
        "she is not here at the moment",
        "can I take a message?",
        "what is this about",
        "I got your message yesterday",
        "I read the message that you sent",
        "is this a robot",
        "are you an automated call",
        "stop calling me",
        "please hold on a second",
        "press what? I don't see any options",
        "I set up my account last week",
        "the tone of your call is strange",
        "don't leave, I'll get her",
        "just a moment I'm at the door",
        "no thank you goodbye",
        "wrong number",
    ],
)
def test_what_people_say_is_nothing_that_a_mailbox_says(words):
    assert not re.search(MAILBOX_WORDS, words, re.IGNORECASE)
