"""A change of a template: each key of the draft may be left out, and null takes it out."""

from copy import copy
from typing import Annotated, Any

from pydantic import ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from voicebot.api.bodies import Body, Revision
from voicebot.domain.templates.template import CallTemplate


def _optional(known: FieldInfo) -> tuple[Any, FieldInfo]:
    kind: Any = known.annotation
    for rule in known.metadata:
        kind = Annotated[kind, rule]
    field = copy(known)
    field.default, field.default_factory, field.metadata = None, None, []
    return kind | None, field


_KEYS: dict[str, Any] = {name: _optional(known) for name, known in CallTemplate.model_fields.items()}
TemplateKeys = create_model(
    "TemplateKeys",
    __config__=ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True),
    __doc__="Keys of `CallTemplate`: what is left out stays, null takes a key out.",
    **_KEYS,
)
TemplateChange = create_model(
    "TemplateChange",
    __base__=Body,
    __doc__="Keys of the draft to change; null takes a key out. What is left out stays.",
    revision=(Revision, ...),
    draft=(TemplateKeys, Field(description="Keys of `CallTemplate` and what they are from now on.")),
)
