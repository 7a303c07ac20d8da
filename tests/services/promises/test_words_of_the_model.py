"""What a model says that it has passed on is passed on, whether or not it used its tool."""

from datetime import UTC, datetime

import pytest

from tests.services.promises.kept import Kept
from tests.services.texts.text_house import outgoing, somebody, texts
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.operators.promises import hands_on
from voicebot.providers.ports import ToolCall
from voicebot.services.calls.request import model_request
from voicebot.services.texts.answer import answer_next_thread

pytestmark = pytest.mark.sql


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
