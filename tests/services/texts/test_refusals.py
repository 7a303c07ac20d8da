"""Reactions and our own words are nobody's wish; a no to our question ends nothing; in doubt the person is asked."""

from uuid import UUID

import pytest

from tests.services.texts.refusing import TO_CONSENT, consents, is_stopped, opinion, our, reasons, says, told
from tests.services.texts.text_house import answer_all, rows, somebody, texts, thread
from tests.vectors import TWILIO, read
from voicebot.domain.opt_out.asked import SCOPE_QUESTION
from voicebot.domain.opt_out.stop_words import stop_languages
from voicebot.domain.thread.phrases import (
    CALLS_ENDED,
    OPT_IN_CONFIRMED,
    OPT_OUT_CONFIRMED,
    TEXTS_ENDED,
    WORDS,
)
from voicebot.storage import suppressions
from voicebot.storage.texts import conversations
from voicebot.storage.texts.conversations import ConversationFilter

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]

# --- reactions and quotes -------------------------------------------------------------------------


def test_a_reaction_to_our_welcome_is_kept_and_shown_and_nothing_follows(runtime, model, owner):
    number = somebody()
    says(runtime, number, "Hello")
    [welcome, *_] = told(owner, number)
    opinions, sent = opinion(model), told(owner, number)
    assert "STOP" in welcome

    says(runtime, number, f"Liked \u201c{welcome}\u201d", f"\U0001f44d to \u201c {welcome} \u201d")

    assert not is_stopped(runtime, number)
    assert told(owner, number) == sent
    assert (opinions, model.requests) == ([], [])
    assert [row["kind"] for row in rows(owner, number, "inbound")] == ["conversation", "reaction", "reaction"]
    assert thread(owner, number)["waiting_since"] is None


def test_a_reaction_waits_for_nobody_and_calls_nobody(runtime, known, owner):
    says(runtime, known, "Hello")
    conversations.set_ai_mode(runtime.database, UUID(thread(owner, known)["id"]), "OFF")

    texts(runtime, known, "Loved an image")

    assert not rows(owner, known, "inbound")[-1]["wants_answer"]
    assert reasons(runtime, known) == []


def test_reactions_of_every_telephone_cost_no_answer(runtime, model, known, owner):
    reactions = [each["text"] for each in read(TWILIO / "reactions.json")["reactions"]]

    says(runtime, known, *reactions)

    assert {row["kind"] for row in rows(owner, known, "inbound")} == {"reaction"}
    assert (told(owner, known), model.requests, is_stopped(runtime, known)) == ([], [], False)


def test_people_see_a_reaction_in_the_thread_and_the_model_does_not(runtime, model, known, owner):
    says(runtime, known, "Hello", "Loved \u201cHello\u201d", "And now?")
    page = conversations.conversations_page(runtime.database, ConversationFilter(known))

    shown = conversations.messages_page(runtime.database, page.rows[0]["id"])

    assert [row["kind"] for row in shown.rows if row["direction"] == "inbound"] == [
        "conversation",
        "reaction",
        "conversation",
    ]
    assert not any("Loved" in str(each["content"]) for each in model.requests[-1].messages)


def test_a_reaction_that_the_carrier_names_is_one(runtime, model, known, owner):
    texts(runtime, known, "\u2764\ufe0f", details={"MessageType": "reaction"})
    answer_all(runtime)

    assert [row["kind"] for row in rows(owner, known, "inbound")] == ["reaction"]
    assert model.requests == []


@pytest.mark.parametrize("shape", ["> {}\nok, thanks", "{} ok thanks", "\u201c{}\u201d what is that?", ">{}"])
def test_our_own_words_that_come_back_stop_nothing(runtime, model, owner, shape):
    number = somebody()
    says(runtime, number, "Hello")
    [welcome, *_] = told(owner, number)

    says(runtime, number, shape.format(welcome))

    assert not is_stopped(runtime, number)


def test_what_the_model_wrote_stops_nothing_when_it_is_pasted(runtime, model, known, owner):
    model.scripts = [["If you want, I can stop texting you. Just say: please stop texting me now."]]
    says(runtime, known, "How do your texts end?")
    opinion(model)
    [words] = told(owner, known)

    says(runtime, known, f"{words} Hm.")

    assert not is_stopped(runtime, known)


@pytest.mark.parametrize("shape", ["> {}\nSTOP", "{}\nplease stop texting me", "\u201c{}\u201d Stop."])
def test_a_request_below_our_words_is_the_senders(runtime, owner, shape):
    number = somebody()
    says(runtime, number, "Hello")
    [welcome, *_] = told(owner, number)

    says(runtime, number, shape.format(welcome))

    assert is_stopped(runtime, number)
    assert told(owner, number)[-1] == our(runtime, OPT_OUT_CONFIRMED)[0]


def test_a_code_that_a_reaction_repeats_answers_nothing_and_is_not_kept(runtime, owner):
    number = somebody()
    says(runtime, number, *TO_CONSENT, "no")
    # What somebody sees on the screen, whichever it is.
    says(runtime, number, "Liked \u201cYour code is 482913\u201d")

    last = rows(owner, number, "inbound")[-1]

    assert last["content"] == "Liked \u201cYour code is [code]\u201d"
    assert (last["kind"], last["verification_id"], last["code_outcome"]) == ("reaction", None, None)


# --- stop words of other languages ----------------------------------------------------------------


def stop_words(kind: str) -> list[tuple[str, str]]:
    table = read(TWILIO / "stop_words.json")
    return [
        (language, word)
        for language, words in table.items()
        if isinstance(words, dict) and language != "en"
        for word in words[kind]
    ]


def test_stop_words_of_other_languages_count_and_are_confirmed_by_us(runtime, owner):
    missed = []
    for _, word in stop_words("stop"):
        number = somebody()
        texts(runtime, number, word.title())
        spoken = sorted(stop_languages(word))
        words = WORDS.said(OPT_OUT_CONFIRMED, spoken[0] if len(spoken) == 1 else "en")
        if not is_stopped(runtime, number) or told(owner, number) != our(runtime, words):
            missed.append(word)

    assert missed == []


@pytest.mark.parametrize(
    "stop, start, language",
    [("ALTO", "Alta", "es"), ("arr\u00eat", "DEBUT", "fr"), ("no me escriban m\u00e1s", "iniciar", "en")],
)
def test_a_stop_that_we_alone_set_ends_with_the_start_word_of_its_language(
    runtime, owner, stop, start, language
):
    number = somebody()
    says(runtime, number, stop)

    says(runtime, number, start)

    assert not is_stopped(runtime, number)
    assert told(owner, number)[-1] == our(runtime, WORDS.said(OPT_IN_CONFIRMED, language))[0]


@pytest.mark.parametrize(
    "stop, start", [("STOP", "INICIAR"), ("stop texting me", "ALTA"), ("ARRET", "INIZIA")]
)
def test_no_other_stop_ends_with_it(runtime, owner, stop, start):
    number = somebody()
    says(runtime, number, stop)

    says(runtime, number, start)

    assert is_stopped(runtime, number)


def test_baja_is_a_region_where_we_asked_for_one(runtime, model, owner):
    number = somebody()
    says(runtime, number, "Hello", "Ada")
    asked = opinion(model, in_doubt=True)

    says(runtime, number, "Baja")

    assert not is_stopped(runtime, number)
    assert "city or region" in asked[0]
    assert SCOPE_QUESTION in told(owner, number)[-1]


# --- the question that was asked comes first ------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["no offers", "No news or offers please", "No offers, but texts about my repair are fine", "no"]
)
def test_a_no_to_our_question_has_no_other_effect(runtime, model, owner, words):
    number, asked = somebody(), opinion(model, stop=True)
    says(runtime, number, *TO_CONSENT)
    assert "AGREE or NO" in told(owner, number)[-1]

    says(runtime, number, words)

    assert (is_stopped(runtime, number), asked) == (False, [])
    assert consents(owner, number) == [("marketing", "denied")]


@pytest.mark.parametrize("words", ["no texts please", "please don't call me", "no calls"])
def test_what_may_be_a_no_or_a_stop_is_asked_about(runtime, model, owner, words):
    number, asked = somebody(), opinion(model, stop=True)
    says(runtime, number, *TO_CONSENT)

    says(runtime, number, words)

    assert not is_stopped(runtime, number)
    assert "news and offers" in asked[0]
    assert SCOPE_QUESTION in told(owner, number)[-1]


def test_who_wants_no_offers_in_words_for_everything_is_asked_whatever_the_model_thinks(
    runtime, model, known, owner
):
    opinion(model, stop=True)

    says(runtime, known, "stop sending me offers and stuff")

    assert not is_stopped(runtime, known)
    assert SCOPE_QUESTION in told(owner, known)[-1]


def test_what_would_be_a_stop_without_our_question_is_asked_about_though_the_model_sees_none(
    runtime, model, owner
):
    number = somebody()
    says(runtime, number, *TO_CONSENT)
    opinion(model, stop=False)

    says(runtime, number, "please don't call me")

    assert SCOPE_QUESTION in told(owner, number)[-1]


@pytest.mark.parametrize(
    "words", ["STOP", "stop texting me", "leave me alone", "unsubscribe", "don't ever text me again"]
)
def test_a_plain_stop_stays_one_whatever_was_asked(runtime, owner, words):
    number = somebody()
    says(runtime, number, *TO_CONSENT)

    says(runtime, number, words)

    assert is_stopped(runtime, number)


def test_the_second_opinion_is_told_the_question_the_last_two_texts_and_what_a_yes_does(
    runtime, model, known, owner
):
    model.scripts = [["The bus is the 44."]]
    says(runtime, known, "Which bus goes to you?")
    asked = opinion(model)

    says(runtime, known, "Bitte die Haltestelle stoppen")

    [prompt] = asked
    assert "- they wrote: Which bus goes to you?\n- we wrote: The bus is the 44." in prompt
    assert "nothing is ever texted or called again" in prompt
    assert "Our open question: None." in prompt
    assert prompt.endswith("The message:\nBitte die Haltestelle stoppen")


@pytest.mark.parametrize(
    "words", ["Geen berichten meer", "Ingen flere beskeder", "\u505c\u6b62", "Lopettakaa viestit"]
)
def test_what_is_in_no_language_that_the_rules_know_reaches_the_second_opinion(runtime, model, known, words):
    asked = opinion(model, stop=True)

    says(runtime, known, words)

    assert len(asked) == 1
    assert is_stopped(runtime, known)


@pytest.mark.parametrize(
    "words",
    [
        "I'll stop bothering you now, thanks!", "My ex won't leave me alone", "ne m'envoyez plus la facture par courrier", "non mi chiamate, meglio un messaggio", "You never call me back!",
    ],
)  # fmt: skip
def test_what_may_speak_of_something_else_ends_nothing_unless_the_second_opinion_says_so(
    runtime, model, known, words
):
    asked = opinion(model, stop=False)
    says(runtime, known, words)
    assert (len(asked), is_stopped(runtime, known)) == (1, False)

    opinion(model, stop=True)
    says(runtime, known, words)
    assert is_stopped(runtime, known)


def test_a_name_is_in_no_language_and_answers_our_question(runtime, model, owner):
    number, asked = somebody(), opinion(model)

    says(runtime, number, "Hello", "Przemys\u0142aw Brz\u0119czyszczykiewicz", "Szczecin")

    assert asked == []


# --- one of both ----------------------------------------------------------------------------------


def test_whoever_wants_calls_in_place_of_texts_is_told_so_once_and_may_be_called(runtime, owner, known):
    says(
        runtime, known, "please no more sms, phone me instead", "are you open?", "stop texting, you can call"
    )

    assert is_stopped(runtime, known)
    assert not suppressions.is_suppressed(runtime.database, known, scope="calls")
    assert told(owner, known) == our(runtime, TEXTS_ENDED)


def test_whoever_wants_texts_in_place_of_calls_goes_on_texting_and_start_undoes_it(runtime, owner, known):
    says(runtime, known, "stop calling me. texting is fine", "please stop calling, just text")

    assert not is_stopped(runtime, known)
    assert suppressions.is_suppressed(runtime.database, known, scope="calls")
    assert told(owner, known) == our(runtime, CALLS_ENDED)

    says(runtime, known, "are you open on Sunday?", "START")

    assert len(told(owner, known)) > 1
    assert not suppressions.is_suppressed(runtime.database, known, scope="calls")


def test_whoever_wants_no_calls_and_then_nothing_gets_nothing(runtime, owner, known):
    says(runtime, known, "no more calls, texts are ok", "no more texts either, unsubscribe me")

    assert is_stopped(runtime, known)
    assert told(owner, known) == our(runtime, CALLS_ENDED, OPT_OUT_CONFIRMED)
