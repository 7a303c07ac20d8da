"""An answer was wrong: the right one becomes a fact of a template's draft."""

from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body
from voicebot.api.errors import ApiError, not_allowed
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.access.roles import EDITORS
from voicebot.services.templates.correct import REFUSED, Correction, add_fact_to_draft
from voicebot.storage.catalogue.templates import TemplateRefused
from voicebot.transports.template_yaml import TemplateUnreadable

LONGEST_FACT = 500
STATUS = {"no_template": 409, "too_many_facts": 409}
NOT_ALLOWED = Example("The template is somebody else's.")


class Fact(Body):
    """What the bot is to know."""

    answer: str = Field(min_length=1, max_length=LONGEST_FACT, description="The right answer, as it is said.")
    question: str = Field("", max_length=LONGEST_FACT, description="What was asked.")


class WrongAnswer(Fact):
    """What the bot should have said in a call."""

    utterance: str | None = Field(
        None, max_length=40, description="The `id` of what was wrong in the call's transcript."
    )


class AddedFact(BaseModel):
    """A draft with the fact; nothing is published."""

    template: str
    revision: int
    fact: str
    added: bool = Field(description="false: the draft had it already.")


def add_fact(request: Request) -> Reply:
    """A fact of a template."""
    return _add(request, template=_id(request.path["template"], "unknown_template"))


def correct(request: Request) -> Reply:
    """A fact of the template that led a call."""
    sent = request.body.utterance
    utterance = _id(sent, "unknown_utterance") if sent is not None else None
    return _add(request, call=_id(request.path["call"], "unknown_call"), utterance=utterance)


def _add(
    request: Request, *, template: UUID | None = None, call: UUID | None = None, utterance: UUID | None = None
) -> Reply:
    wanted = Correction(request.body.answer, request.body.question, template, call, utterance)
    try:
        added, kept = add_fact_to_draft(request.runtime, wanted, actor=request.holder.actor)
    except TemplateRefused as error:
        raise _refusal(error.code) from None
    except TemplateUnreadable as error:
        raise ApiError(400, "invalid_request", f"{error}.", field="answer") from None
    told = {"template": str(kept.id), "revision": kept.revision, "fact": wanted.fact, "added": added}
    return Reply(201 if added else 200, told)


def _id(text: str, code: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _refusal(code) from None


def _refusal(code: str) -> ApiError:
    if code == "not_allowed":
        return not_allowed()
    return ApiError(STATUS.get(code, 404), code, REFUSED[code])


ANSWERS = {
    200: Example("The draft has it already.", AddedFact),
    201: Example("The draft with it.", AddedFact),
    404: Example("There is no such thing, or none that this key may see."),
    403: NOT_ALLOWED,
    409: Example("`no_template` or `too_many_facts`."),
}
ROUTES = (
    Route(
        "POST",
        "/templates/<template>/facts",
        "addFact",
        "Add a fact to a template's draft.",
        add_fact,
        ANSWERS,
        body=Fact,
        roles=OPERATOR,
        members=EDITORS,
    ),
    Route(
        "POST",
        "/calls/<call>/corrections",
        "correctAnswer",
        "Say what the bot should have answered: a fact of the draft of the template that led the call.",
        correct,
        ANSWERS,
        body=WrongAnswer,
        roles=OPERATOR,
        members=EDITORS,
    ),
)
