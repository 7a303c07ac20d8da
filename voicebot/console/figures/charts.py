"""Charts as geometry for SVG: 1000 wide, 100 high, stretched to the page. The table beneath says the same in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
WIDTH, HEIGHT = 1000.0, 100.0
GAP = 0.2
"""Of a column's room."""


@dataclass(frozen=True)
class Bar:
    """A part of a column."""

    series: str
    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True)
class Chart:
    """Stacked columns, or lines; `top` is the value at the upper edge."""

    title: str
    top: float
    unit: str = ""
    bars: Sequence[Bar] = ()
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The polylines of each series; a series with gaps has several."""
    names: Sequence[str] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    """The class of each series."""


def columns(
    title: str, rows: Sequence[Row], series: Mapping[str, str], labels: Sequence[str], unit: str = ""
) -> Chart:
    """Stack the series of each row. `series`: field -> what it is called."""
    sums = [sum(float(row.get(name) or 0) for name in series) for row in rows]
    top = _round_up(max(sums, default=0.0))
    room = WIDTH / max(len(rows), 1)
    bars = []
    for place, row in enumerate(rows):
        floor = HEIGHT
        for name, words in series.items():
            value = float(row.get(name) or 0)
            height = round(value / top * HEIGHT, 2)
            if height:
                floor -= height
                says = f"{labels[place]}: {value:g} {words}"
                x, width = round((place + GAP / 2) * room, 2), round(room * (1 - GAP), 2)
                bars.append(Bar(name, x, round(floor, 2), width, height, says))
    return Chart(
        title,
        top,
        unit,
        bars,
        names=tuple(series.values()),
        marks=dict(zip(series, series.values(), strict=True)),
    )


def lines(title: str, rows: Sequence[Row], series: Mapping[str, str], unit: str = "") -> Chart:
    """Draw a line for each series, broken where a row has no value."""
    top = _round_up(max((float(row.get(name) or 0) for row in rows for name in series), default=0.0))
    room = WIDTH / max(len(rows), 1)
    drawn: dict[str, list[str]] = {}
    for name in series:
        runs: list[list[str]] = [[]]
        for place, row in enumerate(rows):
            value = row.get(name)
            if value is None:
                runs.append([])
                continue
            y = round(HEIGHT - float(value) / top * HEIGHT, 2)
            # A flat piece as wide as its column: also a single value is seen.
            runs[-1] += [f"{round((place + GAP) * room, 2)},{y}", f"{round((place + 1 - GAP) * room, 2)},{y}"]
        drawn[name] = [" ".join(run) for run in runs if run]
    return Chart(title, top, unit, lines=drawn, names=tuple(series.values()), marks=dict(series))


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, … that is no less."""
    if value <= 0:
        return 1.0
    step = 10.0 ** len(str(int(value))) / 10 if value >= 1 else 0.01
    while True:
        for times in (1, 2, 5, 10):
            if value <= step * times:
                return step * times
        step *= 10
