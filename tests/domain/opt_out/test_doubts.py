"""Words of everyday talk that look like a request are never taken for a sure one, and real requests are never lost."""

import pytest

from tests.support.growth import assert_grows_gently
from voicebot.domain.opt_out.doubts import is_doubtful
from voicebot.domain.opt_out.judge import Verdict, wants_no_more


@pytest.mark.parametrize(
    "text",
    [
        # What the sender does or did.
        "I'll stop bothering you now, thanks!", "I'm tired of calling the other shop", "I think I unsubscribed by accident, put me back",
        "Is it ok if I don't reply any more today?", "how can I unsubscribe from Spotify", "je n'appelle plus depuis mon fixe", "non chiamo mai di domenica",
        "unsubscribe from emails page is broken on your site", "how do i opt out if i change my mind",
        # Nothing came, or nothing is needed.
        "I have received no further texts from you, is it ready?", "no more calls needed today, thanks, all good",
        "no me llamaron m\u00e1s, \u00bfest\u00e1 lista la bici?", "voc\u00eas n\u00e3o me ligaram mais, est\u00e1 pronta?", "non mi avete chiamato pi\u00f9, \u00e8 pronta?",
        "vous ne m'avez plus appel\u00e9, c'est pr\u00eat ?", "you never call me back!", "I could not be contacted yesterday, sorry", "pourquoi vous ne m'\u00e9crivez plus ?",
        # Somebody else.
        "My ex won't leave me alone", "I asked them to remove me from their list, not yours", "don't text my husband about the surprise!", "Er ruft nicht mehr an, was nun?",
        # A way, a place, a thing at hand, an idiom.
        "I always get lost finding your shop", "Can you cut it out of steel?", "I've had enough of this weather", "Can you make it stop squeaking?",
        "can I turn off the alerts on my bike computer?", "Don't send it, I'll collect it myself", "please call me again tomorrow, don't text", "Text only please, do not call",
        "lascia stare, passo domani", "toglimi una curiosit\u00e0, siete aperti?", "me tira uma d\u00favida?", "s\u00e1queme de dudas: \u00bfabren ma\u00f1ana?", "no quiero que me cobren dos veces",
        "Es reicht, wenn Sie morgen anrufen", "Nehmen Sie mich bitte auf die Warteliste", "Ich will mit dem Rauchen aufh\u00f6ren", "Text only please, do not call me now",
        "stop calling me at 7am call after 10", "please stop calling my work number use my cell", "leave me alone with the survey",
        "stop sending the blue ones, I ordered red", "what time do you stop taking orders", "uh stop talking for a minute please", "do i have to opt out of paperless", "keep texting me, I love it", "does the bus please stop", "bitte nich aufh\u00f6ren",
        "20 euros, \u00e7a suffit ?", "Enlevez-moi le porte-bagages svp", "ne m'envoyez plus la facture par courrier",
    ],
)  # fmt: skip
def test_talk_that_looks_like_a_request_is_no_sure_one(text):
    assert wants_no_more(text).verdict in (Verdict.UNSURE, Verdict.NO)


@pytest.mark.parametrize(
    "text",
    [
        "stop bothering me, thanks", "get lost", "leave my mother alone", "cut it out already", "don't use this number", "take me off your list", "don't call me again",
        "es reicht!", "\u00e7a suffit, arr\u00eatez", "lasciatemi stare", "toglietemi dalla lista", "qu\u00edtenme de su base de datos", "Nehmen Sie mich von der Liste", "me tira da lista",
        "ne me rappelez plus", "dejad de escribirme", "no me llam\u00e9is",
    ],
)  # fmt: skip
def test_a_request_beside_them_stays_a_sure_one(text):
    assert wants_no_more(text).verdict is Verdict.YES


@pytest.mark.parametrize(
    "text",
    [
        "turn these off", "I don't want to be on this list", "I'd rather not hear from you again", "your messages are not welcome", "please drop me from your contacts",
        "no quiero nada mas de ustedes", "fatela finita con questi messaggi", "Huwag na kayong mag-text", "no me env\u00eden m\u00e1s publicidad ni mensajes",
        "I unsubscribed three times, why do you still text me", "yall need to chill with these msgs, im out", "no mas por favor no mas",
    ],
)  # fmt: skip
def test_a_request_in_rare_words_is_at_least_unsure(text):
    assert wants_no_more(text).verdict in (Verdict.YES, Verdict.UNSURE)


@pytest.mark.parametrize("piece", ["no more ", "call me ", "won't leave ", "vom a ", "no me llama "])
def test_a_long_text_costs_in_proportion_to_its_length(piece):
    assert_grows_gently(is_doubtful, piece)
