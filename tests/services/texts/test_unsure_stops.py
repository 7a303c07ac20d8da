"""Words that may ask us to stop are judged a second time before their thread is answered."""

import pytest

from tests.services.texts.text_house import answer_all, inbound, outgoing, texts
from tests.support.accounts import with_carrier
from tests.support.carriers import TextCarrier
from voicebot.domain.opt_out.judge import Verdict, wants_no_more
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.texts.second_opinion import Opinion
from voicebot.services.texts.send import send_due_texts
from voicebot.storage import suppressions
from voicebot.storage.texts.messages import Reading, received_params

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]
BROKEN = ProviderError("openai", "timeout", Outcome.UNKNOWN)


def test_words_that_only_the_second_opinion_understands_stop_everything(runtime, model, known, owner):
    words = unsure()
    model.complete_json = lambda request, **_: Opinion(stop=True)
    texts(runtime, known, words)

    answer_all(runtime)

    assert suppressions.is_suppressed(runtime.database, known, scope="calls")
    assert [row["kind"] for row in outgoing(owner, known)] == ["confirmation"]
    carrier = TextCarrier()
    sender = with_carrier(runtime, messaging=carrier)
    while send_due_texts(sender):
        pass
    assert len(carrier.taken) == 1


def test_a_request_that_was_not_understood_when_it_came_counts_when_it_is(runtime, model, known, owner):
    text = inbound(known, "Please stop texting me")
    runtime.database.call("message_received", **received_params(text, Reading(opt_out=False)))

    answer_all(runtime)

    assert suppressions.is_suppressed(runtime.database, known)
    assert [row["kind"] for row in outgoing(owner, known)] == ["confirmation"]
    assert model.requests == []


def test_a_second_opinion_that_says_no_lets_the_thread_be_answered(runtime, model, known, owner):
    model.complete_json = lambda request, **_: Opinion(stop=False)
    model.scripts = [["Of course."]]
    texts(runtime, known, unsure())

    answer_all(runtime)

    assert not suppressions.is_suppressed(runtime.database, known)
    assert [row["content"] for row in outgoing(owner, known)] == ["Of course."]


def test_without_a_second_opinion_a_person_is_asked(runtime, known, owner):
    texts(runtime, known, unsure())

    answer_all(runtime)

    reasons = owner.execute("select reason from public.support_escalations").fetchall()
    assert ("unsure_stop_request",) in reasons


@pytest.mark.parametrize(("gives", "asked"), [(False, 2), (None, 1)])
def test_many_unsure_texts_do_not_use_up_the_lease(runtime, model, known, owner, gives, asked):
    opinions: list[str] = []

    def opinion(request, **_):
        opinions.append(request.messages[0]["content"])
        if gives is None:
            raise BROKEN
        return Opinion(stop=gives)

    model.complete_json = opinion
    for place in range(5):
        texts(runtime, known, f"{unsure()} {'.' * place}")

    answer_all(runtime)

    assert len(opinions) == asked
    reasons = owner.execute("select reason from public.support_escalations").fetchall()
    assert ("unsure_stop_request",) in reasons


def unsure() -> str:
    lines = [
        "wrong number",
        "leave me alone",
        "enough already",
        "not interested",
        "who is this? go away",
        "no more please",
        "i'm done with this",
        "enough of this",
    ]
    return next(line for line in lines if wants_no_more(line).verdict is Verdict.UNSURE)
