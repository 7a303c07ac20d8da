"""What the model was asked is kept for the call or the thread that it belongs to, and is bounded."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from flask import Response

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.providers.openai.model_log import (
    KEPT_EACH,
    KEPT_MESSAGES,
    LONGEST_MESSAGE,
    ModelLog,
    Subject,
    kept_messages,
)
from simulator.providers.openai.request import chat_request
from simulator.tests.fake_product import FakeProduct, twiml
from simulator.tests.providers.stand_ins import KEY
from tests.support.waiting import wait_for

LISTEN = '<Gather input="speech dtmf" action="/turn" actionOnEmptyResult="true"><Say>Well?</Say></Gather>'
SYSTEM = {"role": "system", "content": "## Facts\n- Parking is free."}


def ask(exchange: Exchange, *messages: dict[str, Any], **more: Any) -> None:
    """Ask the stand-in as a service does, and read the answer to its end."""
    body = {"model": "gpt-4.1-mini", "messages": [SYSTEM, *messages], **more}
    answer = requests.post(
        f"{exchange.config.base_url}/openai/v1/chat/completions", json=body, headers=KEY, timeout=10
    )
    assert answer.status_code == 200, answer.text


def said(*words: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": each} for each in words]


def asked(exchange: Exchange, about: str) -> list[dict[str, Any]]:
    kind = "calls" if about.startswith("CA") else "threads"
    answer = requests.get(f"{exchange.config.base_url}/phone/{kind}/{about}/model", timeout=10)
    return list(answer.json()["requests"])


class Thinking:
    """A service whose callers wait for an answer for as long as the test wants."""

    def __init__(self, product: FakeProduct, phone: PhoneClient) -> None:
        self._go_on, self._phone = threading.Event(), phone
        product.says(LISTEN)
        product.on("/turn", self._answer)

    def _answer(self) -> Response:
        self._go_on.wait(10)
        return twiml(LISTEN)

    def caller_says(self, words: str, sid: str | None = None) -> str:
        sid = sid or self._phone.call()
        self._phone.wait(sid, "speech")
        self._phone.say(sid, words)
        wait_for(lambda: any(item["text"] == words for item in self._phone.get(sid)["heard"]))
        return sid

    def goes_on(self) -> None:
        self._go_on.set()


def test_a_request_belongs_to_the_call_whose_words_it_answers(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    service = Thinking(product, phone)
    one, other = service.caller_says("Is there parking?"), service.caller_says("Where are you?")

    ask(exchange, *said("Where are you?"))
    ask(exchange, *said("Is there parking?"), stream=True)

    # Whoever read a stream to its end has seen it end before the exchange has.
    wait_for(lambda: all(each["finished"] == "whole" for each in asked(exchange, one)))
    [of_one], [of_other] = asked(exchange, one), asked(exchange, other)
    service.goes_on()
    assert of_one["messages"][-1] == {"role": "user", "content": "Is there parking?"}
    assert of_other["messages"][-1]["content"] == "Where are you?"
    assert (of_one["said_n"], of_one["model"], of_one["finished"]) == (2, "gpt-4.1-mini", "whole")
    assert of_one["answer"] == "Parking is free."
    assert of_one["prompt_tokens"] > 5
    assert 0 <= of_one["first_token_ms"] <= of_one["total_ms"]


def test_two_callers_who_say_the_same_at_once_have_one_request_each(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    service = Thinking(product, phone)
    sids = [service.caller_says("Is there parking?") for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(ask, exchange, *said("Is there parking?")) for _ in sids]:
            done.result()

    counts = [len(asked(exchange, sid)) for sid in sids]
    service.goes_on()
    assert counts == [1, 1, 1, 1]


def test_the_longer_common_history_decides_between_callers_with_the_same_last_words(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    service = Thinking(product, phone)
    service.goes_on()
    one, other = service.caller_says("Hello"), service.caller_says("Good morning")
    for sid in (one, other):
        service.caller_says("Is there parking?", sid)

    ask(exchange, *said("Good morning", "Is there parking?"))
    ask(exchange, *said("Good morning", "Is there parking?"))

    assert (len(asked(exchange, one)), len(asked(exchange, other))) == (0, 2)


def test_the_request_for_a_summary_belongs_to_the_call_that_it_is_about(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    service = Thinking(product, phone)
    service.goes_on()
    one, other = service.caller_says("Is there parking?"), service.caller_says("Where are you?")
    for sid in (one, other):
        phone.wait(sid, "speech", after=2)
        phone.hangup(sid)
        phone.wait(sid, "over")

    ask(exchange, *said("Summarise.\ncaller: Where are you?\nbot: Well?"))

    assert asked(exchange, one) == []
    assert [each["said_n"] for each in asked(exchange, other)] == [None]


def test_a_texted_question_belongs_to_the_thread(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    phone.text("Is there parking?", "+12025550124")
    phone.text("Where are you?", "+12025550125")

    ask(exchange, *said("Is there parking?"))

    assert len(asked(exchange, "+12025550124")) == 1
    assert asked(exchange, "+12025550125") == []


def test_words_of_nobody_belong_to_nobody(exchange: Exchange) -> None:
    ask(exchange, *said("Is there parking?"))

    assert exchange.feed.since(0, 0)[0][-1]["data"]["about"] == ""


def test_what_is_kept_is_bounded() -> None:
    subjects = iter([Subject("CA1"), *[Subject("CA2")] * (KEPT_EACH + 5)])
    log = ModelLog(lambda _: next(subjects))
    wanted = chat_request({"model": "gpt-4.1-mini", "messages": [SYSTEM, *said("Hi")]})
    for _ in range(KEPT_EACH + 6):
        log.note(wanted)

    long = kept_messages([SYSTEM, *said(*["a" * LONGEST_MESSAGE * 2] * 100)])

    assert (len(log.about("CA1")), len(log.about("CA2"))) == (1, KEPT_EACH)
    assert log.about("CA2")[-1].n == KEPT_EACH + 6
    assert len(long) == KEPT_MESSAGES
    assert long[0] == SYSTEM
    assert max(len(each["content"]) for each in long) < LONGEST_MESSAGE + 10


def test_a_broken_answer_is_told_as_it_ended(
    exchange: Exchange, phone: PhoneClient, product: FakeProduct
) -> None:
    service = Thinking(product, phone)
    sid = service.caller_says("Is there parking?")
    phone.provider_knobs(target="model", mode="fail")

    requests.post(
        f"{exchange.config.base_url}/openai/v1/chat/completions",
        json={"model": "gpt-4.1-mini", "messages": [SYSTEM, *said("Is there parking?")]},
        headers=KEY,
        timeout=10,
    )

    # Whoever asked has the answer a moment before it is written down how it ended.
    [request] = wait_for(lambda: [one for one in asked(exchange, sid) if one["finished"] != "running"])
    service.goes_on()
    assert (request["finished"], request["answer"], request["prompt_tokens"]) == ("failed", "", None)
