"""The keys of a template as a change names them: each may be left out, and null takes it out."""

from copy import copy
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, create_model
from pydantic.fields import FieldInfo

from voicebot.domain.template import CallTemplate


def _optional(known: FieldInfo) -> tuple[Any, FieldInfo]:
    kind: Any = known.annotation
    for rule in known.metadata:
        kind = Annotated[kind, rule]
    field = copy(known)
    field.default, field.default_factory, field.metadata = None, None, []
    return kind | None, field


if TYPE_CHECKING:
    TemplateKeys = CallTemplate
else:
    TemplateKeys = create_model(
        "TemplateKeys",
        __config__=ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True),
        __doc__="Keys of `CallTemplate`: what is left out stays, null takes a key out.",
        **{name: _optional(known) for name, known in CallTemplate.model_fields.items()},
    )
