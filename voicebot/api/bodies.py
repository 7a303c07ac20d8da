"""Request bodies as pydantic models: reading them, and the message for a wrong one."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from voicebot.api.errors import ApiError
from voicebot.domain.person.phone import ANONYMOUS, means_withheld, parse_e164

# Values are looked at once everything has the right shape.
CONTENT = {"invalid_number": "invalid_number", "invalid_time": "invalid_request"}
LONGEST_MOMENT = 40


class Body(BaseModel):
    """What is sent. Types are JSON's own, so a number in quotes is none; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Body):
    """No fields."""


Seen = str | bool | Annotated[float, Field(allow_inf_nan=False)] | list[str] | None
Was = Annotated[
    dict[str, Seen] | None,
    Field(
        max_length=20,
        description="Fields of this body as you read them last: where one is another now, nothing changes "
        "(409 `changed_meanwhile`).",
    ),
]
"""The version of the thing that a change refers to, so that nobody's change is overwritten."""
Sent = TypeVar("Sent", bound=BaseModel)


def read_body(model: type[Sent], sent: bytes) -> Sent:
    """Return the body as its model. Raises ApiError, which repeats no value: it may be a code."""
    try:
        # orjson refuses what pydantic's own reader accepts; pydantic checks JSON's types as strictly as they are
        # described.
        values = orjson.loads(sent)
        body, problems = model.model_validate_json(sent, strict=True), []
    except orjson.JSONDecodeError:
        raise _no_object() from None
    except ValidationError as error:
        body, problems = None, error.errors(include_input=False, include_url=False, include_context=False)
    shape = next((problem for problem in problems if problem["type"] not in CONTENT), None)
    if shape is not None:
        raise _refusal(model, shape)
    # Postgres keeps no such character: it would keep another text than the one that was sent.
    if found := next((name for name, value in values.items() if _has_nul(value)), None):
        raise ApiError(400, "invalid_request", "Expected text without NUL characters.", field=found)
    if body is None:
        wrong = problems[0]
        raise ApiError(400, CONTENT[wrong["type"]], wrong["msg"], field=str(wrong["loc"][0]))
    return body


def seen(body: BaseModel) -> dict[str, Seen]:
    """Return what a body says of the thing before (`Was`). Raises ApiError for fields that the body cannot change."""
    was: dict[str, Seen] = getattr(body, "was", None) or {}
    known = [name for name in type(body).model_fields if name != "was"]
    if any(name not in known for name in was):
        raise ApiError(400, "invalid_request", f"Known fields are: {', '.join(known)}.", field="was")
    return was


def _refusal(model: type[BaseModel], problem: Any) -> ApiError:
    if problem["type"] == "json_invalid":
        return _no_object()
    place = problem["loc"][0] if problem["loc"] else None
    known = str(place) if place in model.model_fields else None
    message = problem["msg"]
    if problem["type"] == "model_type":
        message = "Expected a JSON object."
    elif place and not known:
        message = f"Known fields are: {', '.join(model.model_fields)}."
    elif problem["type"] == "extra_forbidden":
        message = "Something in this field is not known here."
    message = message.removeprefix("Value error, ").rstrip(".")
    return ApiError(400, "invalid_request", f"{message[0].upper()}{message[1:]}.", field=known)


def _no_object() -> ApiError:
    return ApiError(400, "invalid_json", "Expected a JSON object.")


def _has_nul(sent: Any) -> bool:
    if isinstance(sent, dict):
        return any(_has_nul(name) or _has_nul(value) for name, value in sent.items())
    return "\0" in sent if isinstance(sent, str) else isinstance(sent, list) and any(map(_has_nul, sent))


# --- kinds ----------------------------------------------------------------------------------------


def _number(text: str) -> str:
    number = parse_e164(text)
    if number is None:
        raise PydanticCustomError("invalid_number", "Expected a phone number in E.164, like +12025550123.")
    return number


def _number_or_nobody(text: str) -> str:
    return ANONYMOUS if means_withheld(text) else _number(text)


def _moment(sent: Any) -> datetime:
    if not isinstance(sent, str):
        raise PydanticKnownError("string_type")
    if len(sent) > LONGEST_MOMENT:
        raise PydanticKnownError("string_too_long", {"max_length": LONGEST_MOMENT})
    try:
        at = datetime.fromisoformat(sent)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        words = "Expected a time in ISO 8601, like 2026-01-31T12:00:00Z."
        raise PydanticCustomError("invalid_time", words) from None


_LINE = Field(max_length=40, description="The phone number in E.164.", examples=["+12025550123"])
PhoneNumber = Annotated[str, _LINE, AfterValidator(_number)]
"""A phone number, in E.164 once it is read."""
NumberOrAnonymous = Annotated[str, Field(max_length=40), AfterValidator(_number_or_nobody)]
"""A phone number, or the word for all who withhold theirs."""
Revision = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="Which one was looked at; another one is refused.")
]
"""Which edit of a thing was looked at; no row has a higher one."""
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_MOMENT, "examples": ["2026-12-01T18:00:00Z"]}),
]
"""A time; without a zone it is UTC."""
