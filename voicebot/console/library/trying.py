"""Try a draft in writing: the same prompt and model as on the phone. Nothing is stored; only the draft's own tools are
asked.
"""

import logging
from dataclasses import asdict
from typing import Any

from flask import current_app

from voicebot.console.library.templates import ONE, found, headed
from voicebot.console.library.wording import TOOLS
from voicebot.console.routes import Notice, Page, Refused, Route, Visit
from voicebot.domain.access.roles import EDITORS
from voicebot.providers.ports import ProviderError
from voicebot.services.templates import try_draft
from voicebot.services.templates.try_draft import LONGEST_TRY, Said
from voicebot.storage.catalogue.templates import StoredTemplate

LONGEST_LINE = 2000
MAX_BODY_BYTES = LONGEST_TRY * LONGEST_LINE * 12
"""A letter takes up to twelve bytes in a form."""
SPEAKERS = ("caller", "bot")
log = logging.getLogger(__name__)


def begin(visit: Visit) -> Page:
    """The greeting, and a line to write."""
    row, _ = found(visit)
    greeting = try_draft.greeting(visit.runtime, row.draft)
    return Page("library/try.html", headed(visit, row) | _shown(visit, row, [Said("bot", greeting)]))


def ask(visit: Visit) -> Notice:
    """What the draft says to the conversation so far."""
    row, _ = found(visit)
    lines = _lines(visit)
    if try_draft.wait_s(current_app.extensions, visit.actor):
        raise Refused(429, "Your team has tried its drafts very often: go on in a minute.", "say")
    try:
        template_id = "" if visit.form.get("no_tools") else str(row.id)
        tried = try_draft.answer(visit.runtime, row.draft, lines, template_id=template_id)
    except ProviderError as error:
        log.warning("a draft could not be tried", extra={"code": error.code, "outcome": error.outcome})
        said = {"failed": "The model does not answer right now: try again in a moment."}
        return Notice("library/try.html", headed(visit, row) | _shown(visit, row, lines) | said, status=503)
    answer = [Said("bot", tried.text)] if tried.text else []
    used = {
        "tools": [TOOLS.get(name, name) for name in tried.not_run],
        "asked": [asdict(use) for use in tried.asked],
    }
    return Notice("library/try.html", headed(visit, row) | _shown(visit, row, [*lines, *answer]) | used)


def _shown(visit: Visit, row: StoredTemplate, lines: list[Said]) -> dict[str, Any]:
    return {
        "lines": [vars(line) for line in lines],
        "tools": [],
        "asked": [],
        "own_tools": [tool.name for tool in row.draft.own_tools],
        "no_tools": bool(visit.form.get("no_tools")),
        "failed": "",
    }


def _lines(visit: Visit) -> list[Said]:
    speakers, texts = visit.ticked.get("speaker", ()), visit.ticked.get("text", ())
    asked = visit.form.get("say", "").strip()
    lines = [Said(speaker, text) for speaker, text in zip(speakers, texts, strict=False) if text]
    lines = [*lines[-LONGEST_TRY + 1 :], Said("caller", asked)]
    if not asked or any(line.speaker not in SPEAKERS or len(line.text) > LONGEST_LINE for line in lines):
        raise Refused(400, f"Write something to the bot, in at most {LONGEST_LINE} characters.", "say")
    return lines


ROUTES = (
    Route("GET", f"{ONE}/try", "tryTemplate", begin, roles=EDITORS, section="Library"),
    Route(
        "POST",
        f"{ONE}/try",
        "askTemplate",
        ask,
        roles=EDITORS,
        max_body_bytes=MAX_BODY_BYTES,
        form_on=("tryTemplate",),
    ),
)
