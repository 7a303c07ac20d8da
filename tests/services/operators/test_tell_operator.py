"""The operator's own system is told of an escalation once, with a signature, and of nothing by plain http."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.services.calls.aftermath import CALLER, Connection, add_call
from tests.support.webhook_receiver import Receiver, receiving
from voicebot.providers.http.signed_webhook import signature
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.operators import tell as module
from voicebot.services.operators.tell import tell_operator, webhook_secret
from voicebot.settings import SettingsError, load_settings
from voicebot.storage import escalations
from voicebot.worker.jobs import PATIENCE

pytestmark = pytest.mark.sql
NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def house(make_runtime: Callable[..., Runtime], receiver: Receiver, tmp_path: Any) -> Runtime:
    told = {"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_WEBHOOK_URL": f"{receiver.url}/hook?team=1"}
    return make_runtime(settings=load_settings(told), now=lambda: NOW)


@pytest.fixture
def escalation(house: Runtime, owner: Connection) -> str:
    """A message that a caller left."""
    call, _ = add_call(owner)
    assert escalations.escalate_call(
        house.database,
        call,
        cause_key="utterance-3",
        reason="message",
        message="Müller: the bicycle is ready.",
    )
    row = owner.execute("select id from public.support_escalations where call_id = %s", [call]).fetchone()
    assert row is not None
    return str(row[0])


def test_it_is_posted_with_words_and_number_and_a_valid_signature(
    house: Runtime, receiver: Receiver, escalation: str
) -> None:
    tell_operator(house, escalation_id=escalation)

    [(headers, body)] = receiver.got
    event = json.loads(body)
    assert receiver.is_valid(0, webhook_secret(house.settings))
    assert not receiver.is_valid(
        0, webhook_secret(house.settings.model_copy(update={"secret_key": "x" * 16}))
    )
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (f"esc_{escalation}", "1795896000")
    assert event["type"] == "escalation.created"
    assert event["data"]["message"] == "Müller: the bicycle is ready."
    assert (event["data"]["id"], event["data"]["phone_number"]) == (escalation, CALLER)
    assert (event["data"]["reason"], event["data"]["state"]) == ("message", "open")


def test_a_job_that_runs_twice_posts_once(house: Runtime, receiver: Receiver, escalation: str) -> None:
    for _ in range(2):
        tell_operator(house, escalation_id=escalation)

    assert len(receiver.got) == 1
    row = escalations.show_escalation(house.database, escalation)
    assert row is not None and row["posted_at"] is not None


@pytest.mark.parametrize(
    ("status", "outcome"), [(500, "unknown"), (400, "refused"), (302, "refused"), (307, "refused")]
)
def test_what_was_not_taken_is_posted_again_under_the_same_id(
    house: Runtime, receiver: Receiver, escalation: str, status: int, outcome: str
) -> None:
    receiver.answers = [status]

    with pytest.raises(ProviderError) as failure:
        tell_operator(house, escalation_id=escalation)
    house.now = lambda: NOW + timedelta(minutes=5)
    tell_operator(house, escalation_id=escalation)

    assert (failure.value.code, failure.value.outcome) == (f"http_{status}", outcome)
    # A redirect was not followed: there are two posts, and the second is ours.
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [f"esc_{escalation}"] * 2
    assert receiver.got[0][0]["webhook-timestamp"] != receiver.got[1][0]["webhook-timestamp"]
    assert receiver.is_valid(1, webhook_secret(house.settings))


def test_a_system_that_is_away_fails_the_job_and_it_is_tried_for_hours(
    make_runtime: Callable[..., Runtime], escalation: str, tmp_path: Any
) -> None:
    told = {"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_WEBHOOK_URL": "http://127.0.0.1:9/"}
    away = make_runtime(settings=load_settings(told))

    with pytest.raises(ProviderError) as failure:
        tell_operator(away, escalation_id=escalation)

    patience = PATIENCE["tell_operator"]
    pauses = [patience.delay_s(failures, 1.0) for failures in range(1, patience.max_attempts)]
    assert failure.value.outcome is Outcome.NOT_SENT
    assert 3600 < sum(pauses) < 24 * 3600


def test_a_channel_that_fails_does_not_keep_the_next_from_being_used(
    house: Runtime, escalation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []

    def fails(_runtime: Runtime, _escalation: Any) -> None:
        raise ProviderError("one", "http_500", Outcome.UNKNOWN)

    monkeypatch.setattr(module, "WAYS", (fails, lambda _runtime, one: used.append(str(one))))

    with pytest.raises(ProviderError):
        tell_operator(house, escalation_id=escalation)

    assert used == [escalation]


def test_nothing_is_posted_where_no_address_is_set(
    runtime: Runtime, receiver: Receiver, escalation: str
) -> None:
    tell_operator(runtime, escalation_id=escalation)

    assert receiver.got == []


def test_an_escalation_that_is_gone_is_no_fault(house: Runtime, receiver: Receiver) -> None:
    tell_operator(house, escalation_id="00000000-0000-4000-8000-000000000000")

    assert receiver.got == []


# --- the address and the signature ----------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["https://example.com/hook?key=1", "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:1/x"],
)
def test_https_and_this_machine_are_good_addresses(url: str, tmp_path: Any) -> None:
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_WEBHOOK_URL": url})

    assert settings.operator_webhook_url == url


@pytest.mark.parametrize(
    "url",
    ["http://example.com/hook", "http://10.0.0.7/hook", "http://127.0.0.1.example.com/", "ftp://example.com", "example.com",
     "https://", "https://example.com/#x", "http://localhost@example.com/", "https://exa mple.com/"],
)  # fmt: skip
def test_plain_http_to_other_machines_stops_the_start(url: str, tmp_path: Any) -> None:
    with pytest.raises(SettingsError, match="OPERATOR_WEBHOOK_URL: expected"):
        load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_WEBHOOK_URL": url})


@pytest.mark.parametrize(
    ("message_id", "timestamp", "body", "secret", "signed"),
    [
        # The reference suites' own, and one that is not ASCII (providers' handbook 6.4).
        ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}', "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("msg_01", 1795896000,
         '{"type":"call.attempt.finished","timestamp":"2026-11-28T20:00:00Z","data":{"attempt":"at_1","outcome":"voicemail","note":"Müller"}}',
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "v1,mev6tguOW/fIF5T2eJKTrVemZlvvSSXJggq877CUFik="),
    ],
)  # fmt: skip
def test_a_signature_is_the_one_of_the_standard(
    message_id: str, timestamp: int, body: str, secret: str, signed: str
) -> None:
    assert signature(message_id, timestamp, body.encode(), base64.b64decode(secret)) == signed
