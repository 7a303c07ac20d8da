"""Take away the Markdown that models like: nobody can hear it, and a phone shows it as stray signs."""

import re

_LINE_MARKUP = re.compile(r"^\s*(?:[#>]+|[-•*]|\d+\.)\s+", re.M)
_INLINE_MARKUP = re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")

_READABLE = (
    (re.compile(r"```\w*\n?|`"), ""),
    (re.compile(r"!?\[([^\]\n]*)\]\((\S+?)\)"), r"\1: \2"),
    (re.compile(r"(?m)^\s{0,3}#{1,6}\s+"), ""),
    (re.compile(r"(?<![\w*])\*\*(?=\S)(.+?)(?<=\S)\*\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?m)^\s*[*+]\s+"), "- "),
)


def speakable(text: str) -> str:
    """Return the text as it is spoken: one line, of links only their words."""
    return " ".join(_INLINE_MARKUP.sub("", _LINE_MARKUP.sub("", _LINK.sub(r"\1", text))).split())


def readable(text: str) -> str:
    """Return the text as it is texted: with its lines, lists and links."""
    for pattern, replacement in _READABLE:
        text = pattern.sub(replacement, text)
    lines = (" ".join(line.split()) for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
