"""Prices come later than the end of a call: the job asks until there is one."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.services.aftermath import Connection, add_call, call_row
from tests.support.carriers import CallCarrier
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.calls.price import PriceNotYet, fetch_missing_prices, fetch_price

pytestmark = pytest.mark.sql
PRICED = {"price": Decimal("-0.00850"), "price_unit": "USD", "duration_s": 25}


@pytest.fixture
def carrier() -> CallCarrier:
    return CallCarrier()


@pytest.fixture
def asking(make_runtime: Callable[..., Runtime], carrier: CallCarrier) -> Runtime:
    return make_runtime(telephony=carrier)


def test_a_price_is_kept_exactly_with_its_unit_and_duration(
    asking: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    call_id, sid = add_call(owner, call_status="completed", ended_at="now")
    carrier.knows(sid, "completed", **PRICED)

    fetch_price(asking, call_id)

    stored = owner.execute(
        "select price, cost, price_unit, duration from public.call_history where id = %s", [call_id]
    ).fetchone()
    assert stored == (Decimal("-0.00850"), Decimal("0.00850"), "USD", 25)


def test_a_price_that_is_not_there_yet_is_asked_for_again(
    asking: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    call_id, sid = add_call(owner, call_status="completed", ended_at="now")
    carrier.knows(sid, "completed")

    with pytest.raises(PriceNotYet):
        fetch_price(asking, call_id)

    carrier.knows(sid, "completed", **PRICED)
    assert fetch_price(asking, call_id)


def test_a_call_that_has_its_price_is_not_asked_about(
    asking: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    call_id, _ = add_call(owner, call_status="completed", ended_at="now", price=-1)

    assert not fetch_price(asking, call_id)
    assert carrier.asked == []


def test_a_carrier_that_does_not_know_the_call_is_not_asked_again(asking: Runtime, owner: Connection) -> None:
    call_id, sid = add_call(owner, call_status="completed", ended_at="now")

    assert not fetch_price(asking, call_id)
    assert call_row(owner, sid)["price"] is None


@pytest.mark.parametrize("outcome", [Outcome.NOT_SENT, Outcome.UNKNOWN])
def test_a_carrier_that_fails_is_asked_again(
    asking: Runtime, carrier: CallCarrier, owner: Connection, outcome: Outcome
) -> None:
    call_id, _ = add_call(owner, call_status="completed", ended_at="now")
    carrier.failing = ProviderError("twilio", "timeout", outcome)

    with pytest.raises(ProviderError):
        fetch_price(asking, call_id)


def test_prices_that_every_job_missed_are_fetched_later(
    asking: Runtime, carrier: CallCarrier, owner: Connection
) -> None:
    owner.execute("delete from public.call_history")
    _, late = add_call(owner, call_status="completed", ended_at="2026-01-01")
    owner.execute("update public.call_history set ended_at = now() - interval '1 hour'")
    _, unpriced = add_call(owner, call_status="completed", ended_at="now")
    owner.execute(
        "update public.call_history set ended_at = now() - interval '2 hours' where call_sid = %s", [unpriced]
    )
    carrier.knows(unpriced, "completed")
    carrier.knows(late, "completed", **PRICED)

    saved = fetch_missing_prices(asking)

    assert saved == 1
    assert call_row(owner, late)["price_unit"] == "USD"
