"""STOP, START and HELP, and the window of WhatsApp (handbook 6.3, 6.4)."""

import pytest

from simulator.carrier.books.numbers import OwnNumber, OwnNumbers
from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import CALLER, NUMBER, FakeProduct, Rest

TOLL_FREE = "+18885550100"


def code_of(rest: Rest, **form: str) -> int | None:
    """The code that a create is refused with; None when it is accepted."""
    answer = rest.post("/Messages.json", data={"From": NUMBER, "To": CALLER, "Body": "Hi"} | form)
    return answer.json().get("code")


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop ", "stopall", "UNSUBSCRIBE", "cancel", "End", "quit", "revoke", "optout"]
)
def test_one_word_stops_everything_and_is_still_passed_on(
    product: FakeProduct, phone: PhoneClient, rest: Rest, word: str
) -> None:
    phone.text(word)
    assert phone.callbacks_idle()

    assert code_of(rest) == 21610
    [received] = product.to("/sms")
    assert received.form["Body"] == word
    assert "OptOutType" not in received.form


@pytest.mark.parametrize("words", ["stop please", "don't stop", "STOP.", "", "stop\nstop"])
def test_anything_but_the_single_word_stops_nothing(phone: PhoneClient, rest: Rest, words: str) -> None:
    phone.text(words)

    assert code_of(rest) is None


@pytest.mark.parametrize("word", ["start", "YES", "unstop"])
def test_only_the_person_takes_it_back(phone: PhoneClient, rest: Rest, word: str) -> None:
    phone.text("STOP")
    stopped = code_of(rest)
    phone.text(word)

    assert (stopped, code_of(rest)) == (21610, None)


def test_the_carrier_answers_each_word_itself_and_nobody_twice(phone: PhoneClient, rest: Rest) -> None:
    for word in ("yes", "STOP", "stop", "HELP", "START", "START"):
        phone.text(word)

    said = [text for text in phone.texts() if text["author"] == "carrier"]
    assert [text["body"].split()[2] for text in said] == ["unsubscribed", "to", "subscribed"]
    assert all(text["status"] == "delivered" for text in said)
    assert all(each["direction"] == "inbound" for each in rest.get("/Messages.json").json()["messages"])
    assert phone.message_counts() == {}


def test_the_carriers_answers_may_stand_in_the_list_or_not_come(phone: PhoneClient, rest: Rest) -> None:
    phone.knobs({"keyword_replies": "listed"})
    phone.text("STOP")
    phone.knobs({"keyword_replies": "off"})
    phone.text("START")

    directions = [each["direction"] for each in rest.get("/Messages.json").json()["messages"]]
    assert directions == ["inbound", "outbound-reply", "inbound"]


def test_a_stop_holds_for_the_number_it_was_said_to_or_for_the_whole_service(
    phone: PhoneClient, rest: Rest, exchange: Exchange
) -> None:
    second = OwnNumber(exchange.config.account_sid, "+12025550101")
    exchange.numbers = OwnNumbers(*exchange.numbers.all(), second)

    phone.text("STOP")
    alone = code_of(rest, From=second.phone_number)
    phone.knobs({"numbers_in_service": True})
    phone.text("STOP")

    assert (alone, code_of(rest, From=second.phone_number)) == (None, 21610)


def test_the_refusal_may_come_only_as_a_failed_receipt(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    phone.knobs({"opt_out_error": "later"})
    phone.text("STOP")

    assert code_of(rest, StatusCallback=f"{product.url}/delivery") is None
    assert phone.callbacks_idle()

    [callback] = product.to("/delivery")
    assert (callback.form["MessageStatus"], callback.form["ErrorCode"]) == ("failed", "21610")


def test_on_toll_free_numbers_the_network_blocks(
    product: FakeProduct, phone: PhoneClient, rest: Rest, exchange: Exchange
) -> None:
    exchange.numbers = OwnNumbers(OwnNumber(exchange.config.account_sid, TOLL_FREE))
    phone.text("QUIT", to=TOLL_FREE)
    before = code_of(rest, From=TOLL_FREE)
    phone.text("STOP", to=TOLL_FREE)

    after = code_of(rest, From=TOLL_FREE, StatusCallback=f"{product.url}/delivery")
    assert phone.callbacks_idle()

    assert (before, after) == (None, None)
    assert [
        (each.form["MessageStatus"], each.form["ErrorCode"])
        for each in product.to("/delivery")
        if "ErrorCode" in each.form
    ] == [("undelivered", "30004")]


def test_advanced_opt_out_names_the_kind_of_the_word(product: FakeProduct, phone: PhoneClient) -> None:
    phone.knobs({"advanced_opt_out": True})

    phone.text("quit")
    phone.text("hello")
    assert phone.callbacks_idle()

    kinds = {each.form["Body"]: each.form.get("OptOutType") for each in product.to("/sms")}
    assert kinds == {"quit": "STOP", "hello": None}


def test_outside_its_window_whatsapp_takes_only_templates(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    ends = {"From": f"whatsapp:{NUMBER}", "To": f"whatsapp:{CALLER}"}
    phone.knobs({"content_templates": {"HX1": "Hello {{1}}, your table is booked."}})

    free = code_of(rest, **ends)
    template = code_of(rest, **ends, ContentSid="HX1", ContentVariables='{"1": "Ann"}', Body="")
    phone.text("Hi", channel="whatsapp")
    inside = code_of(rest, **ends, Body="In time")
    phone.knobs({"whatsapp_window_s": 0.0, "whatsapp_window": "later"})
    later = code_of(rest, **ends, Body="Too late")
    assert phone.callbacks_idle()

    assert (free, template, inside, later) == (63016, None, None, None)
    thread = {text["body"]: text["error_code"] for text in phone.texts(f"whatsapp:{CALLER}")}
    assert thread == {
        "Hello Ann, your table is booked.": None,
        "Hi": None,
        "In time": None,
        "Too late": 63016,
    }


def test_whatsapp_words_block_nobody(phone: PhoneClient, rest: Rest) -> None:
    phone.text("STOP", channel="whatsapp")

    assert code_of(rest, From=f"whatsapp:{NUMBER}", To=f"whatsapp:{CALLER}") is None
