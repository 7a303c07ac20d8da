"""Query parameters as pydantic models: reading each kind, and the message for a wrong one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from voicebot.api.errors import ApiError
from voicebot.domain.page_cursor import (
    BY_NAME,
    BY_NUMBER,
    BY_PERSON,
    BY_TIME,
    BY_TIME_AND_NAME,
    BY_TIME_AND_NUMBER,
    BY_URGENCY,
    Order,
)
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.uuid_text import uuid_of
from voicebot.domain.whole_number import whole_number
from voicebot.storage.pages import FIRST, MOST_ROWS

ROWS = FIRST.size
CURSOR_WORDS = "The next page: what `next` of the last page said."


class Query(BaseModel):
    """The parameters of one route; a name that is not known could be a filter misspelt, and is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_enum_values=True)

    def filters(self) -> dict[str, Any]:
        """Return the parameters that say which rows are wanted, not which page of them."""
        return {name: value for name, value in self if name not in ("page_size", "before")}


Asked = TypeVar("Asked", bound=Query)


def read_query(model: type[Asked], given: Mapping[str, str]) -> Asked:
    """Return the given parameters, read; of a repeated one the first. Raises ApiError."""
    try:
        return model.model_validate({name: given[name] for name in given})
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
    if any(problem["type"] == "extra_forbidden" for problem in problems):
        raise ApiError(400, "invalid_request", f"Known parameters are: {', '.join(model.model_fields)}.")
    name = str(problems[0]["loc"][0])
    match problems[0]["type"]:
        case "missing":
            message = "This parameter is required."
        case "value_error":
            message = f"Expected {problems[0]['ctx']['error']}."
        case _ if words := schemas_of(model)[name].get("enum"):
            message = f"Expected one of {', '.join(words)}."
        case _:
            message = f"{problems[0]['msg']}."
    raise ApiError(400, "invalid_request", message, field=name)


def schemas_of(model: type[Query]) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each parameter by its name; an optional one is not nullable."""
    whole = model.model_json_schema()
    return {name: _given(one, whole.get("$defs", {})) for name, one in whole["properties"].items()}


def _given(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    told = {**schema, **(kinds[0] if kinds else {})}
    if "$ref" in told:
        words = definitions[told["$ref"].rsplit("/", 1)[-1]]
        told |= {"type": words["type"], "enum": words["enum"]}
    if told.get("default", ...) is None:
        del told["default"]
    return {name: value for name, value in told.items() if name not in ("anyOf", "$ref", "title")}


# --- kinds ----------------------------------------------------------------------------------------


def _page_size(text: str) -> int:
    if (size := whole_number(text, MOST_ROWS)) is None:
        raise ValueError(f"a number from 1 to {MOST_ROWS}")
    return size


def number(text: str) -> str:
    """Read a phone number. Raises ValueError."""
    # A plus sign that was not escaped arrives as a space.
    found = parse_e164(f"+{text[1:]}" if text.startswith(" ") else text)
    if found is None:
        raise ValueError("a phone number in E.164, like +12025550123")
    return found


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        # Out of what the database can hold, or out of the calendar once it is UTC.
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a time in ISO 8601, like 2026-01-31T12:00:00Z") from None


def _yes_or_no(text: str) -> bool:
    if text not in ("1", "true", "0", "false"):
        raise ValueError("1 or 0")
    return text in ("1", "true")


def _uuid(text: str) -> UUID:
    found = uuid_of(text)
    if found is None:
        raise ValueError("an id")
    return found


def _short(text: str) -> str:
    if not 1 <= len(text) <= 50 or "\0" in text:
        raise ValueError("1 to 50 characters")
    return text


ShortText = Annotated[str, BeforeValidator(_short), WithJsonSchema({"type": "string", "maxLength": 50})]
"""A word or a few."""
Id = Annotated[UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "maxLength": 36})]
"""An id of ours."""
NUMBER_SCHEMA = WithJsonSchema({"type": "string", "examples": ["+12025550123"]})
Number = Annotated[str, BeforeValidator(number), NUMBER_SCHEMA]
"""A phone number in E.164."""
Moment = Annotated[
    datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""A time; without a zone it is UTC."""
YesOrNo = Annotated[
    bool,
    BeforeValidator(_yes_or_no),
    WithJsonSchema({"type": "string", "enum": ["1", "true", "0", "false"]}),
]
PageSize = Annotated[
    int,
    BeforeValidator(_page_size),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_ROWS}),
    Field(description="How many rows a page has."),
]


def _place(order: Order) -> tuple[Any, ...]:
    return BeforeValidator(order.read), WithJsonSchema({"type": "string"}), Field(description=CURSOR_WORDS)


AfterNumber = Annotated[Any, *_place(BY_NUMBER)]
AfterTime = Annotated[Any, *_place(BY_TIME)]
AfterPerson = Annotated[Any, *_place(BY_PERSON)]
AfterCall = Annotated[Any, *_place(BY_TIME_AND_NUMBER)]
AfterName = Annotated[Any, *_place(BY_NAME)]
AfterTimeAndName = Annotated[Any, *_place(BY_TIME_AND_NAME)]
AfterUrgency = Annotated[Any, *_place(BY_URGENCY)]
"""Places in lists (`Place | None`), by the order of the list."""
