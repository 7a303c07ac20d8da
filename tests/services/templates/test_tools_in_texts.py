"""Tools of one's own in threads of texts: asked as in a call, once for a text, and nobody is met with silence when they fail."""

import json
from uuid import uuid4

import pytest

from tests.services.texts.text_house import onboarded, outgoing, somebody, texts
from tests.support.webhook_receiver import receiving
from voicebot.providers.ports import Outcome, ProviderError, ToolCall
from voicebot.services.templates.own_tools import NOT_NOW, secret_of
from voicebot.services.texts.answer import answer_next_thread, prepare_reply
from voicebot.storage.texts import threads

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]
WISH = {"day": "Friday", "people": "4"}


@pytest.fixture
def person(runtime, owner):
    number = somebody()
    onboarded(runtime, owner, number)
    return number


@pytest.fixture
def system(on_template):
    """The system behind two tools of the number's template, one of them for callers with a code alone."""
    with receiving() as one:
        book = {
            "name": "book_table", "description": "Book a table.", "url": one.url,
            "arguments": {"day": "The day.", "people": "How many.", "note": "Anything else."}, "optional": ["note"],
        }  # fmt: skip
        tools = [book, {**book, "name": "cancel_table", "needs_code": True}]
        on_template(own_tools=f"'{json.dumps(tools)}'::jsonb")
        yield one


def test_a_text_has_a_table_booked_and_what_the_system_says_is_told(runtime, model, owner, person, system):
    system.answers = [200, 200]
    model.scripts = [
        [ToolCall("t", "book_table", {"day": "Friday", "people": " "})],
        [ToolCall("u", "book_table", WISH)],
        ["Your table is booked."],
    ]
    text_id = texts(runtime, person, "A table for four on Friday?")

    assert answer_next_thread(runtime) == 1

    (answer,) = outgoing(owner, person)
    assert answer["content"].endswith("Your table is booked.")
    ((headers, body),) = system.got
    told = json.loads(body)["data"]
    assert (told["arguments"], told["caller"], told["verified"], told["trial"]) == (
        WISH,
        person,
        False,
        False,
    )
    assert (told["call_id"], f"_{told['message_id']}_" in headers["webhook-id"]) == (None, True), text_id
    (template_id,) = owner.execute(
        "select id::text from public.call_templates where name = 'Line' order by created_at desc limit 1"
    ).fetchone()
    assert system.is_valid(0, secret_of(runtime.settings, template_id))
    offered = [[tool.name for tool in request.tools] for request in model.requests]
    assert offered == [["note_for_team", "callback", "book_table"]] * 2 + [[]]
    assert "What your tools answer counts too" in model.requests[0].messages[0]["content"]
    answers = [each["content"] for each in model.requests[2].messages if each["role"] == "tool"]
    assert answers[0].startswith("Something is missing.") and answers[1] == "Done."
    (knew,) = owner.execute(
        "select d.snapshot_json from public.ai_decisions d join public.sms_history m on m.id = d.text_id"
        " where m.phone_number = %s",
        [person],
    ).fetchone()
    assert knew["tools"] == [{"name": "book_table", "done": False}, {"name": "book_table", "done": True}]


def test_an_answer_that_is_made_anew_asks_for_the_same_by_the_same_id(runtime, model, owner, person, system):
    texts(runtime, person, "A table for four on Friday?")

    def anew(wish):
        claimed = threads.claim_thread(runtime.database, token=uuid4(), lease_s=0.0)
        model.scripts = [[ToolCall(uuid4().hex, "book_table", wish)], ["Booked."]]
        prepare_reply(runtime, claimed)

    anew(WISH)
    # The worker died; meanwhile there is another text, and the model writes it another way.
    texts(runtime, person, "At the window, if you can.")
    anew({"people": "4", "day": " friday"})
    anew(WISH | {"day": "Saturday"})

    first, again, other = (headers["webhook-id"] for headers, _ in system.got)
    assert first == again != other


@pytest.mark.parametrize("status", [500, 409])
def test_whoever_texts_hears_of_a_system_that_fails_and_of_one_that_says_no(
    runtime, model, owner, person, system, status
):
    system.answers = [status]
    model.scripts = [[ToolCall("t", "book_table", WISH)], ["That did not work, shall I take a message?"]]
    texts(runtime, person, "A table for four on Friday?")

    answer_next_thread(runtime)

    told = model.requests[1].messages[-1]["content"]
    assert told == (NOT_NOW if status == 500 else "The system refused this. Say so.")
    assert outgoing(owner, person)[0]["content"].endswith("shall I take a message?")


def test_what_was_done_is_the_teams_to_tell_when_the_model_has_no_words_for_it(
    runtime, model, owner, person, system
):
    model.scripts = [
        [ToolCall("t", "book_table", WISH)],
        [ProviderError("scripted", "500", Outcome.UNKNOWN)],
    ]
    texts(runtime, person, "A table for four on Friday?")

    answer_next_thread(runtime)

    (answer,) = outgoing(owner, person)
    assert "team" in answer["content"]
    (message,) = owner.execute(
        "select message from public.support_escalations order by created_at desc limit 1"
    ).fetchone()
    assert message == "book_table (day: Friday, people: 4): Done."


def test_a_tool_for_proven_callers_and_one_that_does_not_exist_are_asked_nowhere(
    runtime, model, owner, person, system
):
    model.scripts = [
        [ToolCall("t", "cancel_table", WISH), ToolCall("u", "book_plane", WISH), ToolCall("v", "book_table", {}, True)],
        ["I cannot do that."],
    ]  # fmt: skip
    texts(runtime, person, "Cancel it.")

    answer_next_thread(runtime)

    assert system.got == []
    told = [each["content"] for each in model.requests[1].messages if each["role"] == "tool"]
    assert told == ["There is no such tool."] * 2 + ["The arguments could not be read. Nothing was done."]
