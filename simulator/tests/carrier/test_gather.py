"""Gather: who is heard, when it gives up, and what its action is told (handbook 2.3, 1.7)."""

import itertools
import time

import pytest
from flask import redirect

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import FakeProduct

BOTH = '<Gather input="speech dtmf" action="/turn" actionOnEmptyResult="true"><Say>Well?</Say></Gather>'


def kinds(view: dict) -> list[str]:
    return [item["kind"] for item in view["heard"]]


def turn_form(
    product: FakeProduct, phone: PhoneClient, gather: str, *acts: tuple[str, str]
) -> dict[str, str]:
    """Run one Gather with some acts; the fields of its action request, empty when there was none."""
    product.says(gather)
    product.says("<Hangup/>", path="/turn")
    with product.holding_back():
        sid = phone.call()
        for act, what in acts:
            getattr(phone, act)(sid, *([what] if what else []))
    phone.wait(sid, "over")
    turns = product.to("/turn")
    return dict(turns[0].form) if turns else {}


def test_speech_that_comes_first_wins_over_keys(product: FakeProduct, phone: PhoneClient) -> None:
    form = turn_form(product, phone, BOTH, ("say", "hello"), ("keys", "1"))

    assert form["SpeechResult"] == "hello"
    assert 0 <= float(form["Confidence"]) <= 1
    assert "Digits" not in form


def test_keys_that_come_first_win_over_speech(product: FakeProduct, phone: PhoneClient) -> None:
    form = turn_form(product, phone, BOTH, ("keys", "12#"), ("say", "hello"))

    assert form["Digits"] == "12"
    assert form["FinishedOnKey"] == "#"
    assert "SpeechResult" not in form


def test_confidence_can_be_absent(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(BOTH)
    product.says("<Hangup/>", path="/turn")

    sid = phone.call()
    phone.say(sid, "hello", confidence=None)
    phone.wait(sid, "over")

    assert "Confidence" not in product.to("/turn")[0].form


def test_the_wanted_number_of_keys_ends_the_gather_and_the_rest_is_the_next_one_s(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Gather numDigits="2" finishOnKey="" action="/turn"/>')
    product.says('<Gather numDigits="2" finishOnKey="" action="/turn"/>', "<Hangup/>", path="/turn")

    with product.holding_back():
        sid = phone.call()
        phone.keys(sid, "12#4")
    phone.wait(sid, "over")

    assert [each.form["Digits"] for each in product.to("/turn")] == ["12", "#4"]
    assert "FinishedOnKey" not in product.to("/turn")[0].form


def test_without_input_the_next_verb_runs(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Gather input="speech" action="/turn"><Say>Well?</Say></Gather><Say>Bye</Say>')

    sid = phone.call()
    phone.silence(sid)
    view = phone.wait(sid, "over")

    assert [item["text"] for item in view["heard"]] == ["Well?", "Bye", "bot"]
    assert not product.to("/turn")


@pytest.mark.parametrize(("knob", "expected"), [("absent", None), ("empty", "")])
def test_an_empty_gather_calls_its_action_when_asked_to(
    product: FakeProduct, phone: PhoneClient, knob: str, expected: str | None
) -> None:
    phone.knobs({"gather_empty_digits": knob})

    form = turn_form(product, phone, BOTH, ("silence", ""))

    assert form["CallStatus"] == "in-progress"
    assert form.get("Digits") == expected
    assert "SpeechResult" not in form


def test_a_gather_without_action_asks_its_own_document_again(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Gather input="dtmf" numDigits="1"/>', "<Hangup/>")

    sid = phone.call()
    phone.keys(sid, "5")
    phone.wait(sid, "over")

    assert [each.form.get("Digits") for each in product.to("/voice")] == [None, "5"]


def test_speech_is_kept_for_the_next_gather_that_listens_to_it(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Gather input="dtmf" numDigits="1" action="/menu"/>')
    product.says('<Gather input="speech" action="/turn"/>', path="/menu")
    product.says("<Hangup/>", path="/turn")

    with product.holding_back():
        sid = phone.call()
        phone.say(sid, "hello")
        phone.keys(sid, "5")
    phone.wait(sid, "over")

    assert product.to("/menu")[0].form["Digits"] == "5"
    assert product.to("/turn")[0].form["SpeechResult"] == "hello"


def test_speech_over_the_bot_cuts_what_is_nested(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Gather input="speech" action="/turn"><Say>A long story</Say><Say>goes on</Say></Gather>')
    product.says("<Hangup/>", path="/turn")

    with product.holding_back():
        sid = phone.call()
        phone.say(sid, "stop", barge_in=True)
    view = phone.wait(sid, "over")

    assert kinds(view) == ["say", "caller", "hangup"]
    assert view["heard"][0]["cut"] is True


def test_barge_in_switched_off_lets_the_bot_finish(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(
        '<Gather input="speech dtmf" bargeIn="false" numDigits="1" action="/turn"><Say>One</Say></Gather>'
    )
    product.says("<Hangup/>", path="/turn")

    with product.holding_back():
        sid = phone.call()
        phone.keys(sid, "1")
    view = phone.wait(sid, "over")

    assert kinds(view) == ["say", "key", "hangup"]
    assert view["heard"][0]["cut"] is False


def test_keys_cut_a_nested_sound_unless_the_knob_says_otherwise(
    product: FakeProduct, phone: PhoneClient
) -> None:
    gather = '<Gather numDigits="1" action="/turn"><Say>Press one</Say></Gather>'
    cuts = []
    for default in (True, False):
        phone.knobs({"barge_in_default": default})
        product.says(gather)
        product.says("<Hangup/>", path="/turn")
        with product.holding_back():
            sid = phone.call()
            phone.keys(sid, "1")
        cuts.append(phone.wait(sid, "over")["heard"][0]["cut"])

    assert cuts == [True, False]


def test_in_real_time_the_timeout_counts_from_the_end_of_the_nested_sound(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Gather input="speech" timeout="1" action="/turn"><Pause length="1"/></Gather>')

    began = time.monotonic()
    sid = phone.call(speed=2.0)
    phone.wait(sid, "over")

    assert 1.0 <= time.monotonic() - began < 2.5


def test_who_has_begun_to_speak_is_heard_out(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Gather input="speech" timeout="1" speechTimeout="1" action="/turn"/>')
    product.says("<Hangup/>", path="/turn")

    sid = phone.call(speed=10.0)
    phone.typing(sid, for_s=3)
    # Somebody types for longer than the call waits for a first word.
    time.sleep(0.5)
    phone.say(sid, "sorry, that took me a while")
    phone.wait(sid, "over")

    assert product.to("/turn")[0].form["SpeechResult"] == "sorry, that took me a while"


@pytest.mark.parametrize(("typing_s", "speaking_s"), [(0.0, 1.0), (0.6, 0.4), (1.3, 0.0)])
def test_typed_words_take_the_time_of_spoken_ones_less_what_typing_took(
    product: FakeProduct, phone: PhoneClient, typing_s: float, speaking_s: float
) -> None:
    product.says('<Gather input="speech" speechTimeout="1" action="/turn"/>')
    product.says("<Hangup/>", path="/turn")

    sid = phone.call(speed=1.0)
    phone.wait(sid, "speech")
    time.sleep(typing_s)
    typed = time.monotonic()
    phone.say(sid, "fourteen chars")
    phone.wait(sid, "over")

    assert time.monotonic() - typed == pytest.approx(speaking_s + 1, abs=0.3)


def test_words_typed_while_the_bot_speaks_are_spoken_when_it_has_finished(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Gather input="speech" speechTimeout="1" action="/turn"><Say>Who is it?</Say></Gather>')
    product.says("<Hangup/>", path="/turn")

    with product.holding_back():
        sid = phone.call(speed=1.0)
        phone.say(sid, "fourteen chars")
    view = phone.wait(sid, "over")

    asked, said, over = view["heard"]
    assert said["at_s"] == pytest.approx(asked["at_s"] + asked["duration_s"], abs=0.2)
    assert over["at_s"] - said["at_s"] == pytest.approx(2, abs=0.4)


def test_partial_results_come_beside_the_call(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Gather input="speech" partialResultCallback="/partial" action="/turn"/>')
    product.says("<Hangup/>", path="/turn")
    product.says("<Say>nobody hears this</Say>", path="/partial")

    sid = phone.call()
    phone.say(sid, "I need to change it")
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    told = sorted(int(each.form["SequenceNumber"]) for each in product.to("/partial"))
    words = {each.form["UnstableSpeechResult"] for each in product.to("/partial")}
    assert (told, words) == ([0, 1], {"i need to", "i need to change it"})
    assert "say" not in kinds(view)


def test_while_somebody_speaks_partial_results_come_once_a_second_and_once_more_at_the_end(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Gather input="speech" speechTimeout="2" partialResultCallback="/partial" action="/turn"/>')
    product.says("<Hangup/>", path="/turn")

    sid = phone.call(speed=10.0, typing_is_speaking=False)
    phone.say(sid, "I would like to know whether you are open on Sunday, or on Monday.")
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    results = sorted(product.to("/partial"), key=lambda each: int(each.form["SequenceNumber"]))
    words = [each.form["UnstableSpeechResult"] for each in results]
    assert len(words) == 5
    assert words[-1] == "i would like to know whether you are open on sunday or on monday"
    assert all(after.startswith(before) and after != before for before, after in itertools.pairwise(words))


def test_digits_are_not_sent_again_after_a_redirect(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Gather numDigits="1" action="/turn"/>')
    product.on("/turn", lambda: redirect("/elsewhere", 302))
    product.says("<Hangup/>", path="/elsewhere")

    sid = phone.call()
    phone.keys(sid, "7")
    phone.wait(sid, "over")

    [arrived] = product.to("/elsewhere")
    assert arrived.method == "GET"
    assert "Digits" not in arrived.url
    assert "CallSid" in arrived.url


def test_auto_speech_timeout_with_a_model_is_complained_about(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    turn_form(
        product,
        phone,
        '<Gather input="speech" speechModel="phone_call" speechTimeout="auto" action="/turn"/>',
        ("say", "hello"),
    )

    assert [alert.error_code for alert in exchange.ledger.alerts()] == [12200]


def test_one_call_can_speak_as_long_as_its_words_last_while_another_types(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says(BOTH.replace("<Gather ", '<Gather speechTimeout="1" '))
    product.says("<Hangup/>", path="/turn")

    def lasts_s(*, typing: bool) -> float:
        sid = phone.call(speed=1.0, typing_is_speaking=typing)
        phone.wait(sid, "speech")
        # What is typed meanwhile counts as spoken.
        time.sleep(1.0)
        began = time.monotonic()
        phone.say(sid, "some words, please")
        phone.wait(sid, "over")
        return time.monotonic() - began

    assert lasts_s(typing=False) > lasts_s(typing=True) + 0.5
