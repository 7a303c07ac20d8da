"""What the demo prints: lines that stay under their own words, however narrow the terminal is."""

import os
import sys
from collections.abc import Sequence
from typing import IO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

PIPE_WIDTH = 240
"""A pipe has no width, unless COLUMNS names one."""
NARROWEST = 20
"""Words get this much room, however long their label is."""


def demo_console(stream: IO[str] | None = None) -> Console:
    """Return where the demo prints."""
    stream = stream or sys.stdout
    known = stream.isatty() or os.environ.get("COLUMNS", "").isdecimal()
    return Console(
        file=stream, highlight=False, markup=False, emoji=False, width=None if known else PIPE_WIDTH
    )


def tell(
    console: Console, words: str, *, label: str = "", label_style: str = "", style: str = "", indent: int = 3
) -> None:
    """Print words behind a label; what does not fit goes on below the words, never below the label.

    Words without a label and without an indent go on two places further in.
    """
    margin = Text(" " * indent)
    margin.append(label, label_style)
    if label:
        margin.append("  ")
    hang = cell_len(margin.plain) or 2
    room = max(NARROWEST, console.width - hang)
    for line in Text(words, style).wrap(console, room, overflow="fold"):
        line.rstrip()
        console.print(margin + line, soft_wrap=True)
        margin = Text(" " * hang)


def tell_command(console: Console, pieces: Sequence[str], indent: int = 6) -> None:
    """Print a command that can be copied whole: on one line, or broken between pieces where a shell joins it again."""
    lines = [" " * indent + pieces[0]]
    for piece in pieces[1:]:
        longer = f"{lines[-1]} {piece}"
        if cell_len(longer) + len(" \\") <= console.width:
            lines[-1] = longer
        else:
            lines[-1] += " \\"
            lines.append(" " * (indent + 2) + piece)
    for line in lines:
        console.print(Text(line), soft_wrap=True)
