"""The fields of the form of a draft: which part of a template each one shows, and what may be chosen in it."""

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from voicebot.console.library.tool_rows import COLUMNS
from voicebot.domain.templates.template import CallTemplate

Path = tuple[str, ...]
YES, NO = "yes", "no"

_TEXTS = (
    "name", "description", "category", "voice", "greeting", "prompt", "goal", "recording_announcement", "bot_is_back",
    "voicemail_message", "identity", "call_purpose", "relay.voice", "relay.speech_model",
    "relay.intelligence_service", "relay.tts_language", "relay.transcription_language",
)  # fmt: skip
_CHOICES = (
    "transport", "engine", "engine_voice", "onboarding", "on_voicemail", "voicemail_again", "relay.tts_provider",
    "relay.transcription_provider", "relay.interruptible", "relay.interrupt_sensitivity",
    "relay.report_input_during_agent_speech", "relay.text_normalization", "relay.elevenlabs.model",
)  # fmt: skip
_NUMBERS = (
    "limits.turns.patience", "limits.turns.interrupt_ms", "limits.silence_timeout_s", "limits.max_duration_s",
    "limits.pauses.yes_or_no", "limits.pauses.open", "limits.pauses.dictated", "transfer.ring_s",
    "relay.speech_timeout_ms", "relay.eot_threshold", "relay.eager_eot_threshold", "relay.elevenlabs.speed",
    "relay.elevenlabs.stability", "relay.elevenlabs.similarity",
)  # fmt: skip
_SWITCHES = (
    "detect_machines", "limits.speculation", "relay.dtmf_detection", "relay.partial_prompts", "relay.profanity_filter",
    "relay.debugging", "relay.ignore_backchannel", "relay.smart_format", "relay.background_noise_reduction",
)  # fmt: skip
_LISTS = ("languages", "tags", "limits.hints")
_SHORT = {
    "limits.turns.patience": "patience",
    "limits.turns.interrupt_ms": "interrupt_ms",
    "limits.silence_timeout_s": "silence_timeout_s",
    "limits.max_duration_s": "max_duration_s",
    "limits.speculation": "speculation",
    "limits.hints": "hints",
    "transfer.ring_s": "ring_s",
}
"""Places with a field of a shorter name; any other field is called as its place, with `_` between the steps."""


def _named(places: Sequence[str]) -> dict[str, Path]:
    return {_SHORT.get(place, place.replace(".", "_")): tuple(place.split(".")) for place in places}


TEXTS, NUMBERS, LISTS = _named((*_TEXTS, *_CHOICES)), _named(_NUMBERS), _named(_LISTS)
SWITCHES = _named(_SWITCHES)
"""Yes or no; blank, where a template may leave it open: as the service or Twilio has it."""
ROWS: dict[str, tuple[str, ...]] = {
    "facts": ("question", "answer"),
    "pronunciations": ("word", "say"),
    "variables": ("variable", "value"),
    "week": ("days", "spans"),
    "transfer_week": ("transfer_days", "transfer_spans"),
    "relay_languages": (
        "relay_code", "relay_speaker", "relay_voice_of", "relay_listener", "relay_model_of", "relay_hints",
    ),
    "own_tools": tuple(COLUMNS),
}  # fmt: skip
"""Rows of the form with their columns, each a field that is sent several times."""
PLACES = {
    ".".join(path): name for fields in (TEXTS, NUMBERS, LISTS, SWITCHES) for name, path in fields.items()
} | {
    "limits.turns": "patience",
    "limits.pauses": "limits_pauses_open",
    "limits": "patience",
    "transfer.to": "transfer_to",
    "transfer.order": "transfer_order",
    "transfer.hours.timezone": "transfer_timezone",
    "transfer.hours.week": "transfer_week",
    "transfer.hours.holidays": "transfer_holidays",
    "transfer.hours": "transfer_week",
    "transfer": "transfer_to",
    "hours.timezone": "timezone",
    "hours.week": "week",
    "hours.holidays": "holidays",
    "hours": "week",
    "closed.greeting": "closed_greeting",
    "closed.instead_of_transfer": "closed_instead",
    "closed.text": "closed_text",
    "closed": "closed_greeting",
    "relay.languages": "relay_languages",
    "relay.elevenlabs": "relay_voice",
    "relay": "relay_voice",
}
"""Which field of the form shows what stands at a place of a template; any other place has its own name."""


_COLUMN_OF = {key: column for column, key in COLUMNS.items()} | {"optional": "tool_arguments"}


def field_of(place: str) -> str:
    """Return the field of the form that shows a place of a template, with the number of its row: `facts.3`.

    Of a row with many columns the column is named too: `own_tools.0.tool_url`.
    """
    longest = max(
        (known for known in PLACES if place == known or place.startswith(f"{known}.")), key=len, default=""
    )
    name = PLACES[longest] if longest else place.partition(".")[0]
    rest = place.removeprefix(longest or name).removeprefix(".")
    row, _, inside = rest.partition(".")
    if not (row.isdigit() and name in ROWS):
        return name
    column = _COLUMN_OF.get(inside.partition(".")[0]) if name == "own_tools" else None
    return f"{name}.{row}.{column}" if column else f"{name}.{row}"


def kinds_of(annotation: Any) -> Iterator[Any]:
    """Return what an annotation may be, without what is around it: `Literal[…]`, `bool`, a model."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from kinds_of(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from kinds_of(each)
    else:
        yield annotation


def shown_at(path: Path) -> FieldInfo:
    """Return the field of the model at a place of a template."""
    model: type[BaseModel] = CallTemplate
    for step in path[:-1]:
        model = next(
            kind
            for kind in kinds_of(model.model_fields[step].annotation)
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        )
    return model.model_fields[path[-1]]


def _choices(path: Path) -> tuple[str, ...]:
    return next(get_args(kind) for kind in kinds_of(shown_at(path).annotation) if get_origin(kind) is Literal)


CHOICES = {name: _choices(path) for name, path in _named(_CHOICES).items()}
"""What may be chosen in a field, as the template has it."""


def default_of(path: Path) -> bool | None:
    """Return the value of a switch that nobody has set; None when the template leaves it open."""
    default = shown_at(path).default
    return default if isinstance(default, bool) else None


OPEN_SWITCHES = tuple(name for name, path in SWITCHES.items() if default_of(path) is None)
"""Switches that may be left open."""
