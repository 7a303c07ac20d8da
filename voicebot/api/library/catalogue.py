"""What the library holds beside templates: voices to hear, numbers with where they point, prompts."""

from typing import Any

from pydantic import BaseModel, Field

from voicebot.api.queries import Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.access.roles import READERS
from voicebot.services.operators.providers_seen import places, uses
from voicebot.services.templates.prompts_told import all_prompts
from voicebot.services.voice_samples import sample_url
from voicebot.storage.catalogue.numbers import numbers_with_health
from voicebot.storage.catalogue.voices import list_voices


class Voice(BaseModel):
    """A voice that a template may name."""

    id: str
    name: str
    language: str
    gender: str | None
    accent: str | None
    description: str | None
    provider: str
    sample_url: str = Field(description="Where it is heard; the sample is made the first time.")


class Voices(BaseModel):
    """The catalogue."""

    voices: list[Voice]


class VoiceQuery(Query):
    """Which voices are wanted."""

    language: str | None = Field(None, max_length=20, description="A whole tag, or its first part.")


class PointedNumber(BaseModel):
    """A number of ours."""

    number: str
    is_active: bool = Field(description="false: it is gone from the account.")
    organization: str | None = Field(description="Whose its calls and texts are; null: nobody chose.")
    connected_at: str | None = Field(description="Since when it leads here; null: it does not.")
    template_id: str | None
    template: str | None = Field(description="The name of the template that leads its calls.")
    version: int | None = Field(description="The version that its calls run; null: nothing was published.")
    red_at: str | None = Field(description="Since when it is chosen for nobody; null: it is fine.")
    dials: int | None = Field(description="Today (UTC).")
    answers: int | None


class PointedNumbers(BaseModel):
    """Numbers, at most 500."""

    numbers: list[PointedNumber]


class PromptPiece(BaseModel):
    """Words, or the name of a placeholder."""

    text: str
    is_placeholder: bool


class Prompt(BaseModel):
    """What the model is told."""

    name: str
    used: str = Field(description="When it is told that.")
    pieces: list[PromptPiece]


class Prompts(BaseModel):
    """All of them."""

    prompts: list[Prompt]


class ProviderUse(BaseModel):
    """How a provider answered, since this machine started."""

    provider: str
    operation: str
    count: int
    failed: int
    p50_s: float | None = Field(description="Half of the answers came sooner; null: it is not known.")
    p95_s: float | None


class ProviderPlaces(BaseModel):
    """How many may ask a provider now."""

    provider: str
    taken: int
    waiting: int
    free: int


class ProviderFigures(BaseModel):
    """Measurements of the providers that calls use."""

    uses: list[ProviderUse]
    places: list[ProviderPlaces]


class NoQuery(Query):
    """No parameters."""


def voices(request: Request) -> Reply:
    """The catalogue."""
    rows = list_voices(request.runtime.database, language=request.query.language)
    return Reply(
        200,
        {
            "voices": [
                {name: row[name] for name in Voice.model_fields if name != "sample_url"}
                | {"sample_url": sample_url(request.runtime, row["voice_id"], row["language"])}
                for row in rows
            ]
        },
    )


def numbers(request: Request) -> Reply:
    """The numbers that the key may see."""
    rows = numbers_with_health(request.runtime.database, actor=request.holder.actor)
    return Reply(200, {"numbers": [{name: row[name] for name in PointedNumber.model_fields} for row in rows]})


def prompts(_: Request) -> Reply:
    """Every prompt."""
    told: list[dict[str, Any]] = [
        {
            "name": one.name,
            "used": one.used,
            "pieces": [{"text": text, "is_placeholder": marked} for text, marked in one.pieces],
        }
        for one in all_prompts()
    ]
    return Reply(200, {"prompts": told})


def figures(_: Request) -> Reply:
    """What is measured."""
    return Reply(200, {"uses": [vars(one) for one in uses()], "places": [vars(one) for one in places()]})


ROUTES = (
    Route(
        "GET",
        "/voices",
        "listVoices",
        "List the voices that a template may name.",
        voices,
        {200: Example("The catalogue.", Voices)},
        roles=OPERATOR,
        members=READERS,
        query=VoiceQuery,
    ),
    Route(
        "GET",
        "/numbers",
        "listNumbers",
        "List our numbers with where they point: the organization's and those of the key's own templates, or all.",
        numbers,
        {200: Example("The numbers.", PointedNumbers)},
        roles=OPERATOR,
        members=READERS,
        query=NoQuery,
    ),
    Route(
        "GET",
        "/prompts",
        "listPrompts",
        "Read what the model is told.",
        prompts,
        {200: Example("Every prompt.", Prompts)},
        roles=OPERATOR,
        members=READERS,
        query=NoQuery,
    ),
    Route(
        "GET",
        "/provider-figures",
        "showProviderFigures",
        "Show how the providers answer, and how many places are taken.",
        figures,
        {200: Example("What is measured.", ProviderFigures)},
        roles=OPERATOR,
        members=READERS,
        query=NoQuery,
    ),
)
