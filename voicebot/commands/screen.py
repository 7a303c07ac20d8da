"""The output of commands: tables for people, JSON for programs, and no colour outside a terminal."""

import logging
import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import IO, Any

import orjson
from rich.console import Console
from rich.text import Text

from voicebot.demo import FOLDER
from voicebot.domain.person.phone import mask

# A pipe has no width: rows stay whole for whoever reads them line by line.
PIPE_WIDTH = 240
GAP = 2
LEAST_WORDS = 8
LEAST_FOLDED = 36
"""An id is one word, also where the last column folds."""
_COMMAND = re.compile(r"python -m voicebot (?!--demo\b|demo\b)")
NUMBER_FIELDS = frozenset(
    {"phone_number", "from_number", "to_number", "forwarded_from", "caller_name", "call_back_number"}
)
COLOURS = {
    "green": frozenset(
        {
            "in-progress",
            "ringing",
            "going on",
            "dialling",
            "ok",
            "answered",
            "code heard",
            "goal reached",
            "holds",
            "here",
            "active",
        }
    ),
    "yellow": frozenset(
        {"queued", "initiated", "waiting", "warn", "unclear", "abandoned", "hung up", "silence", "blocked"}
    )
    | {"canceled", "goal not reached", "time limit", "off", "no texts, no calls", "no texts", "no calls"},
    "red": frozenset(
        {"failed", "busy", "no-answer", "no_answer", "not answered", "not reached", "fail", "undelivered"}
    )
    | {"code not heard", "transfer busy", "transfer failed", "transfer missed", "revoked", "expired"}
    | {"model_failed", "service_failed", "transport_lost"},
    "cyan": frozenset({"transferred", "message_taken", "message taken"}),
}
_STYLES = {word: colour for colour, words in COLOURS.items() for word in words}


class CommandFailed(Exception):
    """The command cannot do what was asked; the text is the one line to show."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def console(stream: IO[str] | None = None) -> Console:
    """Return where a command writes: coloured on a terminal only, and never under NO_COLOR."""
    from rich.console import Console

    stream = stream or sys.stdout
    terminal = stream.isatty()
    coloured = terminal and not os.environ.get("NO_COLOR")
    return Console(
        file=stream,
        force_terminal=terminal,
        color_system="auto" if coloured else None,
        width=None if terminal else PIPE_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )


def say(line: str) -> None:
    """Print one line; commands in it repeat the options of this one, such as `--demo`."""
    sys.stdout.write(f"{to_type(line)}\n")


def to_type(line: str) -> str:
    """Return a line whose commands have `--demo` where this command works on the demo."""
    in_demo = Path(os.environ.get("VOICEBOT_DATA_DIR", "")).name == FOLDER
    return _COMMAND.sub("python -m voicebot --demo ", line) if in_demo else line


def quoted(name: str) -> str:
    """Return a name as it is typed into a shell, in double quotes where an apostrophe is in it."""
    plain_inside = "'" in name and not any(letter in name for letter in '"$`\\!')
    return f'"{name}"' if plain_inside else shlex.quote(name)


def ask(question: str) -> bool:
    """Ask the person at the terminal; only y and yes are a yes."""
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def show_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def show_list(plural: str, rows: Iterable[object], following: str | None = None) -> None:
    """Print a list as the API gives it: under its plural noun, with what the next page begins with."""
    show_json({plural: list(rows), "next": following})


def show_table(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str, shorten_last: bool = False
) -> None:
    """Print rows under headings; `empty` says what to do when there are none.

    `shorten_last` cuts the last column to one line a row. On a terminal that is too narrow each value gets a line of
    its own, so that nothing is cut which somebody may have to type.
    """
    if not rows:
        say(empty)
        return
    screen = console()
    if screen.is_terminal and _least_width(headings, rows, shorten_last) > screen.width:
        _show_stacked(screen, headings, rows)
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for place, heading in enumerate(headings):
        last = place == len(headings) - 1
        folds = last and not shorten_last
        table.add_column(heading, no_wrap=not folds, overflow="fold" if folds else "ellipsis")
    if shorten_last:
        rows = _last_shortened(headings, rows, screen.width)
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    with screen.capture() as printed:
        screen.print(table)
    for line in printed.get().splitlines():
        say(line.rstrip())


def _least_width(headings: Sequence[str], rows: Sequence[Sequence[object]], shorten_last: bool) -> int:
    columns = zip(headings, *rows, strict=True)
    widths = [max(len("" if value is None else str(value)) for value in column) + GAP for column in columns]
    return sum(widths[:-1]) + min(widths[-1] - GAP, LEAST_WORDS if shorten_last else LEAST_FOLDED)


def _show_stacked(screen: Console, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    from rich.text import Text

    room = max(len(heading) for heading in headings) + GAP
    for place, row in enumerate(rows):
        if place:
            say("")
        for heading, value in zip(headings, row, strict=True):
            shown = cell(value)
            if shown.plain:
                line = Text.assemble((heading.ljust(room), "bold"), shown)
                screen.print(line, soft_wrap=True)


def _last_shortened(
    headings: Sequence[str], rows: Sequence[Sequence[object]], width: int
) -> list[list[object]]:
    columns = zip(headings[:-1], *(row[:-1] for row in rows), strict=True)
    room = width - sum(max(len(str(value)) for value in column) + GAP for column in columns)
    return [[*row[:-1], first_words(str(row[-1]), max(room, LEAST_WORDS))] for row in rows]


def first_words(text: str, most: int) -> str:
    """Return as many whole words as fit into so many characters, with an ellipsis where more follows."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    return f"{text[: most - 1].rsplit(' ', 1)[0].rstrip(' ,;:.')}…"


def cell(value: object) -> Text:
    """Return a value as text that cannot steer the terminal, a known word in its colour."""
    from rich.text import Text

    text = plain("" if value is None else str(value))
    return Text(text, style=_STYLES.get(text, ""))


def plain(text: str) -> str:
    """Return text from outside without characters that steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def when(moment: str | None, zone: tzinfo = UTC) -> str:
    """Return an ISO time as people read it in that zone; the heading above it names the zone."""
    return datetime.fromisoformat(moment).astimezone(zone).strftime("%b %d %H:%M:%S") if moment else ""


def length(seconds: float | None) -> str:
    """Return a duration as minutes and seconds."""
    return "" if seconds is None else f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def number(value: str | None, *, full: bool) -> str:
    """Return a phone number as it may be shown: whole only when it was asked for."""
    return (value or "") if full else mask(value or "")


def masked(value: Any) -> Any:
    """Return JSON with the people's numbers in it masked, all the way down."""
    if isinstance(value, Mapping):
        return {
            name: mask(item) if name in NUMBER_FIELDS and isinstance(item, str) else masked(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def quieten() -> None:
    """Leave it to the command to tell of a failure, once: libraries and providers tell of every attempt."""
    for name in ("psycopg.pool", "voicebot.providers"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
