"""What one open page shows, as far as it follows what happens: found by the page's address, and made anew by its own handler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

from voicebot.console.render import FORM_TOKEN, values_of
from voicebot.console.routes import Page, Refused, Route, Visit
from voicebot.domain.access.next_page import HOME
from voicebot.runtime import Runtime
from voicebot.storage.access.sessions import Session
from voicebot.storage.pages import ListRefused
from voicebot.storage.texts.inbox import waiting_for_people

LONGEST_PAGE = 2000


class Gone(Exception):
    """Whoever watches may not see it any more, or it is not there."""


@dataclass(frozen=True)
class View:
    """A page as one reader sees it. Readers with equal views get the same HTML."""

    route: str
    path: tuple[tuple[str, Any], ...]
    query: tuple[tuple[str, str], ...]
    session: Session
    topics: tuple[str, ...]


class Views:
    """Finds and makes them."""

    def __init__(self, app: Flask, runtime: Runtime, routes: Sequence[Route]) -> None:
        self._app, self._runtime = app, runtime
        self._routes = {f"console.{route.name}": route for route in routes if route.live}
        self._by_name = {route.name: route for route in self._routes.values()}

    def find(self, page: str, session: Session) -> View:
        """Return the view of a page's address. Raises Refused when it does not follow anything, or is not the session's."""
        try:
            parts = urlsplit(page[:LONGEST_PAGE])
            query = _query(parts.query)
        except ValueError:
            raise Refused(404, "There is no such page.") from None
        try:
            endpoint, path = self._app.url_map.bind("").match(parts.path, method="GET")
        except HTTPException:
            endpoint, path = "", {}
        route = self._routes.get(endpoint)
        if route is None or parts.netloc or not parts.path.startswith(HOME):
            raise Refused(404, "There is no such page, or it does not change by itself.")
        if session.role not in route.roles:
            raise Refused(403, "Your role may not see this.")
        topics = tuple(topic.format(**path) for topic in route.topics)
        whose = _anybody_like(session) if route.is_shared else session
        return View(route.name, tuple(sorted(path.items())), query, whose, topics)

    def note(self, view: View, visit: Visit) -> None:
        """Put on record that somebody follows the view from now on."""
        self._by_name[view.route].on_watch(replace(visit, path=dict(view.path)))

    def parts(self, view: View) -> Mapping[str, str]:
        """Return a part's name -> its HTML, with FORM_TOKEN where a form's token goes. Raises Gone and DatabaseAway."""
        route = self._by_name[view.route]
        visit = Visit(
            self._runtime,
            view.session,
            address="",
            path=dict(view.path),
            query=dict(view.query),
            is_refresh=True,
        )
        with self._app.app_context():
            try:
                found = route.handler(visit)
            except (Refused, ListRefused) as error:
                raise Gone from error
            if not isinstance(found, Page):
                raise Gone
            waits = {}
            if "waits" in route.live:
                waits = {"inbox_waits": waiting_for_people(self._runtime.database, actor=visit.reader)}
            return self._blocks(route, replace(found, data={**found.data, **waits}), view)

    def _blocks(self, route: Route, page: Page, view: View) -> Mapping[str, str]:
        values = values_of(
            self._runtime, page.data, view.session, form_token=FORM_TOKEN, route=route, query=dict(view.query)
        )
        templates = self._app.jinja_env
        values["parts"] = templates.get_template("console/parts.html").make_module(values)
        template = templates.get_template(f"console/{page.template}")
        context = template.new_context(values)
        # What every page has around it stands in the frame.
        blocks = {**templates.get_template("console/frame.html").blocks, **template.blocks}
        return {name: "".join(blocks[name](context)) for name in route.live}


def _query(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(dict(parse_qsl(text, max_num_fields=50)).items()))


def _anybody_like(session: Session) -> Session:
    """The readers who see the same: an agent sees only the agent's rows, everybody else the organization's."""
    if session.administrator or session.role == "agent":
        return session
    return replace(session, user_id=None, name=None)
