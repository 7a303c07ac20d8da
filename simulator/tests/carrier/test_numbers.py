"""The account's numbers: each leads where it is registered to lead, and stays so."""

from pathlib import Path
from typing import Any

import pytest

from simulator.carrier.books.numbers import ELSEWHERE, IDLE, SERVED_ELSEWHERE
from simulator.carrier.exchange import Exchange, build_exchange
from simulator.config import SimulatorConfig
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import ACCOUNT, CALLER, NUMBER, TOKEN, FakeProduct, Rest


def listed(rest: Rest) -> dict[str, dict[str, Any]]:
    numbers = rest.get("/IncomingPhoneNumbers.json").json()["incoming_phone_numbers"]
    return {number["phone_number"]: number for number in numbers}


@pytest.fixture
def changed(rest: Rest) -> Any:
    """Change a number over REST."""

    def change(number: str, **fields: str) -> None:
        answer = rest.post(f"/IncomingPhoneNumbers/{listed(rest)[number]['sid']}.json", **fields)
        assert answer.status_code == 200

    return change


def test_the_account_has_numbers_of_others_beside_the_bots(rest: Rest, product: FakeProduct) -> None:
    assert {number: row["voice_url"] for number, row in listed(rest).items()} == {
        NUMBER: f"{product.url}/voice",
        SERVED_ELSEWHERE: f"{ELSEWHERE}/voice",
        IDLE: "",
    }


def test_a_call_and_a_text_go_where_the_dialled_number_leads(
    phone: PhoneClient, product: FakeProduct, exchange: Exchange, changed: Any
) -> None:
    product.says("<Say>The second line</Say>", path="/second")
    product.on("/second/texts", "<Response/>")
    changed(
        IDLE,
        VoiceUrl=f"{product.url}/second",
        SmsUrl=f"{product.url}/second/texts",
        StatusCallback=f"{product.url}/status",
    )

    view = phone.wait(phone.call(CALLER, to=IDLE), "over")
    phone.text("Hello", CALLER, to=IDLE)
    assert exchange.texting.idle(5)

    assert [item["text"] for item in view["heard"] if item["kind"] == "say"] == ["The second line"]
    assert [each.form["To"] for each in product.to("/second")] == [IDLE]
    assert [each.form["To"] for each in product.to("/second/texts")] == [IDLE]
    assert product.to("/voice") == product.to("/sms") == []


def test_a_call_to_a_number_that_leads_nowhere_fails_at_once(phone: PhoneClient) -> None:
    view = phone.wait(phone.call(CALLER, to=IDLE), "over")

    assert view["status"] == "failed"


@pytest.mark.parametrize("field", ["TrunkSid", "VoiceApplicationSid"])
def test_what_takes_a_call_before_the_urls_is_not_asked_here(
    phone: PhoneClient, product: FakeProduct, changed: Any, field: str
) -> None:
    product.says("<Say>Hello</Say>")
    changed(NUMBER, **{field: "XX" + "1" * 32})

    held = phone.wait(phone.call(CALLER), "over")["status"]
    changed(NUMBER, **{field: ""})
    freed = phone.wait(phone.call(CALLER), "over")["status"]

    assert (held, freed, len(product.to("/voice"))) == ("failed", "completed", 1)


def test_an_application_takes_texts_before_the_url(
    phone: PhoneClient, product: FakeProduct, exchange: Exchange, changed: Any
) -> None:
    changed(NUMBER, SmsApplicationSid="AP" + "1" * 32)

    phone.text("Hello")
    assert exchange.texting.idle(5)

    assert product.to("/sms") == []


def test_numbers_are_found_at_the_next_start_as_they_were_left(tmp_path: Path) -> None:
    config = SimulatorConfig(ACCOUNT, TOKEN, number=NUMBER, data_dir=tmp_path)
    first = build_exchange(config)
    for number in first.numbers.all():
        first.numbers.change(number.sid, {"VoiceUrl": "https://a.example/", "VoiceMethod": "GET"})

    again = build_exchange(config)

    assert {(each.voice_url, each.voice_method) for each in again.numbers.all()} == {
        ("https://a.example/", "GET")
    }


def test_urls_that_a_simulator_is_started_with_are_meant(tmp_path: Path) -> None:
    config = SimulatorConfig(ACCOUNT, TOKEN, voice_url="https://told.example/", data_dir=tmp_path)
    first = build_exchange(config)
    for number in first.numbers.all():
        first.numbers.change(number.sid, {"VoiceUrl": "https://a.example/"})

    again = build_exchange(config)

    assert [each.voice_url for each in again.numbers.all()] == [
        "https://told.example/",
        "https://a.example/",
        "https://a.example/",
    ]


@pytest.mark.parametrize("left", ["", "[]", "null", '{"PN": 1}', '{"PN": {"voice_url": 1}}', "\x00"])
def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path, left: str) -> None:
    (tmp_path / "numbers.json").write_text(left, encoding="utf-8")

    exchange = build_exchange(SimulatorConfig(ACCOUNT, TOKEN, data_dir=tmp_path))

    assert len(exchange.numbers.all()) == 3
