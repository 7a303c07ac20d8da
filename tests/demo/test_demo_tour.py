"""The tour plays every station, and one again that was upset by a process that died."""

import io
import random
from types import SimpleNamespace
from typing import Any

from rich.console import Console

from voicebot.demo.tour import KNOWN_NUMBERS, Tour
from voicebot.demo.visitor import Visitor


def tour_of(page: io.StringIO, *stations: Any, restarts: list[int]) -> Tour:
    named = [(station.__name__, station) for station in stations]
    runtime: Any = SimpleNamespace(database=None)
    phone: Any = None
    console = Console(file=page, width=80)
    return Tour(
        console,
        phone,
        runtime,
        random.Random(1),
        lambda: len(restarts),
        lambda before: len(restarts) > before,
        named,
    )


def test_a_station_that_a_restart_upset_is_played_again_by_somebody_else() -> None:
    page, restarts, visitors = io.StringIO(), [], []

    def upset(visitor: Visitor) -> None:
        visitors.append(visitor.number)
        visitor.evidence.check("all went well", len(visitors) > 1)
        if len(visitors) == 1:
            restarts.append(1)
            raise ConnectionError("refused")

    tour = tour_of(page, upset, restarts=restarts)
    tour.play()

    assert tour.failed == []
    assert len(set(visitors)) == 2
    assert "ConnectionError" not in page.getvalue()
    assert "once more" in page.getvalue()


def test_a_station_that_fails_by_itself_has_failed() -> None:
    page, played = io.StringIO(), []

    def first(visitor: Visitor) -> None:
        visitor.evidence.check("this one is well", True)

    def second(_visitor: Visitor) -> None:
        played.append(1)
        raise TimeoutError("nothing came")

    tour = tour_of(page, first, second, restarts=[])
    tour.play()

    assert tour.failed == ["second: TimeoutError: nothing came"]
    assert played == [1]
    assert page.getvalue().index("this one is well") < page.getvalue().index("nothing came")


def test_nobody_of_the_tour_has_the_number_of_somebody_else() -> None:
    numbers: set[str] = set()

    def station(visitor: Visitor) -> None:
        numbers.add(visitor.number)

    tour_of(io.StringIO(), *[station] * 300, restarts=[]).play()

    assert len(numbers) == 300
    assert not numbers & KNOWN_NUMBERS


def test_a_station_is_played_by_nobody_whom_an_earlier_tour_has_left() -> None:
    numbers: list[str] = []

    def station(visitor: Visitor) -> None:
        numbers.append(visitor.number)

    tour = tour_of(io.StringIO(), *[station] * 60, restarts=[])
    tour.is_known = lambda number: number.startswith("+1202")
    tour.play()

    assert len(numbers) == 60
    assert not any(number.startswith("+1202") for number in numbers)
