"""Turn written text into what a caller hears: without Markdown, pictures and raw addresses. Pure.

A link becomes its words and a table its cells, and code is left out. "info@example.com" becomes "info at example dot
com" in the language of the call.
"""

import html
import re
import unicodedata
from dataclasses import dataclass

PLAIN_FENCES = frozenset({"", "text", "txt", "plain", "plaintext", "markdown", "md", "html"})
"""What a fence around words is called; all others hold code."""
FENCE = re.compile(r"\s*(?:`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$")
ONE_FENCED_LINE = re.compile(r"\s*`{3,}([^`]+)`{3,}\s*$")
RULE = re.compile(r"\s*(?:(?:[-*_=]\s*){3,}|\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?)\s*$")
LINE_MARKS = re.compile(r"^\s*(?:(?:>\s?)+|#{1,6}(?:\s+|$))*(?:\[[ xX]\]\s+)?")
BULLET = re.compile(r"^\s*[-*+•‣▪●–]\s+(?:\[[ xX]\]\s+)?")
NUMBER = re.compile(r"^\s*(\d{1,3})[.)](?:\s+|$)")
LINK = re.compile(r"!?\[([^\]\n]*)\]\(\s*<?([^)\s>]*)>?[^)\n]*\)")
REFERENCE = re.compile(r"\[([^\]\n]+)\]\[[^\]\n]*\]")
FOOTNOTE = re.compile(r"\s*(?:\[\^?\d{1,3}\](?![(:])|\[\^[\w-]+\]:?|【[^】\n]*】)")
ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~$-])")
_MULTIPLIED = re.compile(r"(?<=\d)\s*\*\s*(?=\d)")
# Spoken: a star that is dialled ("*67"), a star that stands alone on its line, and a tilde for "about" ("~20").
_EMPHASIS = re.compile(
    r"`+|(?!\*\d{2,4}#?(?![\w%])(?![^*\n]*[^\s*]\*))\*+|~~+|~(?![\d$€£])|(?<!\w)_+|_+(?!\w)"
)
_ONE_STAR = re.compile(r"[^*]*(?<!\S)\*(?![\w*])[^*]*")
# What a picture leaves in front of a sign.
_GAP = re.compile(r"\s+([.,!?;])")
_ARROW = re.compile(r"\s*(?:->|=>|→|⇒)\s*")
_HALF_MARKUP = re.compile(r"(?:(?<!\w)<[A-Za-z]|<[/|])[\w|:/-]*$")
_ENDINGS = "com|org|net|edu|gov|info|biz|shop|app|dev|io|co|eu|us|uk|de|at|ch|fr|es|it|pt|br|mx|ar|ca|au|nl|be|example"
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)")
_URL = re.compile(
    rf"(?<![\w@.])(?:https?://(?:www\.)?|www\.)([^\s/<>()\"'?#]+)([^\s<>()\"']*)|"
    rf"(?<![\w@./])((?:[a-z0-9-]+\.)+(?:{_ENDINGS}))(?![\w.-]*\w)(/[^\s<>()\"']*)?",
    re.IGNORECASE,
)
_SYMBOLS_HEARD = frozenset("°©®™№℃℉")
_PLAIN = re.compile(r"\s*[A-Za-zÀ-ÖØ-öø-ɏ](?:[A-Za-z0-9À-ÖØ-öø-ɏ',;:!?’]|\.(?= |$)| (?![.,;!?]))*")
"""A line of words and the stops between them: nothing in it is written otherwise than it is spoken."""
LONGEST_PATH = 24


@dataclass(frozen=True)
class _Signs:
    at: str = "at"
    dot: str = "dot"
    slash: str = "slash"
    dash: str = "dash"
    underscore: str = "underscore"
    plus: str = "plus"


_SIGNS = {
    "es": _Signs("arroba", "punto", "barra", "guion", "guion bajo", "más"),
    "fr": _Signs("arobase", "point", "barre oblique", "tiret", "tiret bas", "plus"),
    "de": _Signs("ät", "Punkt", "Schrägstrich", "Bindestrich", "Unterstrich", "Plus"),
    "pt": _Signs("arroba", "ponto", "barra", "hífen", "sublinhado", "mais"),
    "it": _Signs("chiocciola", "punto", "barra", "trattino", "trattino basso", "più"),
}


class Speech:
    """Makes an answer heard, piece by piece; a block of code may be longer than a piece."""

    def __init__(self, language: str = "en") -> None:
        """`language` is BCP 47, as `de-AT`."""
        self._signs = _SIGNS.get(language.split("-")[0].lower(), _Signs())
        self._in_code = self._in_fence = False
        self._number = 0

    def heard(self, text: str, *, line_begins: bool = True) -> str:
        """Return a piece as one spoken line. `line_begins` says that the piece starts its line."""
        if not self._in_code and _PLAIN.fullmatch(text) and "\n" not in text:
            return " ".join(text.split())
        lines = text.split("\n")
        spoken = [
            self._line(line, begins=line_begins or place > 0)
            for place, line in enumerate(lines)
            if not self._is_code(line, begins=line_begins or place > 0)
        ]
        return " ".join(" ".join(spoken).split())

    def _is_code(self, line: str, *, begins: bool) -> bool:
        """Whether the whole line is silent: it is part of a code block, or its fence."""
        fence = FENCE.match(line) if begins and not ONE_FENCED_LINE.match(line) else None
        if fence:
            self._in_fence = not self._in_fence
            self._in_code = self._in_fence and fence[1].lower() not in PLAIN_FENCES
        return fence is not None or self._in_code

    def _line(self, line: str, *, begins: bool) -> str:
        line = html.unescape(line)
        if begins:
            if RULE.match(line):
                return ""
            if fenced := ONE_FENCED_LINE.match(line):
                line = fenced[1]
            line = LINE_MARKS.sub("", line)
            line = self._without_number(BULLET.sub("", line))
        line = REFERENCE.sub(r"\1", LINK.sub(r"\1", line))
        line = ESCAPE.sub(r"\1", FOOTNOTE.sub("", line))
        if "|" in line:
            cells = (cell.strip() for cell in line.split("|"))
            line = ", ".join(cell for cell in cells if cell and not RULE.match(cell))
        line = _HALF_MARKUP.sub("", line)
        line = _URL.sub(self._address, _MAIL.sub(self._mail, line))
        alone = _ONE_STAR.fullmatch(line) is not None
        line = _ARROW.sub(", ", _MULTIPLIED.sub(" × ", line))
        line = _EMPHASIS.sub(lambda sign: "*" if alone and sign[0] == "*" else "", line)
        return _GAP.sub(r"\1", "".join(char for char in line if _is_heard(char)))

    def _without_number(self, line: str) -> str:
        """Leave out the number of a list: a list begins with 1 and goes on in order."""
        number = NUMBER.match(line)
        if number is None or int(number[1]) > max(1, self._number + 1):
            return line
        self._number = int(number[1])
        return line[number.end() :]

    def _mail(self, found: re.Match[str]) -> str:
        host = found[2].rstrip(".")
        return f"{self._spelt(found[1])} {self._signs.at} {self._spelt(host)}"

    def _address(self, found: re.Match[str]) -> str:
        host, path = (found[1], found[2]) if found[1] else (found[3], found[4] or "")
        whole = host + path
        rest = whole[len(whole.rstrip(".,;:!?")) :]
        host, path = host.rstrip(".,;:!?"), path.rstrip(".,;:!?/")
        said = self._spelt(host.partition(":")[0])
        steps = [step for step in path.split("/") if step]
        if len(path) <= LONGEST_PATH and all(re.fullmatch(r"[A-Za-z-]+", step) for step in steps):
            said = f" {self._signs.slash} ".join([said, *map(self._spelt, steps)])
        return said + rest

    def _spelt(self, part: str) -> str:
        signs = self._signs
        for sign, word in ((".", signs.dot), ("-", signs.dash), ("_", signs.underscore), ("+", signs.plus)):
            part = part.replace(sign, f" {word} ")
        return " ".join(part.split())


def _is_heard(char: str) -> bool:
    """Whether a voice can say the character: no picture, and no sign that only joins or colours one."""
    if char in _SYMBOLS_HEARD:
        return True
    return unicodedata.category(char) not in ("So", "Sk", "Me", "Cf", "Cs", "Co", "Cn", "Cc") and not (
        "\ufe00" <= char <= "\ufe0f"
    )
