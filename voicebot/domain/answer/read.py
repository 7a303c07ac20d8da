"""How an answer is read on a phone: with its lines, lists and links, and without Markdown, which would stand there as stray signs.

Pure. A table's row is a line: two cells as "Monday: 8 to 5", more with commas.
"""

import html
import re

from voicebot.domain.answer.heard import (
    BULLET,
    ESCAPE,
    FENCE,
    FOOTNOTE,
    LINE_MARKS,
    LINK,
    ONE_FENCED_LINE,
    REFERENCE,
    RULE,
)

_INLINE = (
    (re.compile(r"`"), ""),
    (re.compile(r"(?<![\w*])(\*{2,3})(?=\S)(.+?)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])(_{1,3})(?=\S)([^_\n]+?)(?<=\S)\1(?![\w_])"), r"\2"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"\1"),
)
_HALF_MARKUP = re.compile(r"(?:(?<!\w)<[A-Za-z]|<[/|])[\w|:/-]*$")


def readable(text: str) -> str:
    """Return the text as it is texted."""
    lines = [" ".join(_line(line).split()) for line in text.strip().split("\n") if not _is_markup(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip())


def _is_markup(line: str) -> bool:
    """Whether the line is nothing but markup: a rule, or the border of a block or a table."""
    fence = FENCE.match(line) is not None and not ONE_FENCED_LINE.match(line)
    return fence or (RULE.match(line) is not None and bool(line.strip()))


def _line(line: str) -> str:
    if fenced := ONE_FENCED_LINE.match(line):
        line = fenced[1]
    line = LINE_MARKS.sub("", html.unescape(line))
    line = BULLET.sub("- ", line)
    line = REFERENCE.sub(r"\1", LINK.sub(_link, line))
    line = ESCAPE.sub(r"\1", FOOTNOTE.sub("", line))
    if line.lstrip().startswith("|") or line.count("|") > 1:
        cells = [cell.strip() for cell in line.split("|") if cell.strip()]
        line = (": " if len(cells) == 2 else ", ").join(cells)
    for pattern, replacement in _INLINE:
        line = pattern.sub(replacement, line)
    return _HALF_MARKUP.sub("", line)


def _link(found: re.Match[str]) -> str:
    words, address = found[1].strip(), found[2]
    if not words or words == address or not address:
        return address or words
    return f"{words}: {address.removeprefix('mailto:').removeprefix('tel:')}"
