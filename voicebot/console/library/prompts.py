"""Prompts: what the model is told, to read."""

from voicebot.console.routes import Page, Route, Visit
from voicebot.domain.access.roles import READERS
from voicebot.services.templates.prompts_told import all_prompts


def show(_: Visit) -> Page:
    """Every prompt with its placeholders."""
    told = [
        {
            "name": one.name,
            "used": one.used,
            "pieces": [{"text": text, "is_placeholder": marked} for text, marked in one.pieces],
        }
        for one in all_prompts()
    ]
    return Page("library/prompts.html", {"prompts": told})


ROUTES = (
    Route("GET", "/library/prompts", "prompts", show, roles=READERS, title="Prompts", section="Library"),
)
