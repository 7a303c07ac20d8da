"""Two keys verify one number: neither sees, uses up or blocks what the other asked for."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.services.verification.verification_desk import another, let_pass, new_number, sent_text
from voicebot.services.verification.look_for_code import look_for_code

pytestmark = pytest.mark.sql
START, CHECK = "/api/v1/verifications", "/api/v1/verifications/check"
WRONG = {"status": "pending", "valid": False}
RIGHT = {"status": "approved", "valid": True}


class Asker:
    """Somebody with a key of their own, and the code that they asked for."""

    def __init__(self, app: Flask, runtime: Any, key: str) -> None:
        self._client, self._runtime = app.test_client(), runtime
        self._client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        self.id = self.code = ""

    def asks(self, number: str, channel: str = "sms") -> Any:
        answer = self._client.post(START, json={"to": number, "channel": channel})
        if answer.status_code == 201:
            self.id = answer.json["id"]
            self.code = sent_text(self._runtime, UUID(self.id))
        return answer

    def tries(self, number: str, code: str) -> Any:
        return self._client.post(CHECK, json={"to": number, "code": code})


@pytest.fixture(params=["integrator", "operator"])
def askers(
    app: Flask, runtime: Any, make_api_key: Callable[..., str], request: Any
) -> Iterator[SimpleNamespace]:
    a, b = (Asker(app, runtime, make_api_key(role=request.param)) for _ in range(2))
    yield SimpleNamespace(a=a, b=b, number=new_number())


def test_each_key_has_a_verification_and_a_code_of_its_own(askers):
    first, second = askers.a.asks(askers.number), askers.b.asks(askers.number)

    assert (first.status_code, second.status_code) == (201, 201)
    assert askers.a.id != askers.b.id
    assert askers.a.code != askers.b.code
    assert askers.a.tries(askers.number, askers.b.code).json == WRONG
    assert askers.b.tries(askers.number, askers.a.code).json == WRONG
    assert askers.b.tries(askers.number, askers.b.code).json == RIGHT
    assert askers.a.tries(askers.number, askers.a.code).json == RIGHT


def test_a_check_by_another_key_uses_no_code_up(askers):
    askers.a.asks(askers.number)

    assert askers.b.tries(askers.number, askers.a.code).json == WRONG
    assert askers.a.tries(askers.number, askers.a.code).json == RIGHT


def test_wrong_tries_of_another_key_lock_nobody_out(askers):
    askers.a.asks(askers.number)

    answers = [askers.b.tries(askers.number, another(askers.a.code)).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    assert askers.a.tries(askers.number, askers.a.code).json == RIGHT


def test_a_key_whose_tries_are_used_up_waits_while_another_goes_on(askers):
    askers.a.asks(askers.number)
    askers.b.asks(askers.number)
    for _ in range(6):
        askers.a.tries(askers.number, another(askers.a.code))

    assert askers.a.tries(askers.number, askers.a.code).status_code == 429
    assert askers.b.tries(askers.number, askers.b.code).json == RIGHT


def test_asking_again_gives_a_key_the_verification_that_it_has(askers, owner):
    askers.a.asks(askers.number)
    askers.b.asks(askers.number)
    first = askers.a.id
    let_pass(owner, askers.number, 61)

    askers.a.asks(askers.number, "call")

    assert askers.a.id == first != askers.b.id
    assert askers.b.tries(askers.number, askers.b.code).json == RIGHT


def test_twenty_wrong_codes_a_day_lock_the_number_for_all_keys(app, runtime, make_api_key):
    keys = [Asker(app, runtime, make_api_key(role="integrator")) for _ in range(5)]
    number = new_number()
    for key in keys[:4]:
        for _ in range(5):
            assert key.tries(number, "000000").json == WRONG

    assert keys[4].tries(number, "000000").status_code == 429
    assert keys[4].asks(number).status_code == 429


def test_a_number_is_texted_three_times_in_ten_minutes_however_many_keys_ask(app, runtime, make_api_key):
    number = new_number()

    answers = [
        Asker(app, runtime, make_api_key(role="integrator")).asks(number).status_code for _ in range(4)
    ]

    assert answers == [201, 201, 201, 429]


def test_a_key_that_took_the_place_of_another_finds_none_of_its_codes(app, runtime, make_api_key, askers):
    askers.a.asks(askers.number)
    newcomer = Asker(app, runtime, make_api_key(role="integrator"))

    assert newcomer.tries(askers.number, askers.a.code).json == WRONG
    assert askers.a.tries(askers.number, askers.a.code).json == RIGHT


@pytest.mark.parametrize("reply", ["{}", "My code is {}", "the code: {}."])
def test_a_reply_by_text_or_in_a_call_leaves_the_check_to_whoever_asked(askers, runtime, owner, reply):
    askers.a.asks(askers.number)
    (text,) = owner.execute(
        "select content from public.sms_history where verification_id = %s", [askers.a.id]
    ).fetchone()

    taken = look_for_code(runtime, askers.number, reply.format(askers.a.code))
    (came_of_it,) = owner.execute(
        "select private.apply_code_check(%s, %s, %s)", [taken.verification_id, taken.code_ok, askers.number]
    ).fetchone()

    assert "reply" not in text
    assert askers.a.code not in taken.text
    assert came_of_it == {"result": "elsewhere"}
    assert askers.a.tries(askers.number, askers.a.code).json == RIGHT


def test_replies_with_wrong_codes_use_up_no_try_of_a_key_and_are_told_like_right_ones(askers, runtime, owner):
    askers.a.asks(askers.number)

    for code in [another(askers.a.code)] * 6 + [askers.a.code]:
        taken = look_for_code(runtime, askers.number, code)
        assert (taken.text, taken.code_ok) == ("[code]", False)
        owner.execute("select private.apply_code_check(%s, true, %s)", [taken.verification_id, askers.number])

    assert askers.a.tries(askers.number, askers.a.code).json == RIGHT


def test_the_two_words_that_nobody_was_sent_open_nothing(askers, runtime):
    askers.a.asks(askers.number)

    words = sent_text(runtime, UUID(askers.a.id), "[words]")

    assert askers.a.tries(askers.number, words).json == WRONG
