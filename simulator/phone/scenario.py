"""Whole calls as text: read a scenario, write one from what happened.

One line a thing, in the order of the call; `#` begins a comment and `*` stands for anything:

    from: +12025550123        who calls (before the first act)
    operator: busy            how dialled people behave
    ignore: One moment*       what may or may not be heard in between
    bot: Hello, *             what is heard; neighbouring lines are one text
    caller: what time is it   the person speaks when it is their turn
    mumbled: hmm              the same with a confidence of 0.2
    interrupt: stop           the person speaks over the bot
    key: 0                    the person presses keys
    silence                   the person lets a turn pass
    ring / dial: busy         a transfer rings; how it ended
    hangup                    the person hangs up
    ends: completed           the call is over, with this status
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ACTS = frozenset({"caller", "mumbled", "interrupt", "key", "silence", "hangup"})
HEARD = frozenset({"bot", "ring", "dial", "ends"})
SETUP = frozenset({"from", "operator", "ignore"})
BARE = frozenset({"silence", "hangup", "ring"})

UNKNOWN_SOUND = "(a sound)"
"""Stands for audio whose words nobody knows."""


class NotAScenario(Exception):
    """A line that means nothing; the message names it."""


@dataclass(frozen=True)
class Line:
    """One line: its number in the file, its word, and what follows the colon."""

    number: int
    word: str
    text: str = ""

    def written(self) -> str:
        """The line as it stands in a file."""
        return self.word if self.word in BARE else f"{self.word}: {self.text}"


@dataclass(frozen=True)
class Block:
    """An act of the person (None: the call begins) and what is to be heard after it."""

    act: Line | None
    expected: tuple[Line, ...]


@dataclass(frozen=True)
class Scenario:
    """A parsed scenario."""

    blocks: tuple[Block, ...]
    from_number: str = "+12025550123"
    operator: str = "answer"
    ignored: tuple[str, ...] = field(default=())


def parse_scenario(text: str) -> Scenario:
    """Read a scenario. Raises NotAScenario."""
    lines = [
        line for line in map(_line, range(1, text.count("\n") + 2), text.split("\n")) if line is not None
    ]
    setup = {line.word: line.text for line in lines if line.word in ("from", "operator")}
    blocks: list[tuple[Line | None, list[Line]]] = [(None, [])]
    for line in lines:
        if line.word in ACTS:
            blocks.append((line, []))
        elif line.word in HEARD:
            blocks[-1][1].append(line)
    return Scenario(
        tuple(Block(act, tuple(expected)) for act, expected in blocks),
        setup.get("from", Scenario.from_number),
        setup.get("operator", Scenario.operator),
        tuple(line.text for line in lines if line.word == "ignore"),
    )


def written_scenario(view: Mapping[str, Any], silences: Iterable[int] = ()) -> str:
    """What happened in a call as a scenario; `silences` are numbers of items after which the person kept silent."""
    after = list(silences)
    lines = [f"from: {view['from']}"]
    lines += ["silence"] * after.count(0)
    for item in view["heard"]:
        line = line_of(item)
        if line is not None:
            lines.append(line.written())
        lines += ["silence"] * after.count(item["n"])
    if view["over"]:
        lines.append(f"ends: {view['status']}")
    return "\n".join(lines) + "\n"


def line_of(item: Mapping[str, Any]) -> Line | None:
    """A heard item as a line; None for what a scenario does not name."""
    number, text = int(item["n"]), item["text"] or ""
    match item["kind"]:
        case "say" | "play":
            return Line(number, "bot", text or UNKNOWN_SOUND)
        case "caller" | "key" | "dial" as kind:
            return Line(number, kind, text)
        case "ring":
            return Line(number, "ring")
        case "hangup" if text == "caller":
            return Line(number, "hangup")
        case _:
            return None


def merged(lines: Iterable[Line]) -> list[Line]:
    """Join neighbouring `bot` lines: a scenario does not care how an answer is cut into sounds."""
    whole: list[Line] = []
    for line in lines:
        if whole and line.word == whole[-1].word == "bot":
            whole[-1] = Line(whole[-1].number, "bot", f"{whole[-1].text} {line.text}")
        else:
            whole.append(line)
    return whole


def fits(pattern: str, text: str) -> bool:
    """Whether the text is what a pattern with `*` describes; case and spacing do not matter."""
    parts = [re.escape(" ".join(part.split())) for part in pattern.split("*")]
    # A star also swallows the spaces around it.
    return (
        re.fullmatch(r"\s*.*\s*".join(parts), " ".join(text.split()), re.IGNORECASE | re.DOTALL) is not None
    )


def _line(number: int, raw: str) -> Line | None:
    stripped = raw.strip()
    if not stripped or stripped.startswith("#"):
        return None
    word, colon, text = stripped.partition(":")
    word = word.strip()
    if word not in ACTS | HEARD | SETUP or (not colon and word not in BARE):
        raise NotAScenario(f"line {number}: {stripped!r} is no line of a scenario")
    return Line(number, word, text.strip())
