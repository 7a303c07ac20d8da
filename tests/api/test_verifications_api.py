import random
import threading
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.services.verification.verification_desk import another, let_pass, new_number, sent_text
from voicebot.api import verifications
from voicebot.api.errors import ApiError, limited
from voicebot.storage.database import PostgresDatabase

pytestmark = pytest.mark.sql
START, CHECK = "/api/v1/verifications", "/api/v1/verifications/check"
COSTLY = [
    "+881612345678",
    "+97912345678",
    "+19002345678",
    "+18002345678",
    "+18763612345",
    "+447012345678",
    "+448712345678",
]


def test_a_code_is_asked_for_and_tried_in_verifys_words(api, runtime):
    number = new_number()

    asked = api.post(START, json={"to": number, "channel": "sms", "ip": "203.0.113.7"})
    code = sent_text(runtime, UUID(asked.json["id"]))
    wrong = api.post(CHECK, json={"to": number, "code": another(code)})
    right = api.post(CHECK, json={"to": number, "code": code})
    again = api.post(CHECK, json={"to": number, "code": "123456"})

    assert asked.status_code == 201
    assert set(asked.json) == {"id", "to", "channel", "status", "expires_at"}
    assert (asked.json["to"], asked.json["channel"], asked.json["status"]) == (number, "sms", "pending")
    assert UUID(asked.json["id"])
    left = datetime.fromisoformat(asked.json["expires_at"]) - datetime.now(UTC)
    assert 590 < left.total_seconds() <= 600
    assert (wrong.status_code, wrong.json) == (200, {"status": "pending", "valid": False})
    assert (right.status_code, right.json) == (200, {"status": "approved", "valid": True})
    assert (again.status_code, again.json) == (200, {"status": "pending", "valid": False})


def test_too_often_is_429_and_says_for_how_long(api):
    number = new_number()
    api.post(START, json={"to": number})

    refused = api.post(START, json={"to": number})

    assert refused.status_code == 429
    assert refused.json["error"]["code"] == "limited"
    assert 55 <= int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("is_known", [True, False])
def test_the_sixth_check_is_429_for_everybody(api, is_known):
    number = new_number()
    if is_known:
        api.post(START, json={"to": number})

    answers = [api.post(CHECK, json={"to": number, "code": "000000"}) for _ in range(6)]

    assert [answer.status_code for answer in answers[5:]] == [429]
    assert [answer.json for answer in answers[:5]] == [{"status": "pending", "valid": False}] * 5
    assert 590 <= int(answers[5].headers["Retry-After"]) <= 600


@pytest.mark.parametrize("number", COSTLY)
def test_a_number_that_parses_gets_201_and_is_sent_nothing(api, owner, number):
    texted = api.post(START, json={"to": number, "channel": "sms"})
    let_pass(owner, number, 61)
    called = api.post(START, json={"to": number, "channel": "call"})

    assert (texted.status_code, called.status_code) == (201, 201)
    assert texted.json["id"] == called.json["id"]
    assert owner.execute(
        "select count(*) from public.sms_history where to_number = %s", [number]
    ).fetchone() == (0,)
    assert owner.execute(
        "select count(*) from public.call_queue where recipient_number = %s", [number]
    ).fetchone() == (0,)


def test_a_wrong_request_is_told_what_is_expected(api):
    unknown = api.post(START, json={"to": "+12025550123", "purpose": "api"}).json["error"]["message"]
    no_object = api.post(START, json=[]).json["error"]["message"]

    assert unknown == "Known fields are: to, channel, ip, language."
    assert no_object == "Expected a JSON object."


@pytest.mark.parametrize(
    ("path", "body", "code", "field"),
    [
        (START, {"to": "hello"}, "invalid_number", "to"),
        (START, {"to": "12025550123"}, "invalid_number", "to"),
        (START, {"to": "+1"}, "invalid_number", "to"),
        (START, {"to": "client:alice"}, "invalid_number", "to"),
        (START, {}, "invalid_request", "to"),
        (START, {"to": 12025550123}, "invalid_request", "to"),
        (START, {"to": "+12025550123", "channel": "pigeon"}, "invalid_request", "channel"),
        (START, {"to": "+12025550123", "ip": "nowhere"}, "invalid_request", "ip"),
        (START, {"to": "+12025550123", "language": "german"}, "invalid_request", "language"),
        (START, {"to": "+12025550123", "purpose": "api"}, "invalid_request", None),
        (START, [], "invalid_request", None),
        (START, "+12025550123", "invalid_request", None),
        (CHECK, {"to": "+12025550123"}, "invalid_request", "code"),
        (CHECK, {"to": "+12025550123", "code": 482913}, "invalid_request", "code"),
        (CHECK, {"to": "nobody", "code": "482913"}, "invalid_number", "to"),
    ],
)
def test_a_wrong_request_is_told_where_it_is_wrong_and_not_repeated(api, path, body, code, field):
    answer = api.post(path, json=body)

    assert answer.status_code == 400
    assert answer.json["error"]["code"] == code
    assert answer.json["error"].get("field") == field
    assert set(answer.json["error"]) <= {"code", "message", "field"}
    assert "482913" not in answer.text


def test_with_the_database_away_nothing_is_promised(app, api, runtime, monkeypatch):
    away = PostgresDatabase("host=127.0.0.1 port=1 dbname=none user=none")
    monkeypatch.setattr(runtime, "database", away)

    answer = api.post(START, json={"to": new_number()})

    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "unavailable"
    assert "Retry-After" in answer.headers
    away.close()


# --- the end user's address -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addresses", "other"),
    [
        (["203.0.113.7"] * 4, "203.0.113.8"),
        ([f"2001:db8:1:2::{last}" for last in range(4)], "2001:db8:1:3::1"),
    ],
)
def test_an_address_may_ask_for_three_numbers_whoever_passes_it_on(api, addresses, other):
    numbers = [new_number() for _ in range(5)]

    asked = [
        api.post(START, json={"to": number, "ip": ip}).status_code
        for number, ip in zip(numbers, addresses, strict=False)
    ]

    assert asked == [201, 201, 201, 429]
    assert api.post(START, json={"to": numbers[4], "ip": other}).status_code == 201


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8:1:2::{:x}"])
def test_an_address_may_try_thirty_codes_in_five_minutes(api, address):
    tried = [
        api.post(CHECK, json={"to": new_number(), "code": "000000", "ip": address.format(n)}).status_code
        for n in range(31)
    ]

    assert tried == [200] * 30 + [429]


# --- nothing tells known from unknown ---------------------------------------------------------------


@pytest.fixture
def kinds(runtime, owner):
    """Numbers of three kinds: of a user with a mark, of nobody, of somebody who said stop."""
    known, unknown, blocked = ([new_number() for _ in range(3)] for _ in range(3))
    for number in known:
        runtime.database.call("ensure_user", phone=number)
        owner.execute("update public.phone_links set verified = true where phone_number = %s", [number])
    for number in blocked:
        runtime.database.call("suppress", number=number, scope="all", reason="STOP")
    return {"known": known, "unknown": unknown, "blocked": blocked, "costly": COSTLY[:3]}


def shape(answer):
    body = {
        name: value if name in ("channel", "status", "valid", "error") else type(value)
        for name, value in answer.json.items()
    }
    headers = sorted(
        (name, value) for name, value in answer.headers if name not in ("Content-Length", "Retry-After")
    )
    return answer.status_code, body, headers, answer.content_length - len(answer.json.get("to", ""))


@pytest.mark.parametrize("channel", ["sms", "call"])
def test_body_and_headers_are_the_same_whoever_has_the_number(api, owner, kinds, channel):
    seen = {}
    for kind, numbers in kinds.items():
        for number in numbers:
            owner.execute("delete from public.verification_counters")
            let_pass(owner, number, 700)
            answers = [api.post(START, json={"to": number, "channel": channel}) for _ in range(2)]
            answers += [api.post(CHECK, json={"to": number, "code": "000000"}) for _ in range(6)]
            seen.setdefault(kind, []).append([shape(answer) for answer in answers])

    assert all(row == seen["known"][0] for rows in seen.values() for row in rows)


def test_the_time_taken_does_not_tell_either(api, owner, runtime):
    known, unknown, blocked = ([new_number() for _ in range(50)] for _ in range(3))
    for number in known:
        runtime.database.call("ensure_user", phone=number)
    for number in blocked:
        runtime.database.call("suppress", number=number, scope="all", reason="STOP")
    tried = [(kind, number) for kind, row in enumerate((known, unknown, blocked)) for number in row]
    random.Random(1).shuffle(tried)
    steps = {0: [], 1: [], 2: []}

    for kind, number in tried:
        owner.execute("delete from public.verification_counters")
        for path, body in ((START, {"to": number}), (CHECK, {"to": number, "code": "000000"})):
            began = time.perf_counter()
            assert api.post(path, json=body).status_code in (200, 201)
            steps[kind].append(int((time.perf_counter() - began) / verifications.STEP_S))

    # What a step holds beside its answer is this machine's noise, and the same for everybody.
    assert min(min(took) for took in steps.values()) >= 1
    # How often one of a kind took more steps than one of another: a coin's chance, give or take what 100 pairs allow.
    for one, other in ((0, 1), (0, 2), (1, 2)):
        longer = sum((a > b) + (a == b) / 2 for a in steps[one] for b in steps[other])
        assert abs(longer / len(steps[one]) / len(steps[other]) - 0.5) < 0.12


def test_every_answer_of_both_routes_waits_for_its_step(api, monkeypatch):
    number, waited, wait, here = new_number(), [], time.sleep, threading.get_ident()

    def sleep(seconds):
        # Other threads of the process sleep as well.
        if threading.get_ident() == here:
            waited.append(seconds)
        wait(seconds)

    monkeypatch.setattr(verifications.time, "sleep", sleep)
    requests = [(START, {"to": number})] * 2 + [(CHECK, {"to": number, "code": "000000"})] * 6

    seen = []
    for path, body in requests:
        before = len(waited)
        seen.append((api.post(path, json=body).status_code, len(waited) - before))

    assert seen == [(201, 1), (429, 1), *[(200, 1)] * 5, (429, 1)]


@pytest.mark.parametrize(("work_s", "answered_s"), [(0.004, 0.03), (0.029, 0.03), (0.041, 0.06), (0.2, 0.21)])
@pytest.mark.parametrize("fails", [True, False])
def test_answers_come_at_steps_of_time_whatever_the_work_took(monkeypatch, work_s, answered_s, fails):
    now, here, wait = [100.0], threading.get_ident(), time.sleep

    def work(_):
        now[0] += work_s
        if fails:
            raise limited(1)

    def sleep(seconds):
        if threading.get_ident() == here:
            now[0] += seconds
        else:
            wait(seconds)

    monkeypatch.setattr(verifications.time, "sleep", sleep)

    with pytest.raises(ApiError) if fails else nullcontext():
        verifications._steady(work, lambda: now[0])(None)

    assert now[0] - 100.0 == pytest.approx(answered_s)
