"""Two carriers at once: one fails, the other dials; each is asked about its own calls, and their secrets are nowhere."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.phone.client import PhoneClient
from simulator.process import RunningSimulator, start_simulator
from tests.support.command_line import Run, environ, run
from voicebot.domain.dialling.provider import ProviderKind
from voicebot.providers.ports import LostDial
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import ask_for_call
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.diallers import dialler_of
from voicebot.services.dialling.providers import NewProvider, add_provider, change_provider, try_provider
from voicebot.services.dialling.settle import settle_silent_dials
from voicebot.settings import load_settings
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.queue import NewEntry
from voicebot.wiring import build_runtime

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
FIRST, SECOND = "+12025550100", "+13035550177"
PEOPLE = (f"+1303555{n:04d}" for n in range(6000, 7000))


def simulator(number: str) -> RunningSimulator:
    return start_simulator(
        account_sid=f"AC{secrets.token_hex(16)}", auth_token=secrets.token_hex(16), number=number
    )


@pytest.fixture(scope="module")
def carriers() -> Iterator[tuple[RunningSimulator, RunningSimulator]]:
    with simulator(FIRST) as first, simulator(SECOND) as second:
        yield first, second


@pytest.fixture
def bot(carriers: Any, dsn: str, owner: Any, tmp_path: Any) -> Iterator[Runtime]:
    """A service whose own account is at the first carrier."""
    for table in ("call_attempts", "call_queue", "dialling_lanes", "dialling_accounts"):
        owner.execute(f"delete from public.{table}")
    owner.execute(
        "update public.call_service_providers set concurrency_limit = 50, enabled = true where kind is not null"
    )
    first, _ = carriers
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "CALLS_PER_SECOND": "100"}).model_copy(
        update={
            "twilio_account_sid": first.account_sid,
            "twilio_auth_token": first.auth_token,
            "twilio_api_base": first.url,
            "twilio_phone_number": FIRST,
        }
    )
    database = PostgresDatabase(dsn, min_size=1, max_size=4)
    yield build_runtime(settings, database)
    database.close()
    PhoneClient(first.url).knobs()
    owner.execute("delete from public.call_attempts")
    owner.execute("delete from public.call_queue")
    owner.execute("delete from public.call_service_providers where name = 'backup'")


def add(bot: Runtime, second: RunningSimulator, **fields: Any) -> None:
    wanted = NewProvider(
        "backup",
        ProviderKind.TWILIO,
        second.account_sid,
        {"auth_token": second.auth_token},
        {"base_url": second.url, "default_number": SECOND, "priority": 2, "calls_per_second": 100.0} | fields,
    )
    add_provider(bot, wanted)


def ask(bot: Runtime) -> str:
    number = next(PEOPLE)
    ask_for_call(bot, NewEntry(to_number=number, purpose="asked_for", hours_lifted="asked for now"))
    return number


def state_of(owner: Any, number: str) -> Any:
    return owner.execute(
        "select account, state, from_number from public.call_attempts where to_number = %s", [number]
    ).fetchone()


def test_the_second_carrier_dials_while_the_first_fails_and_its_calls_settle_with_it(
    bot: Runtime, carriers: Any, owner: Any
) -> None:
    first, second = carriers
    add(bot, second)
    PhoneClient(first.url).knobs({"rest_fault": {"status": 500, "times": 5, "path": "/Calls"}})
    lost = [ask(bot) for _ in range(5)]
    for _ in lost:
        place_dials(bot)
    found = ask(bot)

    place_dials(bot)

    assert {state_of(owner, number)[:2] for number in lost} == {("twilio", "unknown")}
    assert state_of(owner, found)[:2] == ("backup", "sent")
    (call,) = dialler_of(bot, "backup").find(_lost(owner, found))
    assert (call.to_number, call.from_number) == (found, SECOND)
    assert list(dialler_of(bot, "twilio").find(_lost(owner, found))) == []
    dialler_of(bot, "backup").hang_up(call.sid)
    owner.execute("alter table public.call_attempts disable trigger touch_updated_at")
    owner.execute("update public.call_attempts set updated_at = now() - interval '1 hour'")
    owner.execute("alter table public.call_attempts enable trigger touch_updated_at")
    settle_silent_dials(bot)
    assert state_of(owner, found)[1] == "done"


def _lost(owner: Any, number: str) -> LostDial:
    return LostDial(
        *owner.execute(
            "select id, to_number, sending_at from public.call_attempts where to_number = %s", [number]
        ).fetchone()
    )


def test_a_wrong_token_is_found_when_it_is_tried_and_loses_nobody(
    bot: Runtime, carriers: Any, owner: Any
) -> None:
    _, second = carriers
    add(bot, second, priority=0)
    assert (try_provider(bot, "backup").error, try_provider(bot, "backup").has_default_number) == (None, True)
    change_provider(bot, "backup", {}, {"auth_token": "f" * 32})
    bot.carriers._look()

    assert try_provider(bot, "backup").error == "20003"
    number = ask(bot)
    place_dials(bot)

    assert state_of(owner, number)[:2] == ("backup", "failed")
    (status,) = owner.execute(
        "select status from public.call_queue where recipient_number = %s", [number]
    ).fetchone()
    assert status == "queued"


def test_a_secret_is_in_no_row_no_answer_and_no_log(
    carriers: Any, run: Run, owner: Any, tmp_path: Any, caplog: Any
) -> None:
    _, second = carriers
    file = tmp_path / "token"
    file.write_text(f"auth_token={second.auth_token}\n")
    add = (
        "providers",
        "add",
        "backup",
        "--account",
        second.account_sid,
        "--base-url",
        second.url,
        "--number",
        SECOND,
    )

    told = [run(*add, "--secrets-file", str(file), "--json")]
    told += [
        run("providers", "test", "backup", "--json"),
        run("providers", "list"),
        run("providers", "list", "--json"),
    ]
    told += [
        run("providers", "disable", "backup"),
        run("providers", "set", "backup", "--priority", "7", "--json"),
    ]

    assert [code for code, _, _ in told] == [0] * len(told)
    assert second.auth_token not in f"{told} {caplog.text} {rows(owner)}"
    (sealed, enabled, priority) = owner.execute(
        "select api_credentials ->> 'sealed', enabled, priority from public.call_service_providers where name = 'backup'"
    ).fetchone()
    assert (sealed[:4], enabled, priority) == ("gAAA", False, 7)
    owner.execute("delete from public.call_service_providers where name = 'backup'")


def rows(owner: Any) -> str:
    """All that is kept of providers and of what was done about them."""
    tables = (
        "call_service_providers",
        "provider_breakers",
        "provider_phone_numbers",
        "call_attempts",
        "events",
    )
    return str([owner.execute(f"select to_jsonb(t) from public.{table} t").fetchall() for table in tables])
