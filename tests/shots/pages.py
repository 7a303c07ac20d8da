"""Every page of the console, made of its table of routes: a page that is new is among them without being written down."""

from collections.abc import Mapping
from string import Template

from voicebot.console.routes import Route
from voicebot.console.table import ROUTES

QUERIES = {
    "search": "?q=service",
    "campaigns": "",
    "figures": "?days=7&by=day",
    "link": "?code=none",
    "invitation": "?code=none",
}
"""What a page is asked with, to have something to show."""


def pages() -> list[Route]:
    """Every route that answers a page for people to read."""
    return [route for route in ROUTES if route.method == "GET" and not route.is_data]


def path_of(route: Route, ids: Mapping[str, str]) -> str:
    """Return where a page is, below the address of the house, with ids of a day's work. Raises KeyError for one that is missing."""
    path = route.path.replace("<uuid:", "${").replace("<int:", "${").replace(">", "}")
    return f"/console{Template(path).substitute(ids)}{QUERIES.get(route.name, '')}"
