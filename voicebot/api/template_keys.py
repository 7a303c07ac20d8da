"""The keys of a template as a change names them: each may be left out, and null takes it out."""

from copy import copy
from typing import Annotated, Any

from pydantic.fields import FieldInfo

from voicebot.domain.templates.template import CallTemplate

TemplateKeys = CallTemplate


def _optional(known: FieldInfo) -> tuple[Any, FieldInfo]:
    kind: Any = known.annotation
    for rule in known.metadata:
        kind = Annotated[kind, rule]
    field = copy(known)
    field.default, field.default_factory, field.metadata = None, None, []
    return kind | None, field
