"""The question that was asked is read first: a no to it ends nothing else, and a plain stop stays one."""

import pytest

from voicebot.domain.onboarding.phrases import ask, by_the_way
from voicebot.domain.onboarding.state import OnboardingState, Question
from voicebot.domain.opt_out.asked import SCOPE_QUESTION, Asked, OpenQuestion, asked_by, asked_in
from voicebot.domain.opt_out.erasure import asks_to_erase
from voicebot.domain.opt_out.judge import Verdict, wants_no_more
from voicebot.domain.opt_out.scope import Scope, scope_in

OFFERS = Asked(OpenQuestion.OFFERS)
CONSENT = ask(OnboardingState(question=Question.CONSENT))


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (CONSENT, OpenQuestion.OFFERS),
        (f"At nine. {by_the_way(CONSENT)}", OpenQuestion.OFFERS),
        (f"I am not sure yet. {SCOPE_QUESTION} Please reply ALL.", OpenQuestion.SCOPE),
        (ask(OnboardingState(question=Question.LOCATION)), OpenQuestion.PLACE),
        ("We open at nine.", OpenQuestion.NONE),
    ],
)
def test_our_last_text_tells_which_question_is_open(text, question):
    assert asked_by([CONSENT, text]).question is question


def test_a_question_that_is_answered_is_not_open():
    assert asked_by([CONSENT, "That is fine: no news and no offers."]).question is OpenQuestion.NONE
    assert asked_in(Question.NONE, running=False, ours=[CONSENT]).question is OpenQuestion.NONE


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "no thanks",
        "nope",
        "n",
        "rather not",
        "not interested",
        "no news",
        "I don't want that",
        "non",
        "nein",
    ],
)
def test_a_no_is_a_no(text):
    assert wants_no_more(text, OFFERS).verdict is Verdict.NO


@pytest.mark.parametrize(
    "text",
    ["No news or offers please", "No offers, but texts about my repair are fine", "no marketing please", "no promotions, thanks", "sin ofertas por favor",
     "keine Werbung bitte", "pas d'offres merci", "niente offerte", "sem promo\u00e7\u00f5es"],
)  # fmt: skip
def test_who_refuses_offers_refuses_offers(text):
    assert wants_no_more(text, OFFERS).verdict in (Verdict.OFFERS, Verdict.NO)
    assert wants_no_more(text).verdict is Verdict.OFFERS


@pytest.mark.parametrize(
    "text",
    [
        "no more texts please",
        "don't call me",
        "don't text me",
        "please no more calls",
        "I don't want any texts",
    ],
)
def test_what_may_be_meant_either_way_is_unsure(text):
    assert wants_no_more(text).verdict is Verdict.YES
    assert wants_no_more(text, OFFERS).verdict is Verdict.UNSURE


@pytest.mark.parametrize(
    "text",
    ["stop", "Stop!", "stop texting me", "unsubscribe", "remove me from your list", "leave me alone", "never text me again", "arr\u00eatez de m'\u00e9crire", "dejen de escribirme",
     "H\u00f6ren Sie auf mir zu schreiben", "smettetela di scrivermi", "parem de ligar", "BAJA"],
)  # fmt: skip
def test_a_plain_stop_stays_one(text):
    assert wants_no_more(text, OFFERS).verdict is Verdict.YES


@pytest.mark.parametrize(
    "text",
    [
        "please stop the bike from squeaking", "Hi, please stop the bike from squeaking", "nonstop", "bus stop", "can you stop by", "don't stop", "Stop by the shop on Friday ok?",
        "the stop light is broken", "I'll stop at the bakery first", "the leak won't stop", "What does STOP do?",
        "Reply STOP for no more texts.", "do you have any news?", "what offers do you have?", "Envoyez-moi le prix stp",
    ],
)  # fmt: skip
def test_talk_of_stops_is_none(text):
    assert wants_no_more(text).verdict is Verdict.NO


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("ALL", Scope.ALL), ("all of them", Scope.ALL), ("everything please", Scope.ALL), ("Stop all", Scope.ALL), ("both", Scope.ALL), ("todos", Scope.ALL), ("alles", Scope.ALL), ("All texts", Scope.ALL),
        ("offers", Scope.OFFERS), ("Only offers.", Scope.OFFERS), ("just the offers", Scope.OFFERS), ("no offers", Scope.OFFERS), ("solo ofertas", Scope.OFFERS), ("nur Angebote", Scope.OFFERS),
        ("neither", Scope.NOTHING), ("none", Scope.NOTHING), ("no", Scope.NOTHING), ("keep them", Scope.NOTHING),
        ("yes", None), ("what do you mean?", None), ("all or what?", None), ("Are you open?", None), ("my brakes squeak", None),
    ],
)  # fmt: skip
def test_the_answers_to_our_question_in_doubt(text, scope):
    assert scope_in(text) is scope


@pytest.mark.parametrize(
    "text",
    [
        "delete my data", "Delete my data please!", "please erase all my personal data", "I want my data deleted", "remove all information you have about me", "delete everything you know about me",
        "can you delete my account?", "I want to be forgotten: right to be forgotten", "GDPR erasure request", "wipe my records", "forget me", "borren mis datos", "quiero eliminar mi cuenta",
        "supprimez mes donn\u00e9es personnelles", "L\u00f6schen Sie alle meine Daten", "Meine Daten bitte l\u00f6schen", "apaguem os meus dados", "cancellate tutti i miei dati", "Loeschen Sie mein Konto",
        "right to erasure please", "purge all stuff you have on me", "under article 17 I want all of it erased", "Please remove every trace of me from your systems", "b\u00f3rrenme todos los datos",
        "close my account and delete everything", "delete my call recordings",
    ],
)  # fmt: skip
def test_who_wants_their_data_deleted_does_not_ask_to_stop(text):
    assert asks_to_erase(text)
    assert wants_no_more(text).verdict is not Verdict.YES


@pytest.mark.parametrize(
    "text",
    [
        "my data plan is small", "did you delete my data?", "don't delete my data", "delete the second item", "remove the hold on my account", "what data do you keep?", "I lost all my data on my phone",
        "stop texting me", "delete my number", "how do I log into my account", "do you delete my data after a year?", "I deleted my data plan", "can you remove data roaming from the plan?", "no borren mis datos",
        "bitte nicht meine Daten löschen", "löschen Sie meine Daten bitte nicht", "delete everything in my cart",
    ],
)  # fmt: skip
def test_other_talk_of_data_is_no_request_for_erasure(text):
    assert not asks_to_erase(text)
