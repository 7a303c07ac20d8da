"""Somebody who texts, and what became of what they said, for tests of refusals."""

from collections.abc import Sequence
from typing import Any

from tests.services.texts.text_house import Connection, answer_all, outgoing, texts
from tests.support.providers import ScriptedModel
from voicebot.domain.texts.our_name import signed
from voicebot.runtime import Runtime
from voicebot.services.texts.second_opinion import Opinion
from voicebot.storage import escalations, suppressions
from voicebot.storage.escalations import EscalationFilter

TO_CONSENT = ("Hello", "Ada", "London", "any")
"""What somebody new texts until we ask for their consent."""


def says(runtime: Runtime, number: str, *bodies: str) -> None:
    for body in bodies:
        texts(runtime, number, body)
        answer_all(runtime)


def opinion(model: ScriptedModel, **gives: bool) -> list[str]:
    """Have the second opinion be this; return the prompts that it was asked with."""
    asked: list[str] = []

    def complete_json(request: Any, **_: Any) -> Opinion:
        asked.append(str(request.messages[0]["content"]))
        return Opinion(**({"stop": False} | gives))

    model.complete_json = complete_json  # type: ignore[method-assign]
    return asked


def is_stopped(runtime: Runtime, number: str) -> bool:
    return suppressions.is_suppressed(runtime.database, number)


def told(owner: Connection, number: str) -> list[str]:
    return [row["content"] for row in outgoing(owner, number)]


def consents(owner: Connection, number: str) -> list[tuple[str, str]]:
    return owner.execute(
        "select purpose, state from public.consents where phone_number = %s order by id", [number]
    ).fetchall()


def our(runtime: Runtime, *phrases: str) -> list[str]:
    return [signed(phrase, runtime.settings.service_name) for phrase in phrases]


def reasons(runtime: Runtime, number: str) -> Sequence[str]:
    page = escalations.escalations_page(runtime.database, EscalationFilter(number=number, state="open"))
    return [row["reason"] for row in page.rows]
