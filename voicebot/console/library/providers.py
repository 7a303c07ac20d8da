"""Providers: which is configured, whether it is well, how soon it answers, and how many places are taken."""

from collections.abc import Sequence
from typing import Any

from voicebot.console.routes import Page, Route, Visit
from voicebot.domain.access.roles import READERS
from voicebot.runtime import Runtime
from voicebot.services.operators.providers_seen import places, uses
from voicebot.storage.providers import ProviderRefused, list_providers


def show(visit: Visit) -> Page:
    """What thinks, speaks, hears and dials."""
    return Page(
        "library/providers.html",
        {
            "configured": _parts(visit.runtime),
            "diallers": _diallers(visit),
            "uses": [vars(one) for one in uses()],
            "places": [vars(one) for one in places()],
        },
    )


def _parts(runtime: Runtime) -> list[dict[str, str]]:
    """What is configured; no secret and no address."""
    settings = runtime.settings
    transcriber = runtime.transcriber
    found = [
        ("thinks", "OpenAI", settings.openai_model),
        ("thinks when that fails", "OpenAI", settings.openai_fallback_model),
        ("hears, thinks and speaks by itself", "OpenAI", settings.realtime_model),
        ("speaks", "ElevenLabs", settings.speaker),
        ("hears", transcriber.name if transcriber else "", ""),
        ("carries calls and texts", "Twilio", settings.voice_transport),
    ]
    where = "stand-in of the simulator" if settings.offline else "account of the settings"
    return [
        {"does": does, "provider": provider, "with": how, "where": where}
        for does, provider, how in found
        if provider and (how or does == "hears")
    ]


def _diallers(visit: Visit) -> Sequence[dict[str, Any]] | None:
    """None: they are the whole service's, and not for who asks."""
    try:
        rows = list_providers(visit.runtime.database, actor=visit.reader)
    except ProviderRefused:
        return None
    names = ("name", "kind", "enabled", "priority", "concurrency_limit", "calls_per_second", "under_way")
    return [
        {name: row[name] for name in names}
        | {"breaker": row["breaker"]["state"], "reason": row["breaker"]["reason"]}
        for row in rows
    ]


ROUTES = (
    Route(
        "GET", "/library/providers", "providers", show, roles=READERS, title="Providers", section="Library"
    ),
)
