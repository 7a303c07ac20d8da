"""Why a file is not taken: what is wrong, where, and what stands there."""

import unicodedata

SHOWN = 60


class FileRefused(Exception):
    """The file cannot be read. The message says what is wrong, in which line, and shows the place.

    `is_text` is False when not even the encoding is known. `line` counts as an editor counts.
    """

    def __init__(self, what: str, *, line: int | None = None, shown: str = "", is_text: bool = True) -> None:
        place = "" if line is None else f"line {line}: "
        super().__init__(f"{place}{what}{f': {shown_as(shown)}' if shown else ''}")
        self.line, self.is_text = line, is_text


def shown_as(text: str) -> str:
    """Return the beginning of a text as it can be printed: marks that nobody sees by their numbers."""
    marked = "".join(one if one.isprintable() else _number(one) for one in text[: SHOWN + 1].rstrip("\r\n"))
    return f"`{marked[:SHOWN]}`" if len(text) <= SHOWN else f"`{marked[:SHOWN]}…`"


def _number(mark: str) -> str:
    return "\\t" if mark == "\t" else f"<U+{ord(mark):04X}>" if unicodedata.category(mark) != "Cs" else "?"
