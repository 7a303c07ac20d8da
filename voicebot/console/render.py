"""What every template of the console finds beside the data of its page."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from voicebot.console.assets import address_of
from voicebot.console.routes import Route, Visit
from voicebot.console.words import ago, clock, exact, lasted, with_code
from voicebot.domain.access.next_page import HOME
from voicebot.domain.access.roles import READ_NUMBERS
from voicebot.runtime import Runtime
from voicebot.storage.access.sessions import Session

FORM_TOKEN = "@the token of the form@"
"""Stands in parts that are made for several readers; each is sent the token of their own session."""


def values_of(
    runtime: Runtime,
    data: Mapping[str, Any],
    session: Session | None,
    *,
    form_token: str,
    route: Route | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the page's data with what all pages share: words for times, the form's token, the address."""
    zone = Visit(runtime, session, "").zone
    return {
        **data,
        "session": session,
        "clock_of": zone,
        "may_read_numbers": session is not None and session.role in READ_NUMBERS,
        "route": route,
        "query": urlencode({name: value for name, value in (query or {}).items() if value}),
        "filtered": urlencode(
            {name: value for name, value in (query or {}).items() if value and name != "before"}
        ),
        "home": HOME,
        "asset": address_of,
        "form_token": form_token,
        "new_key": lambda: secrets.token_urlsafe(12),
        "exact": lambda moment: exact(moment, zone),
        "ago": lambda moment: ago(moment, runtime.now()),
        "clock": lambda moment: clock(moment, zone),
        "lasted": lasted,
        "with_code": with_code,
    }


def navigation_of(routes: Sequence[Route], session: Session | None, route: Route | None) -> dict[str, Any]:
    """Return the first and the second line of the navigation, as far as the session may go there."""
    titled = [one for one in routes if one.title and session is not None and session.role in one.roles]
    section = _section_of(route, titled)
    first = {one.section or one.title: one for one in reversed(titled)}
    return {
        "navigation": [(words, one) for words, one in reversed(first.items())],
        "section": [one for one in titled if section and one.section == section],
        "section_name": section,
        "stands_at": route,
    }


def _section_of(route: Route | None, titled: Sequence[Route]) -> str:
    """Return the section of a route; a page below one, such as the answer to its form, belongs to it too."""
    if route is None or route.section:
        return route.section if route else ""
    above = [one for one in titled if one.path and f"{route.path}/".startswith(f"{one.path}/")]
    return max(above, key=lambda one: len(one.path)).section if above else ""
