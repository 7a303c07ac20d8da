"""Find a file's encoding, by its marks and by what fits.

Spreadsheets write UTF-16 and Windows-1252 as often as UTF-8, with a mark at the beginning or without one.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator

from voicebot.transports.table_files.refused import FileRefused

Source = Callable[[], Iterable[bytes]]
"""Opens the file and gives its bytes in pieces; called again for every look at it."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WORKBOOK_MARK = b"PK\x03\x04"
OTHER_KINDS = (
    (WORKBOOK_MARK, "this is a workbook or an archive: save the sheet as CSV"),
    (
        b"\xd0\xcf\x11\xe0",
        "this is an old Excel workbook, or one with a password: save it as .xlsx without one, or save the sheet as CSV",
    ),
    (b"%PDF", "this is a PDF: a CSV file is expected"),
    (b"\x1f\x8b", "this is compressed: unpack it first"),
    (b"{\\rtf", "this is formatted text: save it as plain text"),
)
LOOKED_AT = 4096
BEFORE = 20
"""So much is shown of what stands before and behind a byte that is wrong."""
NOT_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def encoding_of(source: Source) -> str:
    """Return the name of the encoding, having looked at the whole file. Raises FileRefused."""
    start = b""
    for piece in source():
        start += piece
        if len(start) >= LOOKED_AT:
            break
    start = start[:LOOKED_AT]
    for beginning, what in OTHER_KINDS:
        if start.startswith(beginning):
            raise FileRefused(what, is_text=False)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), None)
    return marked or _without_bytes_between(start) or _utf_8_or_1252(source)


def characters(source: Source, encoding: str) -> Iterator[str]:
    """Yield the file's text in pieces. Raises FileRefused where bytes are no characters."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    try:
        for piece in source():
            text = decoder.decode(piece)
            lines += text.count("\n") or text.count("\r")
            yield text
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        lines += error.object[: error.start].count(b"\n")
        name = encoding.removesuffix("-sig").upper()
        raise FileRefused(f"bytes that are no {name}", line=lines, is_text=False) from None


def _without_bytes_between(start: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every Latin letter, digit and separator has a zero byte on the same side."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) < 2 or min(even, odd) > max(even, odd) // 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _utf_8_or_1252(source: Source) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wide, line = 0, 1
    broken: FileRefused | None = None
    for piece in _pieces(source):
        text = decoder.decode(piece or b"", final=piece is None)
        if not text.isascii():
            escaped = re.search(r"[\udc80-\udcff]", text)
            if escaped and not broken:
                place, begins = (
                    line + text[: escaped.start()].count("\n"),
                    text.rfind("\n", 0, escaped.start()),
                )
                shown = text[max(begins + 1, escaped.start() - BEFORE) : escaped.start() + BEFORE]
                words = "the text is UTF-8 but for the bytes shown as ?"
                broken = FileRefused(words, line=place, shown=shown, is_text=False)
            wide += len(re.findall(r"[^\x00-\x7f\udc80-\udcff]", text))
        line += text.count("\n")
    if not broken:
        return "utf-8"
    if wide:
        raise broken
    _refuse_what_1252_lacks(source)
    return "cp1252"


def _pieces(source: Source) -> Iterator[bytes | None]:
    """Yield the pieces, and None at the end."""
    yield from source()
    yield None


def _refuse_what_1252_lacks(source: Source) -> None:
    line = 1
    for piece in source():
        if found := NOT_IN_1252.search(piece):
            line += piece[: found.start()].count(b"\n")
            shown = piece[max(0, found.start() - BEFORE) : found.end() + BEFORE].rpartition(b"\n")[2]
            words = "a byte that is neither UTF-8 nor Windows-1252"
            raise FileRefused(words, line=line, shown=shown.decode("cp1252", "replace"), is_text=False)
        line += piece.count(b"\n")
