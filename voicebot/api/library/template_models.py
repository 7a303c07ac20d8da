"""Further answers about templates over the API: the changes of a draft, the content of a version, the words of a trial."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from voicebot.domain.templates.template import CallTemplate


class AskedTool(BaseModel):
    """A tool of the draft's own that was asked."""

    name: str
    arguments: dict[str, Any] = Field(description="What the model wanted it to be told.")
    done: bool = Field(description="Whether the system said that it is done.")
    answer: str = Field(description="What the model was told of it.")
    failed: str = Field(
        description="How the exchange broke off, as `http_500`; blank where the system answered."
    )


class TriedAnswer(BaseModel):
    """The bot's next words. Nothing is stored, and no built-in tool runs."""

    text: str
    tools: list[str] = Field(description="The tools that the model asked for.")
    asked: list[AskedTool] = Field(description="The draft's own among them that were asked, each time.")


class ChangedPiece(BaseModel):
    """Words that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


class ChangedPlace(BaseModel):
    """One place where the draft says something else."""

    place: str = Field(description="As `facts.3`, counted from 1.")
    pieces: list[ChangedPiece]


class TemplateChanges(BaseModel):
    """What publishing would change."""

    id: str
    revision: int
    changes: list[ChangedPlace]


class VersionContent(BaseModel):
    """What a published version says; it never changes."""

    version: int
    content: CallTemplate
