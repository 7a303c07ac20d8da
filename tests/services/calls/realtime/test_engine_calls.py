"""A call whose engine hears and speaks by itself: the core decides, and the caller's ear is what counts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.providers.hearing.replay import until
from tests.services.calls.realtime.engine_call import EngineCall


@pytest.fixture(scope="module")
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


@pytest.fixture
def engine_call(running: StandIns) -> Iterator[Callable[..., EngineCall]]:
    calls: list[EngineCall] = []

    def make(**how: Any) -> EngineCall:
        calls.append(EngineCall(running, **how).begin())
        return calls[-1]

    yield make
    for call in calls:
        call.end()


def test_the_engines_answer_is_the_one_that_the_core_asked_for(engine_call: Callable[..., EngineCall]) -> None:
    call = engine_call()

    call.says("When do you open?")
    call.hears("nine")
    until(lambda: call.owner.state.phase == "listening" and not call.owner.working)

    assert call.said() == [
        ("bot", "Hello, this is the bakery."),
        ("caller", "When do you open?"),
        ("bot", "We open at nine."),
    ]
