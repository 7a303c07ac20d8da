"""Bring the people of a file into a campaign: any header, the number found by content, every row accounted for.

The whole file is read before anybody is added. Good rows wait in a temporary file, so memory stays small.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any
from uuid import UUID

import orjson

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.variables import BUILT_IN, TemplateVariables
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import CallRefused, published_template
from voicebot.services.dialling.campaigns import refused
from voicebot.services.dialling.judge_row import BadRow, Judge
from voicebot.services.dialling.people_table import find_people, variables_of
from voicebot.storage import campaigns
from voicebot.storage.off_hub import off_hub
from voicebot.storage.queue import Consent, QueueRefused
from voicebot.transports.table_files.characters import Source
from voicebot.transports.table_files.refused import FileRefused

MOST_ROWS, SHOWN_ROWS, AT_ONCE = 100_000, 50, 1000


class ImportRefused(Exception):
    """The file cannot be read as a list of people; the message says why, and shows where."""


@dataclass(frozen=True)
class Wanted:
    """How a file is to be imported."""

    phone_column: str | None = None
    sheet: str | None = None
    dry_run: bool = False
    skip_bad: bool = False
    consent: Consent | None = None
    most_rows: int = MOST_ROWS


@dataclass
class ImportReport:
    """The result of a file. `imported + rejected + duplicates` equals `rows`, apart from `ready`, the people of a dry run."""

    phone_column: str
    variables: list[str]
    unused: list[str]
    sheet: str | None = None
    """Of a workbook, where they were found."""
    rows: int = 0
    imported: int = 0
    rejected: int = 0
    duplicates: int = 0
    ready: int = 0
    suppressed: int = 0
    """How many people of a dry run have asked not to be called. They are added, and never dialled."""
    columns: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Variables with words of the template's own, for which the file has no column."""
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
    """Add everybody in a file, or nobody if a row is bad and `skip_bad` is not set. `every_bad_row(BadRow)` gets each
    bad row.

    A second import of the file adds nobody twice: a person who is in the campaign counts as a duplicate. Raises
    ImportRefused, CallRefused, DatabaseAway.
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
        people = find_people(
            source, wanted.most_rows, runtime.settings.home_country, phone_column=wanted.phone_column, sheet=wanted.sheet
        )  # fmt: skip
    except FileRefused as error:
        raise ImportRefused(str(error)) from None
    taken, unused = variables_of(people, asked)
    report = ImportReport(people.phone, sorted(taken.values()), unused, people.sheet, columns=people.names)
    report.missing = sorted(asked.known - asked.needed - BUILT_IN - set(taken.values()))
    with tempfile.TemporaryFile() as kept:
        judge = Judge(runtime.settings, people.phone, taken, asked)
        judged = map(judge, people.table)
        while off_hub(lambda: _sort(islice(judged, AT_ONCE), report, kept, every_bad_row)):
            pass
        stays_out = wanted.dry_run or (report.rejected > 0 and not wanted.skip_bad)
        kept.seek(0)
        while batch := off_hub(lambda: [orjson.loads(line) for line in islice(kept, AT_ONCE)]):
            if stays_out:
                _look_up(runtime, campaign_id, batch, report, actor)
            else:
                _add(runtime, campaign_id, batch, wanted.consent, report, actor)
    return _accounted(report)


def _sort(
    batch: Iterable[BadRow | dict[str, Any] | None], report: ImportReport, kept: IO[bytes], tell: Any
) -> int:
    """Take some rows; return how many there were."""
    before = report.rows
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
    return report.rows - before


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


def _look_up(
    runtime: Runtime, campaign_id: UUID, people: list[Any], report: ImportReport, actor: Actor
) -> None:
    """Tell whoever only looks what the database knows of these people."""
    numbers = [one["number"] for one in people]
    present, suppressed = campaigns.known_people(runtime.database, campaign_id, numbers, actor=actor)
    report.duplicates += present
    report.ready -= present
    report.suppressed += suppressed


def _accounted(report: ImportReport) -> ImportReport:
    told = report.imported + report.rejected + report.duplicates + report.ready
    if told != report.rows:
        raise RuntimeError(f"{report.rows} rows were read, and {told} are accounted for")
    return report
