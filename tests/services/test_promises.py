"""What the service says that it, or somebody, will do is done: each such sentence names what keeps it, and that is tried.

A sentence that commits and stands in no line of KEPT fails; so does one whose keeper does not keep it any more.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import OURS, arrives, asks, verbs
from tests.services.templates.kept_drafts import kept_draft
from tests.services.texts.text_house import OPERATOR, outgoing, somebody, texts, thread
from tests.services.verification.verification_desk import new_number
from tests.support.committing import commitments, fixed_texts, strings_of
from tests.support.providers import ScriptedModel
from voicebot.demo.place import LOOSE_CAPS
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.events import CallerSaid, KeyPressed, TransferEnded, TransferOutcome
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.onboarding import flow
from voicebot.domain.onboarding.state import Medium, OnboardingState, Question
from voicebot.domain.operators.promises import hands_on
from voicebot.domain.person.effects import GiveConsent, StartVerification, Suppress
from voicebot.domain.templates.template import CallTemplate
from voicebot.domain.thread.events import Person, StopWish, Text, TextsReceived
from voicebot.domain.thread.flow import step
from voicebot.domain.thread.phrases import OFFERS_WORDING
from voicebot.domain.thread.state import ThreadState
from voicebot.providers.ports import Outcome, ProviderError, ToolCall
from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort
from voicebot.services.calls.request import model_request
from voicebot.services.calls.run_tool import ToolUse, run_tool
from voicebot.services.templates import edit
from voicebot.services.texts.answer import answer_next_thread
from voicebot.settings import load_settings
from voicebot.storage.texts.conversations import set_ai_mode
from voicebot.transports.twilio.urls import Place

pytestmark = pytest.mark.sql
ASKED_FOR_CODE = replace(
    flow.begin(OnboardingState(), ()).state,
    first_name="Lea",
    code_sent=True,
    question=Question.VERIFICATION,
)


@dataclass
class Kept:
    """All that a keeper needs to be tried."""

    runtime: Runtime
    model: ScriptedModel
    owner: Connection
    call_sid: str

    def reasons(self) -> list[str]:
        """Why people have to look, oldest first."""
        rows = self.owner.execute("select reason from public.support_escalations order by created_at")
        return [reason for (reason,) in rows]

    def unstaffed(self) -> Runtime:
        """The same house, where nobody can be called."""
        return replace(
            self.runtime, settings=self.runtime.settings.model_copy(update={"operator_phone_number": ""})
        )


@pytest.fixture
def house(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    owner: Connection,
    call_sid: str,
    tmp_path: Path,
    no_texts: None,
) -> Kept:
    told = {
        "VOICEBOT_DATA_DIR": str(tmp_path),
        "OPERATOR_PHONE_NUMBER": OPERATOR,
        "VOICEBOT_ONBOARDING": "none",
    }
    return Kept(make_runtime(settings=load_settings(LOOSE_CAPS | told)), model, owner, call_sid)


# --- keepers: each does what makes us say the sentence, and looks for what keeps it ---------------


def message_after_a_wish_for_a_person(house: Kept) -> None:
    runtime = house.unstaffed()
    arrives(runtime, house.call_sid)
    asks(runtime, house.call_sid, 1, KeyPressed("0"))
    asks(runtime, house.call_sid, 2, CallerSaid("The bicycle is ready."))
    assert house.reasons() == ["message"]


def text_of_a_closed_line(house: Kept) -> None:
    closed = {
        "name": "The line",
        "hours": {"timezone": "UTC", "week": {}},
        "closed": {"instead_of_transfer": "text", "text": "We open at nine."},
    }
    line = kept_draft(house.runtime, CallTemplate.model_validate(closed))
    edit.publish(house.runtime, line)
    house.owner.execute(
        """insert into public.provider_phone_numbers (
               full_number, country_code, area_code, phone_number, is_active, template_id, provider_id)
           select %s, '1', '202', '5550100', true, %s, id from public.call_service_providers limit 1""",
        [OURS, line.id],
    )
    try:
        arrives(house.runtime, house.call_sid)
        asks(house.runtime, house.call_sid, 1, KeyPressed("0"))
    finally:
        house.owner.execute("update public.call_history set phone_number_id = null")
        house.owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])
    sent = house.owner.execute(
        "select outbox_state from public.sms_history where content = 'We open at nine.'"
    ).fetchall()
    assert sent == [("generated",)]


def message_by_tool(house: Kept) -> None:
    arrives(house.runtime, house.call_sid)
    house.model.scripts = [[ToolCall("t", "take_message", {"message": "It is ready."})], ["Noted."]]
    asks(house.runtime, house.call_sid, 1, CallerSaid("Tell them that it is ready."))
    assert house.reasons() == ["message"]


def escalation_by_tool(house: Kept) -> None:
    arrives(house.runtime, house.call_sid)
    house.model.scripts = [[ToolCall("t", "escalate", {"reason": "A complaint."})], ["Noted."]]
    asks(house.runtime, house.call_sid, 1, CallerSaid("This is a scandal."))
    assert house.reasons() == ["human_requested"]


def unanswered_transfer(house: Kept) -> None:
    arrives(house.runtime, house.call_sid)
    asks(house.runtime, house.call_sid, 1, KeyPressed("0"))
    asks(house.runtime, house.call_sid, 2, TransferEnded(TransferOutcome.NO_ANSWER))
    assert house.reasons() == ["transfer_unanswered"]


def dial_by_key(house: Kept) -> None:
    arrives(house.runtime, house.call_sid)
    assert "Dial" in verbs(asks(house.runtime, house.call_sid, 1, KeyPressed("0")))


def dial_by_tool(house: Kept) -> None:
    arrives(house.runtime, house.call_sid)
    house.model.scripts = [[ToolCall("t", "transfer", {})]]
    assert "Dial" in verbs(asks(house.runtime, house.call_sid, 1, CallerSaid("A person, please.")))


def dial_after_failures(house: Kept) -> None:
    arrives(house.runtime, house.call_sid)
    for turn in (1, 2):
        house.model.scripts = [[ProviderError("model", "http_500", Outcome.REFUSED)]]
        document = asks(house.runtime, house.call_sid, turn, CallerSaid("When do you open?"))
    assert "Dial" in verbs(document)


def dial_without_database(house: Kept) -> None:
    document = last_resort.goodbye(house.runtime.settings, "+12025550100", "en-US")
    assert "connecting you" in document and "Dial" in verbs(document)


def another_try_without_database(house: Kept) -> None:
    for document in (
        last_resort.start_failed(house.runtime.settings, 0, ""),
        last_resort.turn_failed(house.runtime.settings, Place(1, 1), ""),
        last_resort.transfer_failed(house.runtime.settings, Place(1), "busy", ""),
    ):
        assert "right with you" in document and "Redirect" in verbs(document)


def thread_for_a_person(house: Kept) -> None:
    number = somebody()
    for words in ("I want to talk to a human", "a human please"):
        texts(house.runtime, number, words)
        answer_next_thread(house.runtime)
    assert house.reasons() == ["human_requested", "ai_off"]
    assert len(outgoing(house.owner, number)) == 1


def thread_for_a_person_again(house: Kept) -> None:
    number = somebody()
    for words in ("I want to talk to a human", "a human please"):
        texts(house.runtime, number, words)
        answer_next_thread(house.runtime)
        assert set_ai_mode(house.runtime.database, thread(house.owner, number)["id"], "ON")
    assert house.reasons() == ["human_requested"]
    assert len(outgoing(house.owner, number)) == 2


def thread_of_a_closed_case(house: Kept) -> None:
    number = somebody()
    for words in ("I want to talk to a human", "a human please"):
        texts(house.runtime, number, words)
        answer_next_thread(house.runtime)
        house.owner.execute(
            "select public.set_escalation_state(id, 'closed', 'a test') from public.support_escalations"
        )
    assert house.reasons() == ["human_requested"] * 2
    assert len({text["content"] for text in outgoing(house.owner, number)}) == 1


def thread_without_answers(house: Kept) -> None:
    number = somebody()
    for words in ("When do you open?", "Hello?"):
        house.model.scripts = [[ProviderError("model", "http_500", Outcome.REFUSED)]]
        texts(house.runtime, number, words)
        answer_next_thread(house.runtime)
    assert house.reasons() == ["model_failed"]


def note_of_a_thread(house: Kept) -> None:
    number = somebody()
    house.model.scripts = [[ToolCall("t", "note_for_team", {"message": "The bicycle is ready."})], []]
    texts(house.runtime, number, "Please tell them that the bicycle is ready.")
    answer_next_thread(house.runtime)
    rows = house.owner.execute(
        "select e.reason, e.message from public.support_escalations e where e.conversation_id = %s",
        [thread(house.owner, number)["id"]],
    ).fetchall()
    assert rows == [("message", "The bicycle is ready.")]
    assert [each["content"] for each in outgoing(house.owner, number)] == [
        "Thank you, I have noted that for the team."
    ]


def suppression(house: Kept) -> None:
    del house
    stop = TextsReceived((Text(1, "leave me alone", stop_wish=StopWish.JUDGED),), Person())
    assert Suppress() in step(ThreadState(), stop)[1]


def offers_ended(house: Kept) -> None:
    del house
    refused = TextsReceived((Text(1, "no offers", stop_wish=StopWish.OFFERS),), Person())
    assert GiveConsent("marketing", "withdrawn", OFFERS_WORDING) in step(ThreadState(), refused)[1]


def erasure_requested(house: Kept) -> None:
    for words in ("Delete my data", "Stop texting me and delete my data"):
        texts(house.runtime, somebody(), words)
        answer_next_thread(house.runtime)
    assert house.reasons() == ["erasure_requested", "erasure_requested"]


def suppression_lifted(house: Kept) -> None:
    number = f"whatsapp:{somebody()}"
    for words in ("STOP", "START"):
        texts(house.runtime, number, words, channel="whatsapp", to_number="whatsapp:+12025550100")
    standing = house.owner.execute(
        "select count(*) from public.suppressions where phone_number = %s and (until is null or until > now())",
        [number.removeprefix("whatsapp:")],
    ).fetchone()
    assert standing == (0,)


def code_by_tool(house: Kept) -> None:
    number = new_number()
    house.owner.execute("delete from public.verification_counters")
    assert run_tool(house.runtime, "send_code", ToolUse(1, "1-t", {}, number=number)).ok
    assert [text["kind"] for text in outgoing(house.owner, number)] == ["verification"]


def code_after(
    *answers: str, state: OnboardingState = ASKED_FOR_CODE, by: str = "sms", medium: Medium = Medium.TEXT
) -> Callable[[Kept], None]:
    """Make the keeper of a code that comes once the last of these answers is given."""

    def keeper(_house: Kept) -> None:
        standing, effects = state, ()
        for words in answers:
            turn = flow.answer(standing, words, medium)
            standing, effects = turn.state, turn.effects
        assert StartVerification(by) in effects

    return keeper


def onboarding_goes_on(house: Kept) -> None:
    del house
    later = flow.answer(ASKED_FOR_CODE, "later").state
    assert StartVerification("sms") in flow.answer(later, "continue").effects
    stopped = flow.stop(ASKED_FOR_CODE).state
    assert flow.answer(stopped, "continue").state.running


def never_asked_again(house: Kept) -> None:
    del house
    refused = flow.answer(ASKED_FOR_CODE, "I don't want this").state
    assert not refused.running
    assert [flow.remind(refused, number).reply for number in (1, 2)] == ["", ""]


LAST_QUESTION = replace(ASKED_FOR_CODE, code_sent=False, question=Question.CONSENT)
KEPT: dict[str, tuple[Callable[[Kept], None], ...]] = {
    # Calls.
    "One moment please, I am connecting you.": (dial_by_key, dial_by_tool),
    "The caller is being connected.": (dial_by_tool,),
    "I am connecting you with a person.": (dial_after_failures, dial_without_database),
    "One moment please, I will be right with you.": (another_try_without_database,),
    "Please tell me your message and I will note it for the team.": (message_after_a_wish_for_a_person,),
    "I am sending you a text message.": (text_of_a_closed_line,),
    "Thank you, I have noted your message for the team.": (message_after_a_wish_for_a_person,),
    "It is noted for the team that the caller wants a person.": (unanswered_transfer,),
    "{} is noted for the team.": (message_by_tool, escalation_by_tool),
    "A code is on its way.": (code_by_tool,),
    # Texts.
    "Thank you, I have noted that for the team.": (note_of_a_thread,),
    "It is noted for the team.": (note_of_a_thread,),
    "I have noted it for the team, so that a person can answer you here.": (
        thread_for_a_person, thread_of_a_closed_case, thread_without_answers,
    ),
    "It is noted for the team that you would like to talk to a person, who can answer you here.": (thread_for_a_person_again,),
    "You will get no more texts or calls from {}.": (suppression,),
    "You will get texts and calls from {} again.": (suppression_lifted,),
    "You will get no offers from {}.": (offers_ended,),
    "I have noted for the team that you want your data to be deleted, so that a person sees to it.": (erasure_requested,),
    "{} Your request to delete your data is noted for the team.": (erasure_requested,),
    # Onboarding.
    "Last step: I am texting you a code, to make sure that this number is yours.": (code_after("no", state=LAST_QUESTION),),
    "Last step: I am sending you a text with a code, to make sure that the number is yours.": (
        code_after("no", state=LAST_QUESTION, medium=Medium.CALL),
    ),
    "NEW CODE gets you another, CALL ME reads it to you.": (code_after("new code"), code_after("call me", by="call")),
    "It is on its way again.": (code_after("new code"),),
    "I am calling you with the code.": (code_after("call me", by="call"),),
    "Reply CALL ME in a minute, and I call you with it.": (code_after("call me", by="call"),),
    "I am sending it anew.": (code_after("[code]"),),
    "Only your number is left to be verified: reply NEW CODE when you have a minute, and I text you a code.": (
        code_after("new code"),
    ),
    "I have sent you all the codes that I may for now.": (code_after("new code"),),
    "Text me CODE {when}, and we finish this.": (code_after("code"),),
    "Text me CODE tomorrow and we finish this.": (code_after("code"), code_after("later", "code")),
    "Say CONTINUE whenever you like, and we go on where we stopped.": (onboarding_goes_on,),
    "Ask me anything; say CONTINUE, and we finish setting you up.": (onboarding_goes_on,),
    "That is fine, I will not ask again.": (never_asked_again,),
}  # fmt: skip


# --- the table is whole -------------------------------------------------------------------------------


def test_every_sentence_that_commits_names_what_keeps_it():
    assert commitments(fixed_texts()) == set(KEPT)


@pytest.mark.parametrize(
    "sentence",
    ["I will pass it on.", "Somebody will call you.", "A person will get back to you here.", "I'll connect you.",
     "We will be in touch.", "I have told the team.", "I am connecting you."],
)  # fmt: skip
def test_a_new_sentence_that_commits_is_found(sentence: str):
    tree = ast.parse(f'"""Not this: {sentence}"""\nPHRASES = {{"new": "I see. {sentence}"}}\n')

    assert commitments(strings_of(tree)) == {sentence}


@pytest.mark.parametrize(
    ("sentence", "keeper"),
    [pytest.param(sentence, keeper, id=f"{sentence[:40]}-{number}") for sentence, keepers in KEPT.items() for number, keeper in enumerate(keepers)],
)  # fmt: skip
def test_what_is_said_is_done(house: Kept, sentence: str, keeper: Callable[[Kept], Any]):
    del sentence
    keeper(house)


# --- what the model says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    ["I have noted it for the team.", "Sure. I've passed that on to the owner.", "Someone will call you tomorrow.",
     "I'll let the team know.", "They will get back to you.", "I have told the team about it, thank you!"],
)  # fmt: skip
def test_words_of_the_model_that_promise_are_known(answer: str):
    assert hands_on(answer)


@pytest.mark.parametrize(
    "answer",
    ["Shall I note it for the team?", "Would you like me to pass it on?", "I cannot pass that on.", "We open at nine.",
     "If you like, I can let the team know.", "Nobody will call you about it.", "I will text you a code now.",
     "Noted your taste: another voice it is.", "I am an assistant, how can I help?"],
)  # fmt: skip
def test_offers_questions_and_denials_promise_nothing(answer: str):
    assert not hands_on(answer)


def test_a_thread_that_is_told_that_it_was_noted_has_it_noted_though_the_model_used_no_tool(house: Kept):
    house.model.scripts = [["Thank you, I have passed it on to the team."]]
    texts(house.runtime, somebody(), "My bicycle squeaks again.")

    answer_next_thread(house.runtime)

    rows = house.owner.execute("select reason, message from public.support_escalations").fetchall()
    assert rows == [("message", "My bicycle squeaks again.")]


def test_a_thread_gets_the_answer_to_its_question_beside_the_note(house: Kept):
    number = somebody()
    house.model.scripts = [
        [ToolCall("t", "note_for_team", {"message": "Late today."})],
        ["It is noted for the team. We close at six."],
    ]
    texts(house.runtime, number, "Tell them I am late. And when do you close?")

    answer_next_thread(house.runtime)

    assert [each["content"] for each in outgoing(house.owner, number)] == [
        "It is noted for the team. We close at six."
    ]
    assert house.model.requests[1].messages[-1]["content"] == "It is noted for the team."
    assert house.reasons() == ["message"]


@pytest.mark.parametrize(("tools", "offered"), [(("take_message",), True), (("end_call",), False)])
def test_a_message_is_offered_only_where_one_can_be_taken(tools: tuple[str, ...], offered: bool):
    request = model_request(CallBackground(), new_call(CallSetup(tools=tools)), now=datetime.now(UTC))

    assert ("offer to take a message" in request.messages[0]["content"]) is offered
