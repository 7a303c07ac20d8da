"""Correct an answer where it is read: the right one becomes a fact of the template's draft."""

from uuid import UUID

from voicebot.console.routes import Move, Refused, Route, Visit
from voicebot.domain.access.roles import EDITORS
from voicebot.services.templates.correct import REFUSED, Correction, add_fact_to_draft
from voicebot.storage.catalogue.templates import TemplateRefused
from voicebot.transports.template_yaml import TemplateUnreadable

FORBIDDEN, GONE = ("not_allowed",), ("unknown_call", "unknown_template", "unknown_utterance")


def correct(visit: Visit) -> Move:
    """Keep the right answer, and lead to the draft that has it."""
    form = visit.form
    wanted = Correction(
        form.get("answer", ""),
        form.get("question", ""),
        call=visit.path["call"],
        utterance=_utterance(form.get("utterance", "")),
    )
    try:
        _, kept = add_fact_to_draft(visit.runtime, wanted, actor=visit.actor)
    except TemplateRefused as error:
        status = 403 if error.code in FORBIDDEN else 404 if error.code in GONE else 409
        raise Refused(status, REFUSED[error.code]) from None
    except TemplateUnreadable:
        raise Refused(400, "Write the right answer in 1 to 500 characters.", "answer") from None
    return Move(f"/console/library/templates/{kept.id}#facts")


def _utterance(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Refused(404, REFUSED["unknown_utterance"]) from None


ROUTES = (
    Route(
        "POST", "/calls/<uuid:call>/correction", "correctAnswer", correct, roles=EDITORS, form_on=("call",)
    ),
)
