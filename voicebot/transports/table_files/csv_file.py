"""A CSV file as people send it, read row by row, with any separator and encoding.

The whole file is checked before its first row is returned, so that a file with a fault further down has no effect.
Memory is bounded by one line: a file may be of any size.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from voicebot.transports.table_files.cells import cleaned, column_key
from voicebot.transports.table_files.characters import Source, characters, encoding_of
from voicebot.transports.table_files.refused import FileRefused, shown_as

SEPARATORS = ",;\t|"
TITLES = 5
"""Lines of a title and remarks above the names of the columns."""
SEPARATOR_LINE = re.compile(r'"?sep=([^"\s\w]|\t)"?\s*\Z', re.IGNORECASE)
# Spaces, marks that nobody sees, and the end of a file as DOS wrote it.
BLANK = " \t\r\n\v\f\x1a\xa0\u200b\u200e\u200f\u202f\u2060\u3000\ufeff"
ENDS = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Column:
    """A column that the caller keeps: under which names it may stand in a file, the likeliest first."""

    name: str
    names: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True)
class TableLimits:
    """How large things may be. Rows: as many as the caller says."""

    columns: int = 200
    cell: int = 10_000
    line: int = 64 * 1024
    rows: int = 100_000


@dataclass(frozen=True)
class Row:
    """One row: the line in which it begins, as an editor counts, and the cells that the caller keeps.

    `rounded` names the cells in which a spreadsheet may have turned a number into a quantity without its last digits.
    """

    line: int
    cells: dict[str, str]
    rounded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CsvFile:
    """A file that was looked at and is in order."""

    source: Source
    encoding: str
    separator: str
    header_line: int
    places: dict[str, int]
    rows: int
    limits: TableLimits = field(repr=False)

    def __iter__(self) -> Iterator[Row]:
        for line, cells in _records(self.source, self.encoding, self.separator, self.limits):
            if line > self.header_line and says_something(cells):
                kept = {
                    name: cells[place] if place < len(cells) else "" for name, place in self.places.items()
                }
                yield Row(line, kept)


def read_csv(source: Source, columns: Sequence[Column], limits: TableLimits | None = None) -> CsvFile:
    """Check a whole file; the result yields its rows. Raises FileRefused before any row is returned."""
    limits = limits or TableLimits()
    encoding = encoding_of(source)
    separator, header_line, names, wide = _header(source, encoding, columns, limits)
    places = places_of(names, columns, header_line)
    rows = 0
    for line, cells in _records(source, encoding, separator, limits):
        if line <= header_line or not says_something(cells):
            continue
        _refuse_too_wide(line, cells, wide)
        rows += 1
        if rows > limits.rows:
            raise FileRefused(f"more than {limits.rows} rows", line=line)
    return CsvFile(source, encoding, separator, header_line, places, rows, limits)


def column_names(source: Source, limits: TableLimits | None = None) -> list[str]:
    """Return how the columns of a file are called that may have any; blank where one has no name. Raises FileRefused."""
    limits = limits or TableLimits()
    _, _, names, _ = _header(source, encoding_of(source), (), limits)
    return [cleaned(name) for name in names]


def _header(
    source: Source, encoding: str, columns: Sequence[Column], limits: TableLimits
) -> tuple[str, int, list[str], int]:
    """Return the separator, the line of the names, the names and how many cells a row may have: the separator that finds most of what is wanted."""
    said: str | None = None
    begin: list[tuple[int, str]] = []
    for number, line in _lines(source, encoding, limits):
        if number == 1 and (told := SEPARATOR_LINE.match(ENDS.sub("", line).lstrip(BLANK))):
            said = told[1]
        elif line.strip(BLANK + SEPARATORS + '"'):
            begin.append((number, line))
            if len(begin) > TITLES or not _may_be_title(line):
                break
    if not begin:
        raise FileRefused("the file has no line with the names of its columns")
    number, line = _line_of_names(begin)
    found = [(one, _first_record(source, encoding, one, number, limits)) for one in said or SEPARATORS]
    wanted = {column_key(name) for column in columns for name in column.names}
    separator, cells = max(found, key=lambda one: (len(wanted & set(map(column_key, one[1]))), len(one[1])))
    if not cells:
        # With no separator is it a row: the look at it says why.
        cells = next(cells for line, cells in _records(source, encoding, separator, limits) if line >= number)
    wide = len(cells)
    while cells and not says_something(cells[-1:]):
        cells.pop()
    if len(cells) > limits.columns:
        raise FileRefused(f"{len(cells)} columns, more than {limits.columns}", line=number, shown=line)
    return separator, number, cells, wide


def _line_of_names(begin: Sequence[tuple[int, str]]) -> tuple[int, str]:
    """Return the first line, or of a file with a title the one below it that names several columns."""
    last = begin[-1]
    is_below_title = not _may_be_title(last[1]) and not any(char.isdigit() for char in last[1])
    return last if is_below_title else begin[0]


_ONE_QUOTED = re.compile(r'\s*"(?:[^"]|"")*"[,;\t|\s]*')


def _may_be_title(line: str) -> bool:
    """Whether a line has one cell alone: a title or remark above the table, or the name of an only column."""
    if _ONE_QUOTED.fullmatch(line):
        return True
    return not set(line.strip(BLANK + SEPARATORS + '"')) & set(SEPARATORS) and line.count('"') % 2 == 0


def _first_record(
    source: Source, encoding: str, separator: str, number: int, limits: TableLimits
) -> list[str]:
    # How many there are is judged once it is known what separates them.
    wide = replace(limits, columns=limits.line)
    try:
        return next(cells for line, cells in _records(source, encoding, separator, wide) if line >= number)
    except (FileRefused, StopIteration):
        return []


def places_of(names: Sequence[str], columns: Sequence[Column], line: int) -> dict[str, int]:
    """Return where the wanted columns stand. Raises FileRefused when one that is needed is not there, or two are."""
    keys = [column_key(name) for name in names]
    places = {}
    for column in columns:
        standing = [key for key in map(column_key, column.names) if key in keys]
        if not standing and column.needed:
            shown = ", ".join(cleaned(name) or "(empty)" for name in names)
            raise FileRefused(f"no column is called {column.names[0]}", line=line, shown=shown)
        if standing and keys.count(standing[0]) > 1:
            twice = names[keys.index(standing[0])]
            raise FileRefused(f"two columns are called {shown_as(cleaned(twice))}", line=line)
        if standing:
            places[column.name] = keys.index(standing[0])
    return places


def says_something(cells: Sequence[str]) -> bool:
    """Whether a row has anything that can be seen."""
    return any(cell.strip(BLANK) for cell in cells)


def _refuse_too_wide(line: int, cells: list[str], wide: int) -> None:
    if says_something(cells[wide:]):
        what = f"{len(cells)} cells, and the first line has {wide}: put quotes around a cell with a separator in it"
        raise FileRefused(what, line=line, shown=" | ".join(cells))


# --- records and lines ----------------------------------------------------------------------------


class _Feed:
    """Hands lines to the parser, and knows in which one a record began and how much of it was handed over."""

    def __init__(self, lines: Iterable[tuple[int, str]], limits: TableLimits) -> None:
        self._lines, self._limits = iter(lines), limits
        self.began, self._first, self._length = 0, "", 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        number, line = next(self._lines)
        if not self._length:
            self.began, self._first = number, line
        self._length += len(line)
        if self._length > self._limits.line:
            raise self.never_closed()
        return line

    def next_record(self) -> None:
        self._length = 0

    def never_closed(self) -> FileRefused:
        """The line in which a cell was opened and not closed."""
        return FileRefused(
            "a quote that opens in this line is not closed", line=self.began, shown=self._first
        )

    def broken(self, what: str) -> FileRefused:
        return FileRefused(what, line=self.began, shown=self._first)


def _records(
    source: Source, encoding: str, separator: str, limits: TableLimits
) -> Iterator[tuple[int, list[str]]]:
    feed = _Feed(_lines(source, encoding, limits), limits)
    reader = csv.reader(feed, delimiter=separator, skipinitialspace=True, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                raise feed.never_closed() from None
            raise feed.broken(
                "something follows a closing quote; a quote inside a cell is written twice"
            ) from None
        if len(cells) > limits.columns and says_something(cells[limits.columns :]):
            raise feed.broken(f"{len(cells)} cells, more than {limits.columns}")
        if any(len(cell) > limits.cell for cell in cells):
            raise feed.broken(f"a cell of more than {limits.cell} characters")
        yield feed.began, cells
        feed.next_record()


def _lines(source: Source, encoding: str, limits: TableLimits) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers and ends, whatever program ended them."""
    number, rest = 0, ""
    for text in characters(source, encoding):
        rest += text
        # A carriage return at the end of a piece may be the first half of an end.
        whole = _cut(rest)
        rest = whole.pop()
        for line in whole:
            number += 1
            yield number, _sound(number, line, limits)
        if len(rest) > limits.line:
            raise FileRefused(
                f"the line is longer than {limits.line} characters", line=number + 1, shown=rest
            )
    if rest:
        yield number + 1, _sound(number + 1, rest, limits)


def _cut(text: str) -> list[str]:
    """Cut a text behind its ends of lines; the last part has none that is certain."""
    lines, begin = [], 0
    for end in ENDS.finditer(text):
        if end.end() == len(text) and end[0] == "\r":
            break
        lines.append(text[begin : end.end()])
        begin = end.end()
    return [*lines, text[begin:]]


def _sound(number: int, line: str, limits: TableLimits) -> str:
    if len(line) > limits.line:
        raise FileRefused(f"the line is longer than {limits.line} characters", line=number, shown=line)
    if "\0" in line:
        raise FileRefused("a NUL character", line=number, shown=line)
    return line
