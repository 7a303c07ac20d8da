"""A campaign as tables for spreadsheets: they hold what the API shows, under the same names."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage import campaigns
from voicebot.storage.database import Database
from voicebot.storage.pages import MOST_ROWS, Page, Part
from voicebot.transports.table_files.export import csv_lines

Row = Mapping[str, Any]
PERSON = (
    "to", "status", "attempts_made", "last_error", "next_attempt_at", "began_at", "ended_at", "transport", "answered_by",
    "goal", "goal_evidence", "call_sid", "entry_id", "variables",
)  # fmt: skip
"""What is told of each person, in this order."""


def figures_as_csv(report: Row) -> Iterator[bytes]:
    """Yield a report as a table of `figure, name, value`; what is counted by name has a line for each."""
    yield from csv_lines([("figure", "name", "value")])
    for figure, value in report.items():
        if isinstance(value, Mapping):
            yield from csv_lines((figure, name, _cell(each)) for name, each in value.items())
        else:
            yield from csv_lines([(figure, None, _cell(value))])


def people_as_csv(database: Database, campaign_id: UUID, *, actor: Actor = THE_OPERATOR) -> Iterator[bytes]:
    """Return the lines of a table of everybody in a campaign. Raises QueueRefused before the first one."""
    first = campaigns.list_people(database, campaign_id, Part(MOST_ROWS), actor=actor)
    return _lines(database, campaign_id, first, actor)


def _lines(database: Database, campaign_id: UUID, page: Page[Row], actor: Actor) -> Iterator[bytes]:
    yield from csv_lines([PERSON])
    while True:
        yield from csv_lines([_cell(row[name]) for name in PERSON] for row in page.rows)
        if page.next is None:
            return
        part = Part(MOST_ROWS, campaigns.BY_NUMBER.read(page.next))
        page = campaigns.list_people(database, campaign_id, part, actor=actor)


def _cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict | list | bool) else value
