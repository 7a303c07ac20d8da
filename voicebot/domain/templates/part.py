"""The common rules of every part of a call template: unknown keys are refused, words can be read, languages are tags."""

from collections.abc import Mapping
from typing import Annotated, Any
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from voicebot.domain.languages.tongues import language_tag

Language = Annotated[str, AfterValidator(language_tag)]


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
