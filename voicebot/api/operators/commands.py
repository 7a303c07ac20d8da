"""Stepping into running calls over the API: the commands for a call, and their results."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from voicebot.api.errors import ApiError
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.call.stepping.kinds import LONGEST_WORDS, REFUSALS
from voicebot.services.calls.stepping.add import step_in
from voicebot.storage.calls import commands
from voicebot.storage.calls.commands import RefusedCommand

Row = Mapping[str, Any]
Kind = Literal["whisper", "say", "mute", "unmute", "take_over", "give_back", "transfer", "end"]
PATH = "/calls/<call>/commands"
STATUSES = {"unknown_call": 404, "not_allowed": 403, "wrong_kind": 400}
WRONG_FIELDS = {"words_missing": "text", "words_too_long": "text", "wrong_phone": "phone"}


class NewCommand(BaseModel):
    """What is asked of a call."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(
        description="whisper: the bot is told something, which its next model request knows. say: the bot says exactly these "
        "words, after its sentence. mute, unmute: the bot hears and does not answer. take_over: with `phone`, the caller is "
        "connected with that telephone. give_back: the bot goes on. transfer: to whom the template names. end: after a goodbye."
    )
    text: str | None = Field(None, max_length=4 * LONGEST_WORDS, description="Of whisper and say: the words.")
    phone: str | None = Field(None, max_length=40, description="Of take_over: the operator's telephone.")
    now: bool = Field(False, description="Of end: at once, without a goodbye.")
    request_key: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="The same key again is the same command, carried out once.",
    )


class Command(BaseModel):
    """What was asked of a call."""

    id: str
    kind: Kind
    arguments: dict[str, Any]
    made_by: str | None
    made_at: str
    taken_at: str | None = Field(description="When whoever has the call learned of it.")
    done_at: str | None = Field(description="When it was carried out or refused; null: it still waits.")
    result: Literal["done", "refused"] | None
    refused: str | None = Field(description="Why the call did not do it.")
    number: int | None = Field(description="The utterance of the transcript before which it was done.")


class CommandList(BaseModel):
    """The commands for a call, the oldest first, and what its line can do now."""

    commands: list[Command]
    offers: dict[str, str | None] = Field(
        description="Each kind with null, or the code of why it cannot be done now."
    )
    taken_over_by: str | None = Field(description="Who talks with the caller in the bot's place.")


def add(request: Request) -> Reply:
    """Ask something of a call."""
    body: NewCommand = request.body
    added = step_in(
        request.runtime,
        _call(request),
        body.kind,
        {"text": body.text, "phone": body.phone, "now": body.now},
        request_key=body.request_key,
        actor=request.holder.actor,
    )
    if isinstance(added, RefusedCommand):
        raise _refusal(added)
    return Reply(202, _shown(added.command))


def list_all(request: Request) -> Reply:
    """What was asked of a call."""
    found = commands.list_commands(request.runtime.database, _call(request), actor=request.holder.actor)
    if found is None:
        raise ApiError(404, "unknown_call", REFUSALS["unknown_call"])
    shown = [_shown(row) for row in found["commands"]]
    return Reply(200, {"commands": shown, "offers": found["offers"], "taken_over_by": found["taken_over_by"]})


def _call(request: Request) -> UUID:
    return request.id_in_path("call", ApiError(404, "unknown_call", REFUSALS["unknown_call"]))


def _refusal(refused: RefusedCommand) -> ApiError:
    words = REFUSALS[refused.code]
    if refused.code == "taken_over" and refused.taken_over_by:
        words = f"{refused.taken_over_by} has taken this call over."
    if field := WRONG_FIELDS.get(refused.code):
        return ApiError(400, "invalid_request", words, field=field)
    return ApiError(STATUSES.get(refused.code, 409), refused.code, words)


def _shown(row: Row) -> Row:
    return {name: row[name] for name in Command.model_fields}


UNKNOWN = Example("No such call, or none that this key may step into.")
ROUTES = (
    Route(
        "POST",
        PATH,
        "addCallCommand",
        "Step into a running call.",
        add,
        {
            202: Example("The command; whoever has the call carries it out within a second.", Command),
            404: UNKNOWN,
            409: Example("This call cannot do that now; the code says why."),
        },
        body=NewCommand,
        roles=OPERATOR,
    ),
    Route(
        "GET",
        PATH,
        "listCallCommands",
        "List what was asked of a call, and what can be asked now.",
        list_all,
        {200: Example("The commands.", CommandList), 404: UNKNOWN},
        roles=OPERATOR,
    ),
)
