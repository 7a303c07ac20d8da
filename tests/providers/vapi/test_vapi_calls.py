"""Vapi's API as we ask it: once, within a limit, and with what may have happened when an answer is missing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.providers.broken_provider import Provider, whole
from tests.vectors import PROVIDERS, read
from voicebot.domain.dialling.led_calls import Fate
from voicebot.providers.ports import LostDial, Outcome, ProviderError
from voicebot.providers.ports.led import NewLedCall
from voicebot.providers.vapi.account import VapiAccount, vapi_account
from voicebot.providers.vapi.calls import PAGE_SIZE, VapiCalls
from voicebot.providers.vapi.http import VapiHttp

VECTORS = read(PROVIDERS / "vapi.json")
CREATES = {each["id"]: each for each in VECTORS["create"]}
ASSISTANT, NUMBER = "33333333-3333-3333-3333-333333333333", "44444444-4444-4444-4444-444444444444"
CALL = NewLedCall("at_1", "+12025550123", 600, variables={"day": "Friday"}, person="Ada")
BEGAN = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
SECRETS = {"key": "k-1", "assistant_id": ASSISTANT, "webhook": "s3cret"}


def calls_at(url: str, total_s: float = 2.0) -> VapiCalls:
    return VapiCalls(VapiHttp("k-1", url, total_s=total_s), assistant_id=ASSISTANT, phone_number_id=NUMBER)


@pytest.fixture
def calls(provider: Provider) -> VapiCalls:
    return calls_at(provider.url)


def contains(sent: object, wanted: object) -> bool:
    """A recorded request has the fields that matter; what is sent may have more."""
    if isinstance(wanted, dict):
        return isinstance(sent, dict) and all(
            contains(sent.get(name), value) for name, value in wanted.items()
        )
    return sent == wanted


def failing(calls: VapiCalls) -> ProviderError:
    with pytest.raises(ProviderError) as failure:
        calls.create_call(CALL)
    return failure.value


def test_a_call_is_asked_for_as_recorded(provider, calls):
    vector = CREATES["vapi-create-ok"]
    provider.will(whole(201, vector["response"]["body"]))

    assert calls.create_call(CALL) == vector["response"]["body"]["id"]

    (asked,) = provider.seen
    assert (asked.method, asked.path) == ("POST", "/call")
    assert {name.lower(): value for name, value in asked.headers.items()}["authorization"] == "Bearer k-1"
    assert contains(asked.json, vector["request"]["body"])
    assert asked.json["assistantOverrides"]["serverMessages"] == ["end-of-call-report", "status-update"]


def test_a_template_may_name_another_assistant(provider, calls):
    provider.will(whole(201, {"id": "c1"}))

    calls.create_call(replace(CALL, assistant_id="a-2", time_limit_s=5, person=""))

    body = provider.seen[0].json
    assert body["assistantId"] == "a-2"
    assert body["assistantOverrides"]["maxDurationSeconds"] == 10
    assert body["customer"] == {"number": "+12025550123"}


@pytest.mark.parametrize("vector", ["vapi-400", "vapi-401", "vapi-402", "vapi-429", "vapi-500"])
def test_failures_say_what_may_have_happened(provider, calls, vector):
    response = CREATES[vector]["response"]
    provider.will(whole(response["status"], response["body"]))

    failure = failing(calls)

    assert failure.outcome == CREATES[vector]["outcome"]
    assert failure.code == f"http_{response['status']}"
    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (whole(201, b"<html>"), Outcome.UNKNOWN),
        (whole(201, []), Outcome.UNKNOWN),
        (whole(201, {}), Outcome.UNKNOWN),
        (whole(201, {"id": 5}), Outcome.UNKNOWN),
        (whole(201, {"id": ""}), Outcome.UNKNOWN),
        (whole(201, {"results": [], "errors": [{"error": "no"}]}), Outcome.REFUSED),
        (whole(201, {"results": [], "errors": []}), Outcome.UNKNOWN),
        (whole(201, {"results": [{"id": "a"}, {"id": "b"}]}), Outcome.UNKNOWN),
        (whole(502, b"bad gateway", "text/html"), Outcome.UNKNOWN),
        (whole(503, {}), Outcome.UNKNOWN),
        (whole(307, {}, Location="/elsewhere"), Outcome.UNKNOWN),
        (whole(403, {}), Outcome.REFUSED),
        (whole(404, {}), Outcome.REFUSED),
    ],
)
def test_an_answer_that_is_no_call_is_not_taken_for_one(provider, calls, answer, outcome):
    provider.will(answer)

    assert failing(calls).outcome is outcome
    assert len(provider.seen) == 1


def test_a_list_of_one_answers_like_the_call(provider, calls):
    provider.will(whole(201, {"results": [{"id": "c1"}], "errors": []}))

    assert calls.create_call(CALL) == "c1"


def test_an_answer_that_never_comes_may_have_dialled(provider):
    provider.will(lambda exchange: exchange.wait(5))

    failure = failing(calls_at(provider.url, total_s=0.3))

    assert (failure.outcome, failure.code) == (Outcome.UNKNOWN, "timeout")
    assert len(provider.seen) == 1


def test_an_answer_that_drips_is_cut_off(provider):
    def drip(exchange):
        exchange.head(201, Transfer_Encoding="chunked")
        for _ in range(50):
            exchange.chunk(b" ")
            exchange.wait(0.05)

    provider.will(drip)

    assert failing(calls_at(provider.url, total_s=0.4)).outcome is Outcome.UNKNOWN


def test_a_connection_that_breaks_off_may_have_dialled(provider, calls):
    provider.will(lambda exchange: exchange.cut())

    assert failing(calls).outcome is Outcome.UNKNOWN
    assert len(provider.seen) == 1


def test_a_door_that_is_shut_dialled_nobody(closed_port):
    assert failing(calls_at(closed_port)).outcome is Outcome.NOT_SENT


# --- finding a call again -------------------------------------------------------------------------


def listed(place: int, name: str = "other", **more: object) -> dict:
    made = (BEGAN + timedelta(milliseconds=place)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": f"c{place}",
        "name": name,
        "status": "ended",
        "endedReason": "customer-busy",
        "createdAt": made,
        **more,
    }


class Shelf:
    """Answers listings out of these calls, newest first, at most `most` a page."""

    def __init__(self, calls: list[dict], most: int = PAGE_SIZE) -> None:
        self.calls, self.most = calls, most

    def __call__(self, exchange) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(exchange.handler.path).query).items()}
        found = [
            each
            for each in sorted(self.calls, key=lambda each: each["createdAt"], reverse=True)
            if query["createdAtGe"] <= each["createdAt"] <= query["createdAtLe"]
            and query.get("phoneNumberId") in (None, each.get("phoneNumberId"))
        ]
        whole(200, found[: min(self.most, int(query["limit"]))])(exchange)


def find(provider: Provider, calls: VapiCalls, shelf: Shelf, name: str = "at_1"):
    provider.will(*[shelf] * 50)
    return calls.find_call(name, since=BEGAN - timedelta(minutes=1), until=BEGAN + timedelta(hours=1))


def test_a_lost_call_is_found_by_its_name_as_recorded(provider, calls):
    provider.will(whole(200, VECTORS["list"]["response"]["body"]))

    found = calls.find_call("at_1", since=BEGAN - timedelta(minutes=1), until=BEGAN + timedelta(hours=1))

    assert (found.call_id, found.fate) == ("22222222-2222-2222-2222-222222222222", Fate.BUSY)
    query = parse_qs(urlsplit(provider.seen[0].path).query)
    assert {name: query[name] for name in VECTORS["list"]["request"]["query"]} == {
        name: [value] for name, value in VECTORS["list"]["request"]["query"].items()
    }


@pytest.mark.parametrize("most", [PAGE_SIZE, 7])
def test_a_call_on_the_last_page_is_found(provider, calls, most):
    every = [listed(0, "at_1"), *(listed(place) for place in range(1, 3 * most))]

    assert find(provider, calls, Shelf(every, most)).call_id == "c0"


def test_calls_of_one_millisecond_are_not_lost_between_pages(provider, calls):
    every = [listed(place) for place in range(60)] + [
        {**listed(60 + place), "createdAt": listed(60)["createdAt"]} for place in range(80)
    ]
    every[5]["name"] = "at_1"

    assert find(provider, calls, Shelf(every)).call_id == "c5"


def test_a_call_from_a_number_that_the_account_had_before_is_found(provider, calls):
    assert find(provider, calls, Shelf([listed(0, "at_1", phoneNumberId="another")])).call_id == "c0"


def test_only_a_complete_list_says_that_there_is_no_call(provider, calls):
    assert find(provider, calls, Shelf([listed(place) for place in range(250)])) is None


@pytest.mark.parametrize(
    "answer",
    [whole(500, {}), whole(200, {"calls": []}), whole(200, [5]), whole(200, b"[", "application/json")],
)
def test_a_list_that_breaks_off_says_nothing(provider, calls, answer):
    provider.will(Shelf([listed(0)]), answer)

    with pytest.raises(ProviderError) as failure:
        calls.find_call("at_1", since=BEGAN, until=BEGAN + timedelta(hours=1))

    assert failure.value.outcome is Outcome.UNKNOWN


def test_a_page_that_goes_on_and_on_is_no_complete_list(provider, calls):
    same = [{**listed(place), "createdAt": listed(0)["createdAt"]} for place in range(PAGE_SIZE)]
    provider.will(*[whole(200, same)] * 3)

    with pytest.raises(ProviderError) as failure:
        calls.find_call("at_1", since=BEGAN, until=BEGAN + timedelta(hours=1))

    assert failure.value.code == "incomplete_list"


def test_an_attempt_is_looked_for_from_a_little_before_it_was_asked_for(provider):
    account = replace(vapi_account("vapi", NUMBER, SECRETS), calls=calls_at(provider.url))
    attempt = uuid4()
    provider.will(*[Shelf([listed(0, str(attempt))])] * 2)

    (found,) = account.find(LostDial(attempt, "+12025550123", BEGAN + timedelta(seconds=90)))

    assert (found.sid, found.status, found.direction) == ("c0", "busy", "outbound-api")


# --- ending a call --------------------------------------------------------------------------------


def test_a_live_call_is_ended_at_its_own_address_without_the_key(provider, calls):
    address = f"{provider.url}/control/c1"
    provider.will(
        whole(200, {"id": "c1", "status": "in-progress", "monitor": {"controlUrl": address}}), whole(200, {})
    )

    calls.end_call("c1")

    control = provider.seen[1]
    assert (control.method, control.path, control.json) == ("POST", "/control/c1", {"type": "end-call"})
    assert "authorization" not in {name.lower() for name in control.headers}


def test_a_call_that_is_over_needs_no_end(provider, calls):
    provider.will(whole(200, {"id": "c1", "status": "ended"}))

    calls.end_call("c1")

    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://phone.vapi.ai/c1", "https://vapi.ai.example.net/c1", "https://example.net/vapi.ai", "https://evilvapi.ai/c1",
        "https://169.254.169.254/latest", "https://phone.vapi.ai:8443/c1", "file:///etc/passwd", "", None, 5, "https://[::1/",
        "https://user@example.net/c1", "//phone.vapi.ai/c1",
    ],
)  # fmt: skip
def test_no_other_address_is_asked_to_end_a_call(provider, calls, address):
    provider.will(whole(200, {"id": "c1", "status": "in-progress", "monitor": {"controlUrl": address}}))

    with pytest.raises(ProviderError) as failure:
        calls.end_call("c1")

    assert failure.value.outcome is Outcome.REFUSED
    assert len(provider.seen) == 1


def test_an_id_stays_one_part_of_the_address(provider, calls):
    provider.will(whole(404, {}))

    with pytest.raises(ProviderError):
        calls.fetch_call("up/assistant?x=1")

    assert provider.seen[0].path == "/call/up%2Fassistant%3Fx%3D1"


# --- an account as it is set up -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "problems"),
    [
        ([{}, {"server": {"url": "https://x/vapi/events"}}], 0),
        ([{"server": {"url": "https://x/vapi/events"}}, {}], 0),
        ([{"server": {"url": "https://x/vapi/events"}}, {"server": {"url": "https://other/"}}], 1),
        ([{}, {}], 1),
        ([[], "words"], 1),
    ],
)
def test_an_account_is_ready_once_its_reports_come_here(provider, calls, answers, problems):
    provider.will(*(whole(200, each) for each in answers))

    assert len(calls.readiness("https://x/vapi/events").problems) == problems


def test_a_number_that_the_account_does_not_have_is_named(provider, calls):
    provider.will(whole(404, {}), whole(200, {"server": {"url": "https://x/vapi/events"}}))

    assert calls.readiness("https://x/vapi/events").problems == ("The number is not known to the account.",)


def test_a_key_that_does_not_count_is_no_readiness(provider, calls):
    provider.will(whole(401, {}))

    with pytest.raises(ProviderError):
        calls.readiness("https://x/vapi/events")


@pytest.mark.parametrize("missing", ["key", "assistant_id", "webhook"])
def test_an_account_without_a_secret_is_refused_by_its_name(missing):
    with pytest.raises(ValueError, match=missing):
        vapi_account("vapi", NUMBER, {name: value for name, value in SECRETS.items() if name != missing})


def test_an_account_shows_no_secrets():
    account = vapi_account("vapi", NUMBER, SECRETS)

    assert isinstance(account, VapiAccount)
    assert not any(secret in repr(account) for secret in ("k-1", "s3cret"))


@pytest.mark.parametrize(
    ("told", "numbers"), [({"number": "+12025550177"}, ["+12025550177"]), ({"number": "sip:x"}, []), ({}, [])]
)
def test_the_number_of_an_account_is_told(provider, calls, told, numbers):
    provider.will(whole(200, {"id": NUMBER, **told}))

    assert [each.number for each in calls.numbers()] == numbers
