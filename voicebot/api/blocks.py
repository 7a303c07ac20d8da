"""Who may not reach us, over the API: one list for the whole service, so its operators' keys alone."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from voicebot.api import queries
from voicebot.api.errors import ApiError
from voicebot.api.numbers import e164
from voicebot.api.queries import Query
from voicebot.api.routes import OPERATOR, Answer, Example, Request, Route
from voicebot.domain import page_cursor
from voicebot.domain.person.phone import ANONYMOUS
from voicebot.storage import blocks

LONGEST_REASON = 200
NUMBER_WORDS = "In E.164, or `anonymous` for all who withhold theirs."


class NewBlock(BaseModel):
    """A number that is to be blocked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: str = Field(max_length=40, description=NUMBER_WORDS, examples=["+12025550123", ANONYMOUS])
    reason: str | None = Field(None, max_length=LONGEST_REASON, description="Why; for people.")
    answer: Literal["phrase", "reject"] = Field(
        "phrase", description="`phrase`: a sentence and the end. `reject`: the call is not taken."
    )
    until: str | None = Field(None, max_length=40, description="Until when, in ISO 8601; for ever without.")


class Block(BaseModel):
    """One blocked number."""

    number: str
    reason: str | None
    answer: Literal["phrase", "reject"]
    since: str
    until: str | None


class BlockPage(BaseModel):
    """A page, the newest first."""

    blocks: list[Block]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Unblocked(BaseModel):
    """What became of a block."""

    number: str
    blocked: Literal[False]


def list_blocks(request: Request) -> Answer:
    """One page of what stands."""
    query = request.query
    try:
        page = blocks.list_blocks(
            request.runtime.database,
            page_size=query.get("page_size", queries.ROWS),
            before_id=query.get("before"),
            number=query.get("number"),
            actor=request.caller.actor,
        )
    except blocks.NotAllowed:
        raise _not_allowed() from None
    return Answer(
        200,
        {"blocks": [_shown(row) for row in page.blocks], "next": page_cursor.id_cursor(page.next_before_id)},
    )


def add(request: Request) -> Answer:
    """Block a number from now on; again changes how."""
    wanted: NewBlock = request.body
    number = ANONYMOUS if wanted.number.lower() == ANONYMOUS else e164(wanted.number, "number")
    try:
        row = blocks.block_caller(
            request.runtime.database,
            number,
            reason=wanted.reason or None,
            answer=wanted.answer,
            until=_moment(wanted.until),
            actor=request.caller.actor,
        )
    except blocks.NotAllowed:
        raise _not_allowed() from None
    except blocks.OverAlready:
        raise ApiError(400, "invalid_request", "Expected a time to come.", field="until") from None
    return Answer(201, _shown(row))


def remove(request: Request) -> Answer:
    """Let a number in again, blocked or not."""
    number = request.query["number"]
    try:
        blocks.unblock_caller(request.runtime.database, number, actor=request.caller.actor)
    except blocks.NotAllowed:
        raise _not_allowed() from None
    return Answer(200, {"number": number, "blocked": False})


def _shown(row: blocks.Row) -> blocks.Row:
    return {name: row[name] for name in Block.model_fields}


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ApiError(
            400, "invalid_request", "Expected a time in ISO 8601, like 2026-01-31T12:00:00Z.", field="until"
        ) from None


def _not_allowed() -> ApiError:
    return ApiError(403, "not_allowed", "The list is the whole service's: this key may not see or change it.")


def _number(*, required: bool) -> Query:
    of_a_person = queries.number(f"{NUMBER_WORDS} Its plus sign is written %2B.", required=required)

    def read(text: str) -> str:
        return ANONYMOUS if text.lower() == ANONYMOUS else str(of_a_person.read(text))

    return Query(of_a_person.description, read, of_a_person.schema, required)


ROUTES = (
    Route(
        "GET",
        "/blocks",
        "listBlocks",
        "List the blocked numbers, the newest first.",
        list_blocks,
        {200: Example("A page.", BlockPage)},
        roles=OPERATOR,
        query={
            "number": _number(required=False),
            "page_size": queries.page_size(),
            "before": queries.before_id(),
        },
    ),
    Route(
        "POST",
        "/blocks",
        "addBlock",
        "Refuse a number's calls, and answer none of its texts.",
        add,
        {201: Example("The block as it stands now.", Block)},
        body=NewBlock,
        roles=OPERATOR,
    ),
    Route(
        "DELETE",
        "/blocks",
        "removeBlock",
        "Let a number in again.",
        remove,
        {200: Example("It is not blocked now.", Unblocked)},
        roles=OPERATOR,
        query={"number": _number(required=True)},
    ),
)
