"""Who spoke when, as two lanes of an SVG that the server draws: from measured times, else from the utterances."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.console.calls.word_times import LETTERS_A_SECOND, side_of
from voicebot.services.recordings.peaks import Peaks

Row = Mapping[str, Any]
Span = tuple[float, float]
WIDTH, HEIGHT, LANE = 1000, 84, 36
MOST_SPANS = 240
"""A lane of so many, each of four corners, and a wave of 500 steps: fewer than 2,000 points for both."""
SHORTEST_S = 0.4
TOP = {"caller": 2, "bot": HEIGHT - LANE - 2}


def lanes(
    speech: Row | None,
    said: Sequence[Row],
    duration_s: float | None,
    peaks: Peaks | None,
    recorded_from_s: float = 0.0,
) -> dict[str, Any]:
    """Return the geometry of both lanes and the ticks below them. The recording began `recorded_from_s` after the call."""
    spans = {side: [(one[0], one[1]) for one in (speech or {}).get(side) or ()] for side in TOP}
    is_measured = any(spans.values())
    if not is_measured:
        spans = {
            side: [_span(one) for one in said if side_of(one) == side and one["start_s"] is not None]
            for side in TOP
        }
    ends = [end for lane in spans.values() for _, end in lane]
    heard = (recorded_from_s, recorded_from_s + peaks.length_s) if peaks else (0.0, 0.0)
    length = max([duration_s or 0.0, *ends, heard[1], 1.0])
    return {
        "length_s": round(length, 1),
        "is_measured": is_measured,
        "has_any": bool(ends) or bool(peaks),
        "lanes": [
            {
                "side": side,
                "top": top,
                "middle": top + LANE / 2,
                "spans": [_box(span, length) for span in _fewer(sorted(spans[side]), length)],
                "wave": _wave(peaks.lanes.get(side) or () if peaks else (), top, heard, length),
            }
            for side, top in TOP.items()
        ],
        "ticks": _ticks(length),
    }


def _span(one: Row) -> Span:
    words = one["heard"] or one["cut"]
    return one["start_s"], one["start_s"] + max(SHORTEST_S, len(words) / LETTERS_A_SECOND)


def _fewer(spans: Sequence[Span], length: float) -> list[Span]:
    """Join spans whose gap is too small to see, until few enough are left."""
    gap, joined = length / WIDTH, list(spans)
    while len(joined) > MOST_SPANS or gap == length / WIDTH:
        kept: list[Span] = []
        for start, end in joined:
            if kept and start - kept[-1][1] <= gap:
                kept[-1] = (kept[-1][0], max(kept[-1][1], end))
            else:
                kept.append((start, end))
        joined, gap = kept, gap * 2
    return joined


def _box(span: Span, length: float) -> dict[str, float]:
    x = span[0] / length * WIDTH
    return {
        "t": round(span[0], 1),
        "x": round(x, 1),
        "width": round(max(1.0, (span[1] - span[0]) / length * WIDTH), 1),
    }


def _wave(peaks: Sequence[float], top: int, heard: Span, length: float) -> str:
    """Return the points of a polygon: the loudness above the middle and, mirrored, below it."""
    if not peaks:
        return ""
    first, last = (at / length * WIDTH for at in heard)
    step, middle = (last - first) / max(1, len(peaks) - 1), top + LANE / 2
    above = [f"{first + nth * step:.1f},{middle - peak * LANE / 2:.1f}" for nth, peak in enumerate(peaks)]
    below = [
        f"{first + nth * step:.1f},{middle + peak * LANE / 2:.1f}"
        for nth, peak in reversed(list(enumerate(peaks)))
    ]
    return " ".join([*above, *below])


def _ticks(length: float) -> list[dict[str, Any]]:
    every = next((one for one in (5, 10, 15, 30, 60, 120, 300, 600) if length / one <= 12), 1800)
    # One at the very end would be cut off by it.
    return [
        {"s": second, "x": round(second / length * WIDTH, 1)}
        for second in range(0, int(length) + 1, every)
        if second / length <= 0.97
    ]
