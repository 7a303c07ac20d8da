"""What a text says that it, or somebody, will do, and what keeps it."""

from collections.abc import Callable

from tests.services.promises.kept import Kept
from tests.services.texts.text_house import outgoing, somebody, texts, thread
from voicebot.domain.person.effects import GiveConsent, Suppress
from voicebot.domain.thread.events import Person, StopWish, Text, TextsReceived
from voicebot.domain.thread.flow import step
from voicebot.domain.thread.phrases import OFFERS_WORDING
from voicebot.domain.thread.state import ThreadState
from voicebot.providers.ports import Outcome, ProviderError, ToolCall
from voicebot.services.texts.answer import answer_next_thread
from voicebot.storage.suppressions import is_suppressed
from voicebot.storage.texts.conversations import set_ai_mode


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


def one_channel_ended(house: Kept) -> None:
    for words, ended, left in (
        ("please no more sms, phone me instead", "texts", "calls"),
        ("stop calling me. texting is fine", "calls", "texts"),
    ):
        number = somebody()
        texts(house.runtime, number, words)
        assert is_suppressed(house.runtime.database, number, scope=ended)
        assert not is_suppressed(house.runtime.database, number, scope=left)


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


TEXTS: dict[str, tuple[Callable[[Kept], None], ...]] = {
    "Thank you, I have noted that for the team.": (note_of_a_thread,),
    "It is noted for the team.": (note_of_a_thread,),
    "I have noted it for the team, so that a person can answer you here.": (
        thread_for_a_person, thread_of_a_closed_case, thread_without_answers,
    ),
    "It is noted for the team that you would like to talk to a person, who can answer you here.": (thread_for_a_person_again,),
    "You will get no more texts or calls from {}.": (suppression,),
    "You will get no more texts from {}.": (one_channel_ended,),
    "You will get no more calls from {}.": (one_channel_ended,),
    "You will get texts and calls from {} again.": (suppression_lifted,),
    "You will get no offers from {}.": (offers_ended,),
    "I have noted for the team that you want your data to be deleted, so that a person sees to it.": (erasure_requested,),
    "{} Your request to delete your data is noted for the team.": (erasure_requested,),
}  # fmt: skip
