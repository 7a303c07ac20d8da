"""An answer was wrong: the right one becomes a fact of the template's draft."""

from dataclasses import dataclass
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.templates.fact import fact_of
from voicebot.runtime import Runtime
from voicebot.storage.catalogue import templates
from voicebot.storage.catalogue.templates import StoredTemplate
from voicebot.transports.template_yaml import template_of

REFUSED = {
    "unknown_call": "There is no such call, or none that you may see.",
    "unknown_utterance": "This was not said in the call.",
    "no_template": "The call ran without a template: there is no draft to add a fact to.",
    "unknown_template": "There is no such template, or none that you may see.",
    "not_allowed": "You may not change this template.",
    "too_many_facts": "The draft has 300 facts already: take one out first.",
}
"""What to say where the database refuses, by its code."""


@dataclass(frozen=True)
class Correction:
    """What the bot should have said. `call` (its public id) or `template` says whose fact it is."""

    answer: str
    question: str = ""
    template: UUID | None = None
    call: UUID | None = None
    utterance: UUID | None = None
    """The transcript's row that was wrong."""

    @property
    def fact(self) -> str:
        """The fact in one."""
        return fact_of(self.question, self.answer)


def add_fact_to_draft(
    runtime: Runtime, wanted: Correction, *, actor: Actor = THE_OPERATOR
) -> tuple[bool, StoredTemplate]:
    """Add the fact; return whether it is new, and the draft that has it. Nothing is published.

    Raises TemplateUnreadable on words that are no fact, TemplateRefused with a code of `REFUSED`.
    """
    # The rules of a template are the rules of its facts.
    (fact,) = template_of({"name": "-", "facts": [wanted.fact]}).facts
    return templates.add_fact_to_draft(
        runtime.database,
        fact,
        template=wanted.template,
        call=wanted.call,
        utterance=wanted.utterance,
        actor=actor,
    )
