"""People and machines that a REST call reaches: what they do, and what detection says of them, when (handbook 1.6, 8.2)."""

from typing import Any

import pytest
import requests

from simulator.carrier.far_end.people import SCREENS
from simulator.phone.client import PhoneClient, PhoneRefused
from simulator.tests.carrier.rest_calls import SOMEBODY, finished
from simulator.tests.fake_product import NUMBER, FakeProduct, Rest

DETECTED = {"MachineDetection": "Enable", "AsyncAmd": "true"}


@pytest.mark.parametrize(
    ("behaviour", "status", "verdict"),
    [
        ("answer", "completed", "human"),
        ("voicemail", "completed", "machine_start"),
        ("screener", "completed", "machine_start"),
        ("fax", "completed", "fax"),
        ("hang-up", "completed", "human"),
        ("busy", "busy", None),
        ("no-answer", "no-answer", None),
        ("failed", "failed", None),
    ],
)
def test_whoever_is_dialled_behaves_as_told(
    product: FakeProduct, phone: PhoneClient, rest: Rest, behaviour: str, status: str, verdict: str | None
) -> None:
    product.says("<Say>Hello.</Say>")
    product.on("/amd", "")
    phone.operator(behaviour, number=SOMEBODY)

    call = finished(
        phone, rest, Url=f"{product.url}/voice", AsyncAmdStatusCallback=f"{product.url}/amd", **DETECTED
    )
    assert phone.callbacks_idle()

    assert call["status"] == status
    assert [each.form["AnsweredBy"] for each in product.to("/amd")] == [verdict] * (verdict is not None)
    assert len(product.to("/voice")) == (status == "completed" and behaviour != "hang-up")


def test_a_verdict_comes_when_it_is_due_and_nothing_waits_for_it(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says('<Pause length="5"/><Redirect>/second</Redirect>')
    product.says('<Pause length="5"/><Redirect>/third</Redirect>', path="/second")
    product.says("<Hangup/>", path="/third")
    product.on("/amd", "")
    phone.operator("answer", number=SOMEBODY, amd_s=8)

    call = finished(
        phone, rest, Url=f"{product.url}/voice", AsyncAmdStatusCallback=f"{product.url}/amd", **DETECTED
    )
    assert phone.callbacks_idle()

    told = [each["kind"] for each in phone.ledger(call["sid"])["webhooks"]]
    assert product.to("/amd")[0].form["MachineDetectionDuration"] == "8000"
    assert told.index("voice") < told.index("amd")
    assert call["answered_by"] in ("human", None)


@pytest.mark.parametrize(("after", "told"), [(True, 1), (False, 0)])
def test_a_verdict_may_come_after_the_end_or_never(
    product: FakeProduct, phone: PhoneClient, rest: Rest, after: bool, told: int
) -> None:
    product.says("<Hangup/>")
    product.on("/amd", "")
    phone.knobs({"amd_after_hangup": after})
    phone.operator("voicemail", number=SOMEBODY, amd_s=30)

    finished(phone, rest, Url=f"{product.url}/voice", AsyncAmdStatusCallback=f"{product.url}/amd", **DETECTED)
    assert phone.callbacks_idle()

    assert len(product.to("/amd")) == told


@pytest.mark.parametrize("behaviour", ["answer", "voicemail"])
def test_who_is_dialled_says_their_lines_when_they_are_listened_to(
    product: FakeProduct, phone: PhoneClient, rest: Rest, behaviour: str
) -> None:
    product.says('<Gather input="speech" action="/turn"><Say>Hello.</Say></Gather>')
    product.says('<Gather input="speech" action="/more"><Say>It is me.</Say></Gather>', path="/turn")
    product.says("<Hangup/>", path="/more")
    phone.operator(behaviour, number=SOMEBODY, says=["Who is this?", "I see."])

    finished(phone, rest, Url=f"{product.url}/voice")

    said = [product.to(path)[0].form["SpeechResult"] for path in ("/turn", "/more")]
    assert said == ["Who is this?", "I see."]


def test_a_mailbox_beeps_after_its_greeting_and_records_what_comes_then(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says('<Say>Hello.</Say><Pause length="20"/><Say>Please call us back.</Say>')
    phone.operator("voicemail", number=SOMEBODY, says=["This is Bob, leave a message."])

    call = finished(phone, rest, Url=f"{product.url}/voice")
    view = phone.get(call["sid"])

    assert [item["kind"] for item in view["heard"]] == ["say", "beep", "say", "hangup"]
    assert view["recorded"] == ["Please call us back."]


def test_a_screener_speaks_first_and_its_person_comes_later(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    listens = '<Gather input="speech" action="/turn" timeout="5" actionOnEmptyResult="true"/>'
    product.says(listens)
    product.says(listens, listens, "<Hangup/>", path="/turn")
    phone.operator("screener", number=SOMEBODY, says=["Who is it?", "Hello, it is me."], hesitates_s=7)

    finished(phone, rest, Url=f"{product.url}/voice")

    assert [each.form.get("SpeechResult") for each in product.to("/turn")] == [
        "Who is it?",
        None,
        "Hello, it is me.",
    ]


def test_a_screener_has_words_of_its_own(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    product.says('<Gather input="speech" action="/turn"/>')
    product.says("<Hangup/>", path="/turn")
    phone.operator("screener", number=SOMEBODY)

    finished(phone, rest, Url=f"{product.url}/voice")

    assert product.to("/turn")[0].form["SpeechResult"] == SCREENS


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_verdict_comes_as_often_as_told(
    product: FakeProduct, phone: PhoneClient, rest: Rest, times: int
) -> None:
    product.says("<Say>Hello.</Say>")
    product.on("/amd", "")
    phone.operator("answer", number=SOMEBODY, amd_times=times)

    finished(phone, rest, Url=f"{product.url}/voice", AsyncAmdStatusCallback=f"{product.url}/amd", **DETECTED)
    assert phone.callbacks_idle()

    assert len(product.to("/amd")) == times


@pytest.mark.parametrize("created", ["error", "lost"])
def test_a_call_is_made_though_the_answer_to_its_request_is_an_error_or_nothing(
    product: FakeProduct, phone: PhoneClient, rest: Rest, created: str
) -> None:
    product.says("<Say>Hello.</Say>")
    phone.operator("answer", number=SOMEBODY, created=created)
    before, failed = len(phone.calls()), False

    def create() -> requests.Response:
        return rest.post("/Calls.json", From=NUMBER, To=SOMEBODY, Url=f"{product.url}/voice")

    try:
        failed = create().status_code == 500
    except requests.ConnectionError:
        failed = created == "lost"
    [call] = phone.calls()[: len(phone.calls()) - before]

    assert failed
    assert phone.wait(call["sid"], "over")["status"] == "completed"
    assert create().status_code == 201


@pytest.mark.parametrize("wish", [{"created": "never"}, {"created": 5}, {"says": "Hello"}])
def test_what_nobody_knows_is_no_behaviour(phone: PhoneClient, wish: dict[str, Any]) -> None:
    with pytest.raises(PhoneRefused):
        phone.operator("answer", **wish)
