"""A tool of a template's own: the question that the model may ask another system, and that system's address."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from voicebot.domain.call.setup import BUILT_IN_TOOLS
from voicebot.domain.templates.part import Part
from voicebot.domain.templates.tool_address import tool_url

MOST_TOOLS, MOST_ARGUMENTS = 20, 20


def _name(name: str) -> str:
    if name in BUILT_IN_TOOLS:
        raise ValueError("this tool is built in: choose another name")
    return name


def _written_like(example: str, pattern: str) -> BeforeValidator:
    """Say what a name looks like, where a pattern would say it to programmers alone."""

    def rule(name: Any) -> Any:
        if isinstance(name, str) and not re.fullmatch(pattern, name.strip()):
            raise ValueError(
                f"expected names like {example}, each once: small letters, digits and _, at most 40"
            )
        return name

    return BeforeValidator(rule)


_TOOL, _ARGUMENT = r"^[a-z][a-z0-9_]{1,39}$", r"^[a-z][a-z0-9_]{0,39}$"
ToolName = Annotated[str, _written_like("book_table", _TOOL), Field(pattern=_TOOL), AfterValidator(_name)]
ArgumentName = Annotated[str, _written_like("day or party_size", _ARGUMENT), Field(pattern=_ARGUMENT)]


class OwnTool(Part):
    """One tool of one's own. Its arguments are texts."""

    name: ToolName = Field(description="What the model calls it, as `book_table`.")
    description: str = Field(
        min_length=1, max_length=500, description="What it does and when to use it, for the model."
    )
    url: Annotated[str, AfterValidator(tool_url)] = Field(
        description="Where it is asked, signed: https on a public server, or a host of `VOICEBOT_TOOL_HOSTS`."
    )
    arguments: dict[ArgumentName, Annotated[str, Field(min_length=1, max_length=300)]] = Field(
        {}, max_length=MOST_ARGUMENTS, description="What it is told: each name with what to put there."
    )
    optional: tuple[ArgumentName, ...] = Field(
        (), max_length=MOST_ARGUMENTS, description="The arguments that it can do without."
    )
    timeout_s: float = Field(5.0, ge=1, le=8, description="Seconds after which the caller waits no longer.")
    needs_code: bool = Field(
        False, description="Whether it is for callers alone who have proven their number by a code."
    )

    @model_validator(mode="after")
    def _fits(self) -> "OwnTool":
        unknown = [name for name in self.optional if name not in self.arguments]
        if unknown:
            raise ValueError(f"optional: {unknown[0]} is not among the arguments")
        return self

    @property
    def required(self) -> list[str]:
        """The arguments that it cannot do without, as they are written."""
        return [name for name in self.arguments if name not in self.optional]


def own_tools_of(template: Mapping[str, Any]) -> list[OwnTool]:
    """Return the tools of a published template's content; one that cannot be read counts as none."""
    rows = template.get("own_tools")
    found = []
    for row in rows if isinstance(rows, list) else ():
        try:
            found.append(OwnTool.model_validate(row))
        except ValidationError:
            continue
    return found
