"""People and machines that a REST call reaches: what they do, and what detection says of them, when (handbook 1.6, 8.2)."""

import pytest

from simulator.phone.client import PhoneClient, PhoneRefused
from simulator.tests.carrier.rest_calls import SOMEBODY, finished
from simulator.tests.fake_product import FakeProduct, Rest

DETECTED = {"MachineDetection": "Enable", "AsyncAmd": "true"}


@pytest.mark.parametrize(
    ("behaviour", "status", "verdict"),
    [
        ("answer", "completed", "human"),
        ("voicemail", "completed", "machine_start"),
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


def test_lines_are_a_list_of_lines(phone: PhoneClient) -> None:
    with pytest.raises(PhoneRefused):
        phone.operator("answer", says="Hello")
