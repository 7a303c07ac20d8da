"""Blocked numbers over the API: one list for the whole service, open only to keys of the service's operators."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from voicebot.api import queries
from voicebot.api.bodies import Body, Moment, NumberOrAnonymous
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterNumber, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.person.phone import ANONYMOUS, means_withheld
from voicebot.storage import blocks
from voicebot.storage.blocks import BlockFilter
from voicebot.storage.database.refused import NotAllowed

LONGEST_REASON = 200
NUMBER_WORDS = "In E.164, or `anonymous` for all who withhold theirs."


class NewBlock(Body):
    """A number that is to be blocked."""

    number: NumberOrAnonymous = Field(description=NUMBER_WORDS, examples=["+12025550123", ANONYMOUS])
    reason: str | None = Field(None, max_length=LONGEST_REASON, description="Why; for people.")
    answer: Literal["phrase", "reject"] = Field(
        "phrase", description="`phrase`: a sentence and the end. `reject`: the call is not taken."
    )
    until: Moment | None = Field(None, description="Until when, in ISO 8601; for ever without.")


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


def _number(text: str) -> str:
    return ANONYMOUS if means_withheld(text) else queries.number(text)


Blocked = Annotated[str, BeforeValidator(_number), queries.NUMBER_SCHEMA]
BLOCKED_WORDS = f"{NUMBER_WORDS} Its plus sign is written %2B."


class BlockQuery(Query):
    """Which blocks are wanted."""

    number: Blocked | None = Field(None, description=BLOCKED_WORDS)
    page_size: PageSize = ROWS
    before: AfterNumber = None


class UnblockQuery(Query):
    """Whom it is about."""

    number: Blocked = Field(description=BLOCKED_WORDS)


def list_blocks(request: Request) -> Reply:
    """One page of what stands."""
    wanted = BlockFilter(**request.query.filters())
    try:
        return reply_with_page(request, "blocks", blocks.list_blocks, wanted, shown=_shown)
    except NotAllowed:
        raise _not_allowed() from None


def add(request: Request) -> Reply:
    """Block a number from now on; again changes how."""
    wanted: NewBlock = request.body
    try:
        row = blocks.block_caller(
            request.runtime.database,
            wanted.number,
            reason=wanted.reason or None,
            answer=wanted.answer,
            until=wanted.until,
            actor=request.holder.actor,
        )
    except NotAllowed:
        raise _not_allowed() from None
    except blocks.OverAlready:
        raise ApiError(400, "invalid_request", "Expected a time to come.", field="until") from None
    return Reply(201, _shown(row))


def remove(request: Request) -> Reply:
    """Let a number in again, blocked or not."""
    number = request.query.number
    try:
        blocks.unblock_caller(request.runtime.database, number, actor=request.holder.actor)
    except NotAllowed:
        raise _not_allowed() from None
    return Reply(200, {"number": number, "blocked": False})


def _shown(row: blocks.Row) -> blocks.Row:
    return {name: row[name] for name in Block.model_fields}


def _not_allowed() -> ApiError:
    return ApiError(403, "not_allowed", "The list is the whole service's: this key may not see or change it.")


ROUTES = (
    Route(
        "GET",
        "/blocks",
        "listBlocks",
        "List the blocked numbers, the newest first.",
        list_blocks,
        {200: Example("A page.", BlockPage)},
        roles=OPERATOR,
        query=BlockQuery,
        noted=("numbers.listed", "block"),
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
        done=("person.blocked", "block"),
    ),
    Route(
        "DELETE",
        "/blocks",
        "removeBlock",
        "Let a number in again.",
        remove,
        {200: Example("It is not blocked now.", Unblocked)},
        roles=OPERATOR,
        done=("person.unblocked", "block"),
        query=UnblockQuery,
    ),
)
