"""What a command shows: tables for people, JSON for programs, no colour where nobody sees it."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import orjson

from voicebot.domain.phone import mask

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# A pipe has no width: rows stay whole for whoever reads them line by line.
PIPE_WIDTH = 240
NUMBER_FIELDS = frozenset({"phone_number", "from_number", "to_number", "forwarded_from", "caller_name"})
COLOURS = {
    "green": frozenset({"in-progress", "ringing", "ok", "answered", "yes", "active"}),
    "yellow": frozenset({"queued", "initiated", "warn", "unclear", "abandoned"}),
    "red": frozenset({"failed", "busy", "no-answer", "no_answer", "canceled", "fail", "off"})
    | {"model_failed", "service_failed", "transport_lost"},
    "cyan": frozenset({"transferred", "message_taken"}),
}
_STYLES = {word: colour for colour, words in COLOURS.items() for word in words}


class CommandFailed(Exception):
    """The command cannot do what was asked; the text is the one line to show."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def console(stream: IO[str] | None = None) -> "Console":
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
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def show_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def show_table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print rows under headings; `empty` says what to do when there are none."""
    if not rows:
        say(empty)
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for place, heading in enumerate(headings):
        last = place == len(headings) - 1
        table.add_column(heading, no_wrap=not last, overflow="fold" if last else "ellipsis")
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    screen = console()
    with screen.capture() as printed:
        screen.print(table)
    for line in printed.get().splitlines():
        say(line.rstrip())


def cell(value: object) -> "Text":
    """Return a value as text that cannot steer the terminal, a known word in its colour."""
    from rich.text import Text

    text = plain("" if value is None else str(value))
    return Text(text, style=_STYLES.get(text, ""))


def plain(text: str) -> str:
    """Return text from outside without characters that steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def when(moment: str | None) -> str:
    """Return an ISO time as people read it, in the zone of this machine."""
    return datetime.fromisoformat(moment).astimezone().strftime("%b %d %H:%M:%S") if moment else ""


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
