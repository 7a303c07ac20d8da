"""Bring the people of a file into a campaign: any header, the number found by content, every row accounted for.

A file is looked at whole before anybody is added. What is good waits in a temporary file, so memory stays small.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any
from uuid import UUID

import orjson

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.place import NotCallable, place_of
from voicebot.domain.dialling.variables import LONGEST_NAME, LONGEST_VALUE, MOST_VARIABLES, TemplateVariables
from voicebot.domain.person.phone import country, parse_e164
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import CallRefused, published_template
from voicebot.services.dialling.campaigns import refused
from voicebot.services.onboarding.start import NUMBER_COLUMNS
from voicebot.storage import campaigns
from voicebot.storage.off_hub import in_batches, off_hub
from voicebot.storage.queue import Consent, QueueRefused
from voicebot.transports.table_files.cells import cleaned, cleaned_number, column_key, is_rounded
from voicebot.transports.table_files.characters import Source
from voicebot.transports.table_files.csv_file import Column, Row, TableLimits, column_names
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.table import Table, read_table

MOST_ROWS, SHOWN_ROWS, AT_ONCE = 100_000, 50, 1000
SAMPLED, ENOUGH = 200, 0.9
CALLED_NUMBER = frozenset(NUMBER_COLUMNS.split())
REASONS = {
    "not_a_number": "no phone number",
    "rounded": "a spreadsheet lost its last digits: format the column as text",
    "not_callable": "no number that a person answers at the usual price",
    "country_not_allowed": "its country is not in ALLOWED_COUNTRIES",
    "unknown_zone": "nobody knows the time zone of this number",
    "missing": "the template needs it",
    "too_long": f"longer than {LONGEST_VALUE} characters",
    "too_much": "the row is longer than 16 kB",
}
"""Why a row is not taken, for people."""


class ImportRefused(Exception):
    """The file cannot be read as a list of people; the message says why, and shows where."""


@dataclass(frozen=True)
class BadRow:
    """A row that is not taken: its line as an editor counts, the column and the cell that are wrong, and why."""

    line: int
    column: str
    cell: str
    code: str
    cells: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Wanted:
    """How a file is to be imported."""

    phone_column: str | None = None
    skip_bad: bool = False
    consent: Consent | None = None
    most_rows: int = MOST_ROWS


@dataclass
class ImportReport:
    """What came of a file. `imported + rejected + duplicates` is `rows`, but for `ready`: those who were only looked at."""

    phone_column: str
    variables: list[str]
    unused: list[str]
    rows: int = 0
    imported: int = 0
    rejected: int = 0
    duplicates: int = 0
    ready: int = 0
    bad: list[BadRow] = field(default_factory=list)
    """The first fifty."""

    @property
    def stopped(self) -> bool:
        """Whether nobody was imported because of bad rows."""
        return self.rejected > 0 and self.ready > 0


def import_people(
    runtime: Runtime,
    campaign_id: UUID,
    source: Source,
    wanted: Wanted,
    *,
    every_bad_row: Any = None,
    actor: Actor = THE_OPERATOR,
) -> ImportReport:
    """Add everybody in a file; with bad rows nobody, unless `skip_bad`. `every_bad_row(BadRow)` hears of each.

    Importing a file again adds nobody twice: whoever is in the campaign counts as a duplicate. Raises ImportRefused,
    CallRefused, DatabaseAway.
    """
    try:
        campaign = campaigns.show_campaign(runtime.database, campaign_id, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None
    if campaign["state"] == "canceled":
        raise CallRefused("wrong_state", "The campaign is canceled.")
    content = published_template(runtime, campaign["template"], actor) if campaign["template"] else None
    asked = TemplateVariables.of(content)
    try:
        table, names = off_hub(lambda: _opened(source, wanted.most_rows))
        phone = off_hub(
            lambda: _phone_column(table, names, wanted.phone_column, runtime.settings.home_country)
        )
    except FileRefused as error:
        raise ImportRefused(str(error)) from None
    taken, unused = _variables(names, phone, asked)
    report = ImportReport(phone, sorted(taken.values()), unused)
    with tempfile.TemporaryFile() as kept:
        judge = _Judge(runtime, phone, taken, asked)
        for batch in in_batches(map(judge, table), AT_ONCE):
            _sort(batch, report, kept, every_bad_row)
        if report.rejected and not wanted.skip_bad:
            return _accounted(report)
        kept.seek(0)
        while people := [orjson.loads(line) for line in islice(kept, AT_ONCE)]:
            _add(runtime, campaign_id, people, wanted.consent, report, actor)
    return _accounted(report)


def _sort(
    batch: Iterable["BadRow | dict[str, Any] | None"], report: ImportReport, kept: IO[bytes], tell: Any
) -> None:
    for one in batch:
        report.rows += 1
        if isinstance(one, BadRow):
            report.rejected += 1
            report.bad += [one] if len(report.bad) < SHOWN_ROWS else []
            if tell:
                tell(one)
        elif one is None:
            report.duplicates += 1
        else:
            report.ready += 1
            kept.write(orjson.dumps(one) + b"\n")


def _add(
    runtime: Runtime,
    campaign_id: UUID,
    people: list[Any],
    consent: Consent | None,
    report: ImportReport,
    actor: Actor,
) -> None:
    try:
        added = campaigns.add_people(runtime.database, campaign_id, people, consent, actor=actor)
    except QueueRefused as refusal:
        raise refused(refusal) from None
    report.imported += added.imported
    report.duplicates += added.duplicates
    report.ready -= len(people)


def _accounted(report: ImportReport) -> ImportReport:
    told = report.imported + report.rejected + report.duplicates + report.ready
    if told != report.rows:
        raise RuntimeError(f"{report.rows} rows were read, and {told} are accounted for")
    return report


# --- the file -------------------------------------------------------------------------------------


def _opened(source: Source, most_rows: int) -> tuple[Table, list[str]]:
    limits = TableLimits(rows=most_rows)
    names = [name for name in column_names(source, limits) if column_key(name)]
    if any(parse_e164(cleaned_number(name), None) for name in names):
        raise FileRefused("the first line has to name the columns, and a number stands in it", line=1)
    return read_table(source, [Column(name, (name,)) for name in names], limits), names


def _phone_column(table: Table, names: list[str], told: str | None, region: str | None) -> str:
    """Return the column whose cells are numbers; of several the one that is called like it. Raises FileRefused."""
    shown = ", ".join(names)
    if told is not None:
        found = next((name for name in names if column_key(name) == column_key(told)), None)
        if found is None:
            raise FileRefused(f"no column is called {told[:40]}", shown=shown)
        return found
    sample = list(islice(iter(table), SAMPLED))
    shares = {name: _share(sample, name, region) for name in names}
    likely = [name for name in names if shares[name] >= ENOUGH]
    # A short list with a few mistakes in it is still one of numbers, when its column says so.
    named = [name for name in names if column_key(name) in CALLED_NUMBER and shares[name] >= 0.5]
    for several in ([name for name in likely if name in named], likely, named):
        if several:
            return max(several, key=lambda name: shares[name])
    raise FileRefused("no column holds phone numbers: say which one does", shown=shown)


def _share(sample: list[Row], name: str, region: str | None) -> float:
    cells = [cleaned_number(row.cells[name]) for row in sample if row.cells[name].strip()]
    if not cells or 2 * len(cells) < len(sample):
        return 0.0
    return sum(_is_number(cell, region) for cell in cells) / len(cells)


def _is_number(cell: str, region: str | None) -> bool:
    if is_rounded(cell):
        return True
    number = parse_e164(cell, region)
    return number is not None and country(number) is not None


def _variables(names: list[str], phone: str, asked: TemplateVariables) -> tuple[dict[str, str], list[str]]:
    """Return which columns are kept, under which names, and those that the template has no use for."""
    keys = {name: column_key(name)[:LONGEST_NAME] for name in names if name != phone}
    used = {name: key for name, key in keys.items() if key in asked.known}
    unused = [name for name in keys if name not in used]
    room = max(0, MOST_VARIABLES - len(used))
    return used | {name: keys[name] for name in unused[:room]}, unused


class _Judge:
    """Reads one row after the other: a person to add, a BadRow, or None for a number that stands in the file before."""

    def __init__(
        self, runtime: Runtime, phone: str, taken: Mapping[str, str], asked: TemplateVariables
    ) -> None:
        self._settings, self._phone, self._taken, self._asked = runtime.settings, phone, taken, asked
        self._column_of = {key: name for name, key in taken.items()}
        self._seen: set[str] = set()

    def __call__(self, row: Row) -> "BadRow | dict[str, Any] | None":
        given = cleaned_number(row.cells[self._phone])[:80]
        number = parse_e164(given, self._settings.home_country)
        if number is None:
            return self._bad(row, self._phone, "rounded" if is_rounded(given) else "not_a_number")
        try:
            place = place_of(number, self._settings.allowed_countries)
        except NotCallable as refusal:
            return self._bad(row, self._phone, refusal.code)
        variables = {key: cleaned(row.cells[name]) for name, key in self._taken.items()}
        variables = {key: value for key, value in variables.items() if value}
        if lacking := sorted(self._asked.needed - set(variables)):
            return self._bad(row, self._column_of.get(lacking[0], lacking[0]), "missing")
        if long := next((key for key, value in variables.items() if len(value) > LONGEST_VALUE), None):
            return self._bad(row, self._column_of[long], "too_long")
        # As Postgres writes it, a comma and a colon are followed by a space.
        if len(orjson.dumps(variables)) + 4 * len(variables) > 16_000:
            return self._bad(row, self._phone, "too_much")
        if number in self._seen:
            return None
        self._seen.add(number)
        return {
            "number": number, "variables": variables, "country": place.country, "number_type": place.number_type,
            "zones": list(place.zones),
        }  # fmt: skip

    def _bad(self, row: Row, column: str, code: str) -> BadRow:
        return BadRow(row.line, column, row.cells.get(column, ""), code, row.cells)


def bad_rows_as_cells(rows: Iterable[BadRow]) -> Iterator[list[str]]:
    """Yield the lines of a CSV of bad rows: the columns of the file, and why. No cell is a formula to a spreadsheet."""
    for row in rows:
        told = [*row.cells.values(), str(row.line), row.column, REASONS[row.code]]
        yield [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell else cell for cell in told]
