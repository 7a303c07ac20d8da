"""What a call says that it, or somebody, will do, and what keeps it.

Each keeper does what makes us say the sentence, and looks for what keeps it.
"""

from collections.abc import Callable

from tests.services.calls.gather.gather_calls import OURS, arrives, asks, verbs
from tests.services.promises.kept import Kept
from tests.services.templates.kept_drafts import kept_draft
from tests.services.texts.text_house import outgoing
from tests.services.verification.verification_desk import new_number
from voicebot.domain.call.events import CallerSaid, KeyPressed, TransferEnded, TransferOutcome
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import Outcome, ProviderError, ToolCall
from voicebot.services.calls import last_resort
from voicebot.services.calls.run_tool import ToolUse, run_tool
from voicebot.services.templates import edit
from voicebot.transports.twilio.urls import Place


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


def code_by_tool(house: Kept) -> None:
    number = new_number()
    house.owner.execute("delete from public.verification_counters")
    assert run_tool(house.runtime, "send_code", ToolUse(1, "1-t", {}, number=number)).ok
    assert [text["kind"] for text in outgoing(house.owner, number)] == ["verification"]


CALLS: dict[str, tuple[Callable[[Kept], None], ...]] = {
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
}  # fmt: skip
