"""Asking for codes and trying them, with a clock of the test's own; `clean` begins each test without any."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.servers import remove_rows

NOON = datetime(2024, 3, 4, 12, 0, tzinfo=UTC)
LOOSE = {
    "asker_sends": [], "number_sends": [], "ip_sends": [], "ip_numbers": [1, 10**6], "ip_countries": [1, 10**6], "prefix_sends": [],
    "country_least": 10**6, "global_sends": [], "money_usd": 10**6, "ip_checks": [],
    "site_sends": [], "site_numbers": [1, 10**6], "site_checks": [],
}  # fmt: skip


@pytest.fixture(autouse=True)
def clean(owner) -> None:
    remove_rows(owner, "verification_counters", "sms_history", "events")
    owner.execute("delete from public.verifications")


@pytest.fixture
def ask(database) -> Callable[..., dict[str, Any]]:
    """Ask for a code at a second after noon, with all limits lifted but those named."""

    def ask(
        at_s: float = 0, number: str = "+12025550123", only: tuple[str, ...] = (), **more: Any
    ) -> dict[str, Any]:
        limits = {name: value for name, value in LOOSE.items() if name not in only} | more.pop("limits", {})
        params = {"channel": "sms", "purpose": "call", "country": "US", "our_number": "+12025550100"} | more
        return database.call(
            "start_verification", to_number=number, limits=limits, at=NOON + timedelta(seconds=at_s), **params
        )

    return ask


@pytest.fixture
def guess(database) -> Callable[..., dict[str, Any]]:
    def guess(at_s: float = 0, number: str = "+12025550123", **more: Any) -> dict[str, Any]:
        return database.call(
            "check_verification",
            number=number,
            at=NOON + timedelta(seconds=at_s),
            **({"limits": LOOSE} | more),
        )

    return guess


def numbers(prefix: str = "+1202555") -> Any:
    return (f"{prefix}{number:04d}" for number in itertools.count(100))
