"""Dial: who is rung, how it ends, what the action hears of it (handbook 2.5, 1.7)."""

import pytest

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import CALLER, NUMBER, FakeProduct

OPERATOR = "+12025550199"
DIAL = f'<Dial action="/after" timeout="20">{OPERATOR}</Dial>'


def transferred(product: FakeProduct, phone: PhoneClient, verbs: str = DIAL) -> tuple[dict, dict[str, str]]:
    product.says(verbs)
    product.says("<Say>Back again</Say>", path="/after")
    view = phone.wait(phone.call(CALLER), "over")
    return view, dict(product.to("/after")[0].form) if product.to("/after") else {}


@pytest.mark.parametrize("behaviour", ["busy", "no-answer", "failed"])
def test_a_transfer_that_nobody_takes_comes_back_to_the_bot(
    product: FakeProduct, phone: PhoneClient, behaviour: str
) -> None:
    phone.operator(behaviour)

    view, form = transferred(product, phone)

    assert form["DialCallStatus"] == behaviour
    assert form["DialBridged"] == "false"
    assert "DialCallDuration" not in form
    assert form["CallStatus"] == "in-progress"
    assert view["heard"][-2]["text"] == "Back again"
    assert [leg["status"] for leg in view["dialled"]] == [behaviour]


def test_a_transfer_that_is_taken_tells_how_long_it_lasted(product: FakeProduct, phone: PhoneClient) -> None:
    phone.operator("answer", talk_s=34)

    view, form = transferred(product, phone)

    assert (form["DialCallStatus"], form["DialBridged"], form["DialCallDuration"]) == (
        "completed",
        "true",
        "34",
    )
    assert form["DialCallSid"] == view["dialled"][0]["sid"]
    assert [item["kind"] for item in view["heard"]] == ["ring", "dial", "say", "hangup"]


def test_no_answer_takes_the_timeout_and_about_five_seconds(product: FakeProduct, phone: PhoneClient) -> None:
    phone.operator("no-answer")

    view, _ = transferred(product, phone)

    assert view["heard"][0]["duration_s"] == pytest.approx(25, abs=0.5)


def test_without_an_action_the_next_verb_runs(product: FakeProduct, phone: PhoneClient) -> None:
    phone.operator("busy")

    view, form = transferred(product, phone, f"<Dial>{OPERATOR}</Dial><Say>Next</Say>")

    assert form == {}
    assert view["heard"][-2]["text"] == "Next"


def test_the_first_of_several_to_answer_wins_and_the_others_are_canceled(
    product: FakeProduct, phone: PhoneClient
) -> None:
    phone.operator("answer", number="+12025550191", ring_s=9)
    phone.operator("answer", number="+12025550192", ring_s=2)

    view, form = transferred(
        product,
        phone,
        '<Dial action="/after"><Number>+12025550191</Number><Number>+12025550192</Number></Dial>',
    )

    assert [leg["status"] for leg in view["dialled"]] == ["canceled", "completed"]
    assert form["DialCallSid"] == view["dialled"][1]["sid"]


def test_sequential_numbers_are_tried_one_after_the_other(product: FakeProduct, phone: PhoneClient) -> None:
    phone.operator("busy", number="+12025550191")
    phone.operator("answer", number="+12025550192")

    view, form = transferred(
        product,
        phone,
        '<Dial sequential="true" action="/after"><Number>+12025550191</Number><Number>+12025550192</Number></Dial>',
    )

    assert [leg["status"] for leg in view["dialled"]] == ["busy", "completed"]
    assert form["DialCallStatus"] == "completed"


def test_a_foreign_caller_id_fails_the_dial(product: FakeProduct, phone: PhoneClient) -> None:
    view, form = transferred(
        product, phone, f'<Dial action="/after" callerId="+13035550100">{OPERATOR}</Dial>'
    )

    assert form == {}
    assert [alert["error_code"] for alert in view["alerts"]] == [13214]


def test_the_own_number_is_a_good_caller_id(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    view, _ = transferred(product, phone, f'<Dial action="/after" callerId="{NUMBER}">{OPERATOR}</Dial>')

    leg = exchange.book.find(view["dialled"][0]["sid"])
    assert leg is not None
    assert (leg.from_number, leg.direction, leg.parent_call_sid) == (NUMBER, "outbound-dial", view["sid"])


def test_the_dialled_leg_reports_its_own_statuses(product: FakeProduct, phone: PhoneClient) -> None:
    product.on("/leg", "")

    transferred(
        product,
        phone,
        '<Dial action="/after"><Number statusCallback="/leg" '
        f'statusCallbackEvent="initiated ringing answered completed">{OPERATOR}</Number></Dial>',
    )
    assert phone.callbacks_idle()

    forms = sorted((each.form for each in product.to("/leg")), key=lambda form: int(form["SequenceNumber"]))
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert {form["Direction"] for form in forms} == {"outbound-dial"}
    assert all(form["ParentCallSid"] for form in forms)
    assert forms[-1]["SipResponseCode"] == "200"


def test_a_caller_who_hangs_up_while_it_rings_cancels_the_transfer(
    product: FakeProduct, phone: PhoneClient
) -> None:
    phone.operator("no-answer")
    product.says(DIAL)

    sid = phone.call(speed=1.0)
    while not phone.get(sid)["dialled"]:
        pass
    phone.hangup(sid)
    view = phone.wait(sid, "over")

    assert (view["status"], view["dialled"][0]["status"]) == ("completed", "canceled")
    assert not product.to("/after")


@pytest.mark.parametrize(
    ("operator", "shown", "status"),
    [("no-answer", "ringing", "canceled"), ("answer", "in-progress", "completed")],
)
def test_the_action_can_be_told_of_a_caller_who_hung_up(
    product: FakeProduct, phone: PhoneClient, operator: str, shown: str, status: str
) -> None:
    phone.knobs({"dial_action_after_hangup": True})
    phone.operator(operator, talk_s=600, ring_s=0)
    product.says(DIAL)
    product.says("", path="/after")

    sid = phone.call(speed=1.0)
    while [leg["status"] for leg in phone.get(sid)["dialled"]] != [shown]:
        pass
    phone.hangup(sid)
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    form = product.to("/after")[0].form
    assert (form["DialCallStatus"], form["CallStatus"]) == (status, "completed")


def test_star_hangs_up_on_the_other_side_when_that_is_allowed(
    product: FakeProduct, phone: PhoneClient
) -> None:
    phone.operator("answer", talk_s=600, ring_s=1)
    product.says(f'<Dial hangupOnStar="true" action="/after">{OPERATOR}</Dial>')
    product.says("<Hangup/>", path="/after")

    sid = phone.call(speed=5.0)
    while not any(item["kind"] == "dial" for item in phone.get(sid)["heard"]):
        pass
    phone.keys(sid, "*")
    phone.wait(sid, "over")

    assert int(product.to("/after")[0].form["DialCallDuration"]) < 60


def test_a_talk_that_is_followed_by_nothing_was_ended_by_the_person(
    product: FakeProduct, phone: PhoneClient
) -> None:
    phone.operator("answer", talk_s=5)

    view, _ = transferred(product, phone, f"<Dial>{OPERATOR}</Dial><Hangup/>")

    assert [(item["kind"], item["text"]) for item in view["heard"][-2:]] == [
        ("dial", "answered"),
        ("hangup", "person"),
    ]


def test_a_person_can_behave_in_another_way_towards_one_caller(
    product: FakeProduct, phone: PhoneClient
) -> None:
    phone.operator("no-answer", caller="+12025550177")
    product.says(DIAL)
    product.says("", path="/after")

    theirs = phone.wait(phone.call("+12025550177"), "over")
    mine = phone.wait(phone.call("+12025550178"), "over")

    assert [view["dialled"][0]["status"] for view in (theirs, mine)] == ["no-answer", "completed"]
