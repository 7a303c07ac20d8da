"""Whoever wants an end of texts or of calls alone keeps the other; who is not clear about it loses both."""

import pytest

from voicebot.domain.opt_out.channels import Ends
from voicebot.domain.opt_out.judge import Verdict, wants_no_more


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("stop texting but you can call me", Ends.TEXTS),
        ("please no more sms, phone me instead", Ends.TEXTS),
        ("stop texting me just call", Ends.TEXTS),
        ("keine SMS mehr bitte, anrufen ist ok", Ends.TEXTS),
        ("no me manden mas sms pero si me pueden llamar", Ends.TEXTS),
        ("arrêtez les sms, vous pouvez m'appeler", Ends.TEXTS),
        ("chega de mensagens, pode ligar", Ends.TEXTS),
        ("basta messaggi, potete chiamarmi", Ends.TEXTS),
        ("stop calling me. texting is fine", Ends.CALLS),
        ("quit calling me at work!! text only", Ends.CALLS),
        ("please dont call anymore i only read texts", Ends.CALLS),
        ("n'appelez plus, envoyez plutôt un sms", Ends.CALLS),
        ("bitte nicht mehr anrufen, nur schreiben", Ends.CALLS),
        ("parem de me ligar, só mensagem", Ends.CALLS),
        ("smettete di chiamare, scrivete solo", Ends.CALLS),
        # The other one goes on as a rule.
        ("don't call me, texts are ok", Ends.CALLS),
        ("don't text me I don't read texts, calls only", Ends.TEXTS),
        ("ne m'appelez plus, envoyez des sms", Ends.CALLS),
        ("Bitte keine Anrufe, nur SMS", Ends.CALLS),
        ("bitte nicht anrufen, nur SMS", Ends.CALLS),
        ("não me liguem mais, só mensagem", Ends.CALLS),
        ("niente sms, solo chiamate", Ends.TEXTS),
        ("no more calls please only sms", Ends.CALLS),
        ("only texts please no calls", Ends.CALLS),
        ("solo llamadas sin mensajes", Ends.TEXTS),
        ("nur schreiben bitte keine anrufe", Ends.CALLS),
        ("keep the texts but stop calling", Ends.CALLS),
        ("I'd rather get a call, please stop texting", Ends.TEXTS),
        ("you can text but no more phone calls ok?", Ends.CALLS),
        ("Stop calling. Text me if you need something", Ends.CALLS),
        ("would like to opt out of calls but keep texts", Ends.CALLS),
        ("text messages are fine but no more robocalls", Ends.CALLS),
        # Nothing is said to go on.
        ("pleaes stpo textng me", Ends.ALL),
        ("sorry im not steve. pls remove", Ends.ALL),
        ("I want to be removed", Ends.ALL),
        ("could I be taken off whatever list this is", Ends.ALL),
        ("dejen de estar llamando", Ends.ALL),
        ("plz no more of these they cost me 20c each", Ends.ALL),
        ("do not phone this number again", Ends.ALL),
        ("stop calling and texting me", Ends.ALL),
        ("please no calls, no texts", Ends.ALL),
        # However it is written, and whatever is shouted in between.
        ("leave me tf alone", Ends.ALL),
        ("this phone belongs to a dead man please stop", Ends.ALL),
        ("my husband died, please remove his number", Ends.ALL),
        ("i dont want any further correspondence", Ends.ALL),
        ("add me to the no call list", Ends.ALL),
        ("how do i get this to stop", Ends.ALL),
        ("i never agreed to be texted", Ends.ALL),
        ("not signed up for this remove", Ends.ALL),
        ("j'en ai assez de vos messages", Ends.ALL),
        ("ich möchte nichts mehr bekommen", Ends.ALL),
        ("stop the fucking texts", Ends.ALL),
        ("ich will nix mehr von euch hören", Ends.ALL),
        ("nn scrivetemi piu", Ends.ALL),
        ("stop texting me. i will call the police", Ends.ALL),
        ("stop calling me, I will text my lawyer", Ends.ALL),
        ("I never got a call, stop texting me", Ends.ALL),
    ],
)
def test_one_of_both_goes_on_where_it_is_said(text, ends):
    judged = wants_no_more(text)

    assert (judged.verdict, judged.ends) == (Verdict.YES, ends)


@pytest.mark.parametrize(
    "text",
    ["don't call now, just text", "don't call, text me when it's ready", "call me, don't text", "no need to call, texts are fine"],
)  # fmt: skip
def test_another_way_for_this_once_ends_nothing_by_the_rules(text):
    assert wants_no_more(text).verdict is not Verdict.YES
