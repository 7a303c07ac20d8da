"""What tests of dials begin with."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def free_lines(owner: Any) -> None:
    """Calls of earlier tests hold no line, and what failed there opens no breaker."""
    owner.execute("update public.call_attempts set state = 'done' where state not in ('failed', 'done')")
    owner.execute("delete from public.provider_breakers")


@pytest.fixture
def no_breaker(owner: Any) -> Iterator[None]:
    """Carriers that fail for as long as they like, with more lines than anybody needs."""
    (lines,) = owner.execute(
        "select concurrency_limit from public.call_service_providers where name = 'twilio'"
    ).fetchone()
    owner.execute("update public.dialling_rules set breaker_dials = null")
    owner.execute("update public.call_service_providers set concurrency_limit = 1000 where name = 'twilio'")
    yield
    owner.execute("update public.dialling_rules set breaker_dials = 5")
    owner.execute(
        "update public.call_service_providers set concurrency_limit = %s where name = 'twilio'", [lines]
    )
