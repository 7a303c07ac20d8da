"""Threads are answered once, all their messages together, by rows that are committed before anything is sent."""

import threading
from uuid import UUID, uuid4

import pytest

from tests.services.texts.text_house import (
    OPERATOR,
    OURS,
    answer_all,
    onboarded,
    outgoing,
    rows,
    said,
    somebody,
    texts,
    thread,
)
from tests.support.accounts import with_carrier
from tests.support.carriers import TextCarrier
from voicebot.domain.texts.our_name import signed
from voicebot.domain.thread.phrases import HELP, MODEL_FAILED
from voicebot.providers.ports import ModelDone, Outcome, ProviderError, TextDelta
from voicebot.services.texts.answer import answer_next_thread, prepare_reply
from voicebot.services.texts.send import send_due_texts
from voicebot.settings import load_settings
from voicebot.storage.texts import conversations, threads

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]

MOST_ATTEMPTS = 8
BROKEN = ProviderError("openai", "timeout", Outcome.UNKNOWN)


def test_a_text_gets_the_models_answer_as_a_row(runtime, model, known, owner):
    model.scripts = [["We open at nine."]]
    texts(runtime, known, "When do you open?")

    assert answer_next_thread(runtime) == 1

    [row] = outgoing(owner, known)
    assert (row["content"], row["outbox_state"], row["part"], row["sent_by"]) == (
        "We open at nine.",
        "generated",
        0,
        "bot",
    )
    assert answer_next_thread(runtime) == 0


def test_three_quick_texts_get_one_answer(runtime, model, known, owner):
    model.scripts = [["All three answered."]]
    for words in ("Hi there", "are you open", "on Sunday?"):
        texts(runtime, known, words)

    answer_all(runtime)

    assert len(outgoing(owner, known)) == 1
    assert said(model)[-3:] == ["Hi there", "are you open", "on Sunday?"]


def test_a_text_that_comes_while_the_model_thinks_is_answered_with_the_others(runtime, model, known, owner):
    model.scripts = [["Too early."], ["Both answered."]]
    texts(runtime, known, "When do you open?")
    stream, more = model.stream, ["And on Sunday?"]

    def interrupted(request):
        for words in more[:]:
            texts(runtime, known, more.pop())
            assert words
        return stream(request)

    model.stream = interrupted
    answer_all(runtime)

    assert [row["content"] for row in outgoing(owner, known)] == ["Both answered."]


def test_two_workers_answer_a_thread_once(make_runtime, model, known, owner):
    model.scripts = [[0.2, "Once."], [0.2, "Twice."]]
    first, second = make_runtime(), make_runtime()
    texts(first, known, "Hello again, are you open?")

    workers = [threading.Thread(target=answer_all, args=(each,)) for each in (first, second)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(outgoing(owner, known)) == 1


def test_a_worker_that_died_before_the_commit_leaves_the_thread_to_others(runtime, model, known, owner):
    model.scripts = [["Here I am."]]
    texts(runtime, known, "Hello, is anybody in today?")
    assert threads.claim_thread(runtime.database, token=uuid4(), lease_s=0.05) is not None
    owner.execute("select pg_sleep(0.1)")

    answer_all(runtime)

    assert [row["content"] for row in outgoing(owner, known)] == ["Here I am."]


def test_a_worker_that_was_too_slow_writes_nothing(runtime, model, known, owner):
    model.scripts = [["From the first."], ["From the second."]]
    texts(runtime, known, "Is it open today?")
    slow = uuid4()
    claimed = threads.claim_thread(runtime.database, token=slow, lease_s=0.05)
    reply = prepare_reply(runtime, claimed)
    owner.execute("select pg_sleep(0.1)")
    answer_all(runtime)

    late = threads.answer_thread(
        runtime.database, claimed, token=slow, state=reply.state, texts=reply.texts, effects=[]
    )

    assert late.result == "fenced"
    assert [row["content"] for row in outgoing(owner, known)] == ["From the second."]


def test_when_the_model_fails_there_is_one_reply(runtime, model, known, owner):
    model.scripts = [[BROKEN]]
    texts(runtime, known, "What do you cost?")

    answer_all(runtime)

    [row] = outgoing(owner, known)
    assert "Sorry" in row["content"]


def test_a_long_answer_becomes_three_texts_at_most(runtime, model, known, owner):
    model.scripts = [[" ".join(f"This is sentence number {place}." for place in range(60))]]
    texts(runtime, known, "Tell me everything")

    answer_all(runtime)

    parts = outgoing(owner, known)
    assert 1 < len(parts) <= 3
    assert [row["part"] for row in parts] == list(range(len(parts)))


def test_a_thread_that_people_answer_is_left_alone(runtime, known, owner):
    texts(runtime, known, "Hello")
    conversations.set_ai_mode(runtime.database, UUID(thread(owner, known)["id"]), "OFF")

    answer_all(runtime)
    texts(runtime, known, "Anybody?")
    answer_all(runtime)

    assert outgoing(owner, known) == []


def test_help_is_answered_on_whatsapp_where_nobody_does_it_in_our_place(runtime, owner):
    number = somebody()
    onboarded(runtime, owner, number)

    texts(runtime, f"whatsapp:{number}", "HELP", to_number=f"whatsapp:{OURS}", channel="whatsapp")
    answer_all(runtime)

    [row] = outgoing(owner, number)
    assert signed(HELP, runtime.settings.service_name) == row["content"]


def test_what_never_left_is_not_what_was_said(runtime, model, known, owner):
    model.scripts = [["This is never sent."], ["This is."]]
    texts(runtime, known, "One?")
    answer_all(runtime)
    owner.execute("update public.sms_history set outbox_state = 'failed' where direction = 'outbound'")

    texts(runtime, known, "Two?")
    answer_all(runtime)

    assert said(model)[1:] == ["One?", "Two?"]


def test_after_stop_nothing_is_answered(runtime, model, known, owner):
    texts(runtime, known, "STOP")
    texts(runtime, known, "By the way, when do you open?")

    answer_all(runtime)

    assert outgoing(owner, known) == []
    assert model.requests == []


def test_who_wants_a_person_is_told_and_the_operator_too(make_runtime, owner, tmp_path):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR})
    runtime, number = make_runtime(settings=settings), somebody()
    onboarded(runtime, owner, number)
    texts(runtime, number, "I want to talk to a real person please")

    answer_all(runtime)

    assert [row["kind"] for row in outgoing(owner, OPERATOR)] == ["operator_notice"]
    assert len(outgoing(owner, number)) == 1


def test_a_loop_of_two_machines_ends(runtime, model, known, owner):
    carrier = TextCarrier()
    sender = with_carrier(runtime, messaging=carrier)
    model.scripts = [[f"Answer {place}."] for place in range(40)]
    for place in range(30):
        texts(runtime, known, f"Your message {place} was received by our automatic system")
        answer_all(runtime)
        while send_due_texts(sender):
            pass

    assert len(carrier.taken) <= 10
    assert thread(owner, known)["ai_mode"] == "OFF"


def test_a_thread_that_cannot_be_answered_is_handed_to_people(make_runtime, model, known, owner, tmp_path):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR})
    runtime = make_runtime(settings=settings)

    model.stream = _broken
    texts(runtime, known, "What is this?")

    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(RuntimeError):
            answer_next_thread(runtime)
        owner.execute("update public.conversations set answer_lease_until = now()")
    assert answer_next_thread(runtime) == 0

    assert thread(owner, known)["status"] == "pending"
    assert rows(owner, known, "outbound") == []
    assert [row["kind"] for row in outgoing(owner, OPERATOR)] == ["operator_notice"]


def test_a_thread_that_a_fault_of_ours_held_up_is_tried_again_soon(runtime, model, known, owner):
    texts(runtime, known, "What is this?")
    answer, model.stream = model.stream, _broken
    with pytest.raises(RuntimeError):
        answer_next_thread(runtime)

    [(wait_s,)] = owner.execute(
        "select extract(epoch from answer_lease_until - now())::float from public.conversations"
    ).fetchall()
    model.stream = answer
    owner.execute("update public.conversations set answer_lease_until = now()")

    assert 0 < wait_s < 10
    assert answer_next_thread(runtime) == 1


def _broken(_request):
    raise RuntimeError("a bug")


def test_the_operator_is_told_where_to_look(make_runtime, owner, tmp_path):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR})
    runtime = make_runtime(settings=settings)
    number = somebody()
    texts(runtime, number, "I want to talk to a human")

    answer_all(runtime)

    [notice] = outgoing(owner, OPERATOR)
    assert notice["content"].startswith(f"{settings.service_name}: somebody needs a person.")
    assert "voicebot escalations list" in notice["content"]
    assert number not in notice["content"]


CUT_SHORT = ModelDone("length", "scripted")


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        (["We open at nine. On Sundays we", CUT_SHORT], "We open at nine."),
        (["We open at nine.", CUT_SHORT], "We open at nine."),
        (["We open at", CUT_SHORT], MODEL_FAILED),
        (["Let me think. ", TextDelta("At nine.", anew=True)], "At nine."),
    ],
)
def test_only_whole_sentences_of_the_answer_itself_are_texted(runtime, model, known, owner, script, sent):
    model.scripts = [script]
    texts(runtime, known, "When do you open?")

    answer_next_thread(runtime)

    assert [row["content"] for row in outgoing(owner, known)] == [signed(sent, runtime.settings.service_name)]
