"""The time of each answer and its parts: one stacked bar a turn, beside the time that it may take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
STAGES = {
    "wait_ms": "end of speech",
    "words_ms": "transcription",
    "token_ms": "first token",
    "sentence_ms": "first sentence",
    "voice_ms": "first sound",
    "ours_ms": "ours",
}
BUDGET_MS = 1200
"""Whoever waits longer hears a filler first."""
WIDTH = 1000
NEAR_S = 20.0


def bars(speeds: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a bar a measured turn: its stages with place and width within WIDTH, and where the budget ends."""
    longest = max([BUDGET_MS * 1.25, *(speed["gap_ms"] for speed in speeds)])
    return [_bar(speed, longest) for speed in speeds]


def _bar(speed: Row, longest: float) -> dict[str, Any]:
    stages, at = [], 0.0
    for column, name in STAGES.items():
        ms = speed[column] or 0
        width = ms / longest * WIDTH
        if ms:
            stages.append(
                {"name": name, "ms": ms, "kind": column[:-3], "x": round(at, 1), "width": round(width, 1)}
            )
        at += width
    return {
        "turn": speed["turn"],
        "gap_ms": speed["gap_ms"],
        "filler_ms": speed["filler_ms"],
        "is_late": speed["gap_ms"] > BUDGET_MS,
        "is_speculative": bool(speed["speculative"]),
        "stages": stages,
        "budget_x": round(BUDGET_MS / longest * WIDTH, 1),
        "answered_at": speed["answered_at"],
    }


def by_utterance(
    found: Sequence[dict[str, Any]], said: Sequence[Row], began_at: str | None
) -> dict[int, dict[str, Any]]:
    """Return the number of the bot's utterance that began each answer -> its bar, by the time that stands nearest."""
    if not began_at:
        return {}
    began = datetime.fromisoformat(began_at)
    free = {row["sequence_number"]: row for row in said if row["speaker"] == "bot"}
    placed: dict[int, dict[str, Any]] = {}
    for bar in found:
        if not bar["answered_at"] or not free:
            continue
        at_s = (datetime.fromisoformat(bar["answered_at"]) - began).total_seconds()
        number = min(free, key=lambda one: abs((free[one]["start_time_seconds"] or 0) - at_s))
        if abs((free[number]["start_time_seconds"] or 0) - at_s) <= NEAR_S:
            placed[number] = bar
            del free[number]
    return placed
