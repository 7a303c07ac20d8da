"""What every part of a call template has in common: unknown keys are refused, words can be read, languages are tags."""

from collections.abc import Mapping
from typing import Annotated, Any
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

LONGEST_SUBTAG = 8
"""Letters of a part of a language tag (RFC 5646, section 2.1)."""


def _language(tag: str) -> str:
    first, *rest = tag.split("-")
    is_tag = tag.isascii() and 2 <= len(first) <= 3 and first.isalpha() and len(rest) <= 2
    if not (is_tag and all(part.isalnum() and len(part) <= LONGEST_SUBTAG for part in rest)):
        raise ValueError("expected a language tag like en-US")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


Language = Annotated[str, AfterValidator(_language)]


def _is_readable(value: Any) -> bool:
    if isinstance(value, str):
        return all(category(sign) != "Cc" or sign in "\n\r\t" for sign in value)
    if isinstance(value, Mapping):
        return all(map(_is_readable, value)) and all(map(_is_readable, value.values()))
    return not isinstance(value, tuple) or all(map(_is_readable, value))


class Part(BaseModel):
    """A part of a template: keys that nobody knows are refused, blanks around words go."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def _readable_words(cls, value: Any) -> Any:
        if not _is_readable(value):
            raise ValueError("expected text without control characters")
        return value
