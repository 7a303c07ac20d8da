"""Where it is in doubt whether somebody wants no more texts we ask; a request for erasure reaches a person."""

import pytest

from tests.services.texts.refusing import TO_CONSENT, consents, is_stopped, opinion, our, reasons, says, told
from tests.services.texts.text_house import OURS, somebody, texts, thread
from tests.support.providers import ScriptedModel
from voicebot.domain.opt_out.asked import SCOPE_QUESTION
from voicebot.domain.thread.phrases import (
    ERASURE_NOTED,
    OFFERS_ENDED,
    OPT_OUT_AND_ERASURE,
    OPT_OUT_CONFIRMED,
    SCOPE_ASKED_AGAIN,
    SCOPE_LEFT,
    WORDS,
)
from voicebot.runtime import Runtime
from voicebot.storage.texts.messages import last_texts

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


# --- in doubt we ask ------------------------------------------------------------------------------


@pytest.fixture
def doubtful(runtime: Runtime, model: ScriptedModel, known: str) -> str:
    """Somebody whom we have asked what is to stop."""
    opinion(model, in_doubt=True)
    says(runtime, known, "stop sending me offers and stuff")
    opinion(model)
    return known


def test_in_doubt_nothing_is_done_and_the_person_is_asked(runtime, owner, doubtful):
    assert not is_stopped(runtime, doubtful)
    assert told(owner, doubtful) == [f"{SCOPE_QUESTION} Please reply ALL, OFFERS or NEITHER."]


@pytest.mark.parametrize("words", ["ALL", "all of them please", "everything", "STOP", "todos"])
def test_all_stops_all(runtime, owner, doubtful, words):
    says(runtime, doubtful, words)

    assert is_stopped(runtime, doubtful)


@pytest.mark.parametrize("words", ["OFFERS", "only offers", "just the offers please", "no offers"])
def test_offers_stops_offers_alone(runtime, owner, doubtful, words):
    says(runtime, doubtful, words)

    assert not is_stopped(runtime, doubtful)
    assert told(owner, doubtful)[-1:] == our(runtime, OFFERS_ENDED)
    assert consents(owner, doubtful) == [("marketing", "withdrawn")]


def test_neither_changes_nothing(runtime, owner, doubtful):
    says(runtime, doubtful, "neither")

    assert (is_stopped(runtime, doubtful), consents(owner, doubtful)) == (False, [])
    assert told(owner, doubtful)[-1] == SCOPE_LEFT


def test_yes_to_a_question_of_two_sides_is_asked_again_and_then_left_to_a_person(runtime, owner, doubtful):
    says(runtime, doubtful, "yes", "yes please")

    assert told(owner, doubtful)[1] == SCOPE_ASKED_AGAIN
    assert not is_stopped(runtime, doubtful)
    assert reasons(runtime, doubtful) == ["unsure_stop_request"]
    # A person is told, and the bot goes on.
    assert thread(owner, doubtful)["ai_mode"] == "ON"


def test_another_text_closes_the_question(runtime, model, owner, doubtful):
    model.scripts = [["At nine."]]

    says(runtime, doubtful, "When do you open?", "all")

    assert told(owner, doubtful)[1] == "At nine."
    assert not is_stopped(runtime, doubtful)


def test_offers_refused_on_the_way_are_noted_and_the_rest_is_read(runtime, owner):
    number = somebody()

    says(runtime, number, "Hello", "Ada Lovelace, no offers please")

    assert consents(owner, number) == [("marketing", "denied")]
    assert not is_stopped(runtime, number)
    assert "Which city" in told(owner, number)[-1]


# --- requests for erasure -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "language"),
    [("delete my data", "en"), ("Löschen Sie meine Daten", "de"), ("bórrenme todos los datos", "es")],
)
def test_a_request_for_erasure_is_opened_for_the_operator_and_is_no_stop(
    runtime, model, known, owner, words, language
):
    says(runtime, known, words)

    assert reasons(runtime, known) == ["erasure_requested"]
    assert told(owner, known) == [WORDS.said(ERASURE_NOTED, language)]
    assert thread(owner, known)["ai_mode"] == "ON"
    assert (is_stopped(runtime, known), model.requests) == (False, [])


def test_one_open_request_is_enough(runtime, known, owner):
    says(runtime, known, "delete my data", "I said delete all my data!")

    assert reasons(runtime, known) == ["erasure_requested"]


def test_whoever_wants_both_gets_both_in_one_text(runtime, known, owner):
    says(runtime, known, "Stop texting me and delete my data")

    assert is_stopped(runtime, known)
    assert reasons(runtime, known) == ["erasure_requested"]
    assert told(owner, known) == our(runtime, OPT_OUT_AND_ERASURE)


def test_after_stop_the_request_is_opened_without_a_word(runtime, known, owner):
    says(runtime, known, "stop texting me", "delete my data")

    assert reasons(runtime, known) == ["erasure_requested"]
    assert told(owner, known) == our(runtime, OPT_OUT_CONFIRMED)


def test_the_second_opinion_may_find_a_request_for_erasure(runtime, model, known, owner):
    opinion(model, erase=True)

    says(runtime, known, "Verwijder mijn gegevens")

    assert reasons(runtime, known) == ["erasure_requested"]
    assert told(owner, known) == [ERASURE_NOTED]


def test_our_texts_are_known_by_thread(runtime, known, owner):
    """The question of another number of ours is not answered here."""
    other = "+12025550177"
    says(runtime, known, *TO_CONSENT)
    texts(runtime, known, "do not text me", to_number=other)

    assert last_texts(runtime.database, known, OURS) != []
    assert last_texts(runtime.database, known, other) == []
    assert is_stopped(runtime, known)
