"""What templates answer over the API beside themselves: what would change, what a version says, what a draft would say."""

from typing import Literal

from pydantic import BaseModel, Field

from voicebot.domain.templates.template import CallTemplate


class TriedAnswer(BaseModel):
    """What the bot would say next. Nothing of it is kept, no tool is run."""

    text: str
    tools: list[str] = Field(description="The tools that the model asked for.")


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
