"""The people of a campaign over the API: brought in by a file, and listed with what came of them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from voicebot.api.dialling.campaigns import TEMPLATE, UNKNOWN, campaign_id, worded
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterPerson, PageSize, Query, YesOrNo
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.dialling.bad_rows import BadRowsFile
from voicebot.services.dialling.campaign_tables import PERSON, people_as_csv
from voicebot.services.dialling.import_people import (
    MOST_ROWS,
    SHOWN_ROWS,
    ImportRefused,
    ImportReport,
    Wanted,
    import_people,
)
from voicebot.services.dialling.judge_row import REASONS
from voicebot.storage import campaigns
from voicebot.storage.queue import Consent

KINDS = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
MOST_FILE_BYTES = 50 * 1024 * 1024
COUNTED = ("rows", "imported", "rejected", "duplicates", "ready")


def _words(text: str) -> str:
    if not 1 <= len(text) <= 500 or "\0" in text:
        raise ValueError("1 to 500 characters")
    return text


Words = Annotated[str, BeforeValidator(_words), WithJsonSchema({"type": "string", "maxLength": 500})]


class PeopleQuery(Query):
    """How a file is imported."""

    phone_column: Words | None = Field(
        None, description="Which column holds the numbers; found by content without."
    )
    sheet: Words | None = Field(None, description="Which sheet of a workbook; found by content without.")
    dry_run: YesOrNo | None = Field(None, description="1: look at the file, and add nobody.")
    skip_bad: YesOrNo | None = Field(None, description="1: add the others when rows are bad.")
    format: Literal["json", "csv"] | None = Field(
        None,
        description="csv: answer with every bad row and why, as a file that can be mended and sent again; the counts stand "
        "in the header `Import-Counts`.",
    )
    consent: Words | None = Field(None, description="What these people agreed to; kept with each.")


class BadRow(BaseModel):
    """A row that is not taken."""

    line: int = Field(description="Its line in the file, as an editor counts.")
    column: str
    cell: str
    code: str = Field(description=f"Why: {', '.join(f'`{code}`' for code in REASONS)}.")
    reason: str = Field(description="The same in words.")


class PeopleReport(BaseModel):
    """What came of a file: `imported + rejected + duplicates + ready` is `rows`."""

    phone_column: str
    sheet: str | None = Field(description="Of a workbook, where the people were found.")
    variables: list[str] = Field(description="What its other columns are called as variables.")
    unused: list[str] = Field(description="Columns that the template has no use for.")
    missing: list[str] = Field(
        description="Variables that no column gives; the template has words of its own for them."
    )
    rows: int
    imported: int
    rejected: int
    duplicates: int = Field(description="In the file before, or in the campaign already.")
    ready: int = Field(
        description="Good ones that were not imported: because of the bad ones, or in a dry run."
    )
    suppressed: int = Field(
        description="Of `ready`: who asked not to be called. They are added, and never dialled."
    )
    bad: list[BadRow] = Field(description=f"The first {SHOWN_ROWS} rows that are not taken.")


class Person(BaseModel):
    """Somebody in a campaign, and what came of the newest dial."""

    to: str
    status: Literal["queued", "in-progress", "completed", "failed", "canceled"]
    attempts_made: int
    last_error: str | None
    next_attempt_at: str | None
    began_at: str | None
    ended_at: str | None
    transport: str | None = Field(description="What the carrier made of it.")
    answered_by: str | None
    goal: str | None
    goal_evidence: str | None
    call_sid: str | None
    entry_id: str = Field(description="Its entry in the queue: `/queue/{id}` has every dial.")
    variables: dict[str, Any]


class PeoplePage(BaseModel):
    """A page, by number."""

    people: list[Person]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class ListQuery(Query):
    """Which people are wanted."""

    format: Literal["json", "csv"] | None = Field(None, description="csv: all of them, as a table.")
    page_size: PageSize = ROWS
    before: AfterPerson = None


def add_people(request: Request) -> Reply:
    """Add everybody in a file; sending it again adds nobody twice."""
    query = request.query
    wanted = Wanted(
        phone_column=query.phone_column,
        sheet=query.sheet,
        dry_run=bool(query.dry_run),
        skip_bad=bool(query.skip_bad),
        consent=Consent(query.consent, source="api") if query.consent else None,
    )
    bad = BadRowsFile() if query.format == "csv" else None
    try:
        with worded():
            report = import_people(
                request.runtime, campaign_id(request), request.body, wanted, every_bad_row=bad and bad.add,
                actor=request.holder.actor,
            )  # fmt: skip
    except ImportRefused as error:
        raise ApiError(400, "invalid_csv", f"The file cannot be read: {error}.") from None
    if bad is None:
        return Reply(200, _told(report))
    counts = ", ".join(f"{name}={getattr(report, name)}" for name in COUNTED)
    return Reply(200, csv=bad.lines(), headers={"Import-Counts": counts})


def list_people(request: Request) -> Reply:
    """One page, or everybody."""
    campaign = campaign_id(request)
    with worded():
        if request.query.format == "csv":
            return Reply(
                200, csv=people_as_csv(request.runtime.database, campaign, actor=request.holder.actor)
            )
        return reply_with_page(request, "people", campaigns.list_people, campaign, shown=_shown)


def _shown(row: Any) -> Any:
    return {name: row[name] for name in PERSON}


def _told(found: ImportReport) -> dict[str, Any]:
    bad = [
        {
            "line": one.line, "column": one.column, "cell": one.cell[:200], "code": one.code,
            "reason": REASONS[one.code],
        }
        for one in found.bad
    ]  # fmt: skip
    return {name: getattr(found, name) for name in PeopleReport.model_fields if name != "bad"} | {"bad": bad}


ROUTES = (
    Route(
        "POST", "/campaigns/<campaign>/people", "addPeople",
        f"Add everybody in a CSV file of up to 50 MB or in a workbook (.xlsx) of up to 10 MB, of up to {MOST_ROWS:,} rows and "
        "whatever its header. With bad rows nobody is added, unless `skip_bad` is 1; sending it again adds nobody twice.",
        add_people,
        {
            200: Example("What came of the rows.", PeopleReport, csv=True),
            404: UNKNOWN,
            409: Example("`wrong_state`: it is canceled."),
            422: TEMPLATE,
        },
        roles=OPERATOR, done=("campaign.imported", "campaign"), query=PeopleQuery, file_body=KINDS, max_body_bytes=MOST_FILE_BYTES,
    ),
    Route(
        "GET", "/campaigns/<campaign>/people", "listPeople", "The people of a campaign, and what came of them.", list_people,
        {200: Example("A page.", PeoplePage, csv=True), 404: UNKNOWN}, roles=OPERATOR, query=ListQuery, noted=("numbers.listed", "campaign"),
    ),
)  # fmt: skip
