"""Ask people in over the API: one, or everybody in a CSV file."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from voicebot.api.bodies import Body, PhoneNumber
from voicebot.api.errors import ApiError, not_allowed
from voicebot.api.queries import Query, YesOrNo
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.onboarding.start import (
    LONGEST_NAME,
    ImportRefused,
    Invitation,
    Invited,
    import_people,
    start_onboarding,
)

CSV = "text/csv"
MOST_CSV_BYTES = 1_000_000
MOST_CSV_ROWS = 2_000
"""What is done while the client waits for the answer."""
REFUSED = (
    "`not_a_number`, `rounded` (a spreadsheet lost its last digits), `not_textable` (not in ALLOWED_COUNTRIES, or not a kind of number that is texted), `not_allowed` "
    "(not within this key's reach), `suppressed`, `ai_off` (people answer this thread), `busy` (they are writing just "
    "now), `running` (asked already), `repeated` (stands in the file before)"
)


REFUSALS = {
    "not_textable": (422, "This number is of a kind or country that may not be texted.", "to"),
    "suppressed": (409, "This number asked for no more messages.", "to"),
    "running": (409, "This person is being asked already.", None),
    "busy": (409, "This person is writing just now, and is answered: try again in a minute.", None),
    "ai_off": (409, "People answer this person's texts, so the bot asks nothing.", None),
}


class NewOnboarding(Body):
    """Invite somebody to the onboarding. These names do not replace what the person has said of themselves."""

    to: PhoneNumber
    first_name: str = Field("", max_length=LONGEST_NAME)
    last_name: str = Field("", max_length=LONGEST_NAME)

    @field_validator("first_name", "last_name")
    @classmethod
    def _name(cls, name: str) -> str:
        name = " ".join(name.split())
        if not name.isprintable():
            raise ValueError("expected printable characters")
        return name


class Onboarding(BaseModel):
    """What came of it."""

    conversation_id: str | None = Field(
        description="The thread in which it goes on; null when there is none."
    )
    result: Literal["started", "completed"] = Field(
        description="`completed`: this person was onboarded before, and is not asked again."
    )


class ImportedRow(BaseModel):
    """What came of one row."""

    line: int = Field(description="The row's line in the file, as an editor counts.")
    number: str = Field(description="The row's number, masked.")
    result: Literal["started", "completed", "refused", "valid"] = Field(
        description="`valid`: of a dry run, that it would be tried."
    )
    code: str | None = Field(description=f"Why it was refused: {REFUSED}.")


class ImportReport(BaseModel):
    """What came of a file, row by row."""

    rows: list[ImportedRow]
    started: int
    refused: int


class ImportQuery(Query):
    """How a file is read."""

    dry_run: YesOrNo | None = Field(None, description="1: look at the numbers, and start nothing.")


def start(request: Request) -> Reply:
    """Begin one onboarding."""
    wanted: NewOnboarding = request.body
    invitation = Invitation(wanted.to, wanted.first_name, wanted.last_name)
    started = start_onboarding(request.runtime, invitation, request.holder.actor)
    thread = str(started.conversation_id) if started.conversation_id else None
    if started.result is Invited.REFUSED:
        raise _refused(started.code or "", thread)
    answer = {"conversation_id": thread, "result": started.result}
    return Reply(202 if started.result is Invited.STARTED else 200, answer)


def _refused(code: str, thread: str | None) -> ApiError:
    if code not in REFUSALS:
        return not_allowed()
    status, words, place = REFUSALS[code]
    where = {"Location": f"/api/v1/conversations/{thread}"} if thread else {}
    return ApiError(status, code, words, field=place, headers=where)


def start_many(request: Request) -> Reply:
    """Begin the onboarding of everybody in a file. Sending the file again starts nobody twice."""
    report = import_people(
        request.runtime,
        request.body,
        dry_run=bool(request.query.dry_run),
        actor=request.holder.actor,
        most_rows=MOST_CSV_ROWS,
    )
    try:
        rows = [
            {"line": row.line, "number": row.number, "result": row.result, "code": row.code} for row in report
        ]
    except ImportRefused as error:
        code = "invalid_csv" if error.is_text else "invalid_text"
        raise ApiError(400, code, f"The file cannot be read: {error}.") from None
    results = [row["result"] for row in rows]
    counts = {result: results.count(result) for result in ("started", "refused")}
    return Reply(200, {"rows": rows, **counts})


ROUTES = (
    Route(
        "POST",
        "/onboardings",
        "startOnboarding",
        "Ask somebody in by text. Asking again while it runs changes nothing, and is a 409.",
        start,
        {
            200: Example("`completed`: onboarded before, and not asked again.", Onboarding),
            202: Example("The first question is on its way.", Onboarding),
            409: Example(
                "`running` (asked already), `busy` (writing just now), `ai_off` (people answer this thread), or "
                "`suppressed` (asked for no more messages). `Location` leads to the conversation, where there is one."
            ),
            422: Example("`not_textable`: not in ALLOWED_COUNTRIES, or not a kind of number that is texted."),
        },
        body=NewOnboarding,
        roles=OPERATOR,
        done=("onboarding.started", "thread"),
    ),
    Route(
        "POST",
        "/onboardings/csv",
        "importOnboardings",
        "Ask in everybody in a CSV file of up to 1 MB and 2,000 rows, in UTF-8, UTF-16 or Windows-1252, separated by comma, "
        "semicolon, tab or bar. Its first line names the columns: phone_number, first_name, last_name.",
        start_many,
        {200: Example("What came of each row.", ImportReport)},
        roles=OPERATOR,
        done=("onboarding.imported", "thread"),
        query=ImportQuery,
        text_body=CSV,
        max_body_bytes=MOST_CSV_BYTES,
    ),
)
