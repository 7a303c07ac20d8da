"""What a template tells the model, for calls and texts: how to behave, facts, hours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from voicebot import prompts
from voicebot.domain.templates import spoken_hours
from voicebot.domain.templates.opening_hours import OpeningHours
from voicebot.domain.templates.template import PLACEHOLDER, values_of


def instructions(template: Mapping[str, Any], *, now: datetime) -> str:
    """Return what stands below our own rules: the template's prompt, its facts, and whether it is open.

    A number without a template is answered by the default assistant.
    """
    if not template:
        return prompts.render("assistant")
    prompt = filled(template.get("prompt"), template)
    parts = [prompt or prompts.render("line", line=str(template.get("name") or "this line"))]
    facts = [filled(fact, template) for fact in template.get("facts") or ()]
    hours = hours_of(template)
    if hours is not None:
        facts += [
            *spoken_hours.facts(hours),
            *spoken_hours.holidays(hours, now),
            spoken_hours.state(hours, now),
        ]
    return "\n\n".join([*parts, "\n".join(f"- {fact}" for fact in facts)]).strip()


def filled(words: Any, template: Mapping[str, Any], given: Mapping[str, str] | None = None) -> str:
    """Return words of a template with their placeholders filled; placeholders without a value are left out."""
    values = values_of(template, given)
    return PLACEHOLDER.sub(lambda match: values.get(match.group(1), ""), str(words or "")).strip()


def hours_of(template: Mapping[str, Any]) -> OpeningHours | None:
    """Return when the number is open; None: always."""
    hours = template.get("hours")
    return OpeningHours.from_json(hours) if hours else None


def local_now(template: Mapping[str, Any], now: datetime) -> str:
    """Return the moment as the model is told it: in the zone of the number's hours, else in the zone that `now` has."""
    hours = hours_of(template)
    local = now.astimezone(ZoneInfo(hours.timezone)) if hours else now
    return local.strftime("%A, %d %B %Y, %H:%M ") + (getattr(local.tzinfo, "key", None) or "UTC")
