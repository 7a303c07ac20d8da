"""Somebody new is asked by text, question by question, and the model knows which one is open."""

import pytest

from tests.services.texts.text_house import answer_all, outgoing, said, somebody, texts, thread
from voicebot.domain.thread.phrases import CODE_UNREAD
from voicebot.services.verification import verify_phone

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


def test_somebody_new_is_welcomed_and_asked(runtime, owner):
    number = somebody()
    texts(runtime, number, "Hello")

    answer_all(runtime)

    assert [row["kind"] for row in outgoing(owner, number)] == ["onboarding"]
    assert thread(owner, number)["state"]["onboarding"]["phase"] == "running"


def test_answers_of_the_onboarding_reach_the_profile(runtime, owner):
    number = somebody()
    for words in ("Hello", "My name is Ann Smith", "Boston"):
        texts(runtime, number, words)
        answer_all(runtime)

    [profile] = owner.execute(
        "select first_name, last_name, location from public.user_profiles where phone_number = %s", [number]
    ).fetchall()

    assert profile == ("Ann", "Smith", "Boston")


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("NEW CODE", "less than a minute ago: please give it a moment"),
        ("CALL ME", "Reply CALL ME in a minute"),
    ],
)
def test_nobody_is_promised_a_second_code_within_the_minute_in_which_none_goes_out(
    runtime, owner, wish, told
):
    number = somebody()
    for words in ("Hi", "Ann", "Boston", "any", "no", wish):
        texts(runtime, number, words)
        answer_all(runtime)

    *_, last = outgoing(owner, number)

    assert told in last["content"]
    assert "two words" in last["content"]


def test_the_model_knows_that_the_open_question_follows(runtime, model, owner):
    number = somebody()
    texts(runtime, number, "Hi")
    answer_all(runtime)
    model.scripts = [["We open at nine."]]
    texts(runtime, number, "When do you open?")

    answer_all(runtime)

    assert "do not ask it, nor another one" in said(model)[0]


def test_half_a_code_is_asked_for_without_the_model(runtime, model, known, owner):
    verify_phone.start(runtime, known, "sms")
    texts(runtime, known, "482 91")

    answer_all(runtime)

    assert CODE_UNREAD in [row["content"] for row in outgoing(owner, known)]
    assert model.requests == []
