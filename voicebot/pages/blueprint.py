"""`/` and `/api/v1/docs`, without a script and without anything that outsiders should not know."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template

from voicebot.api.blueprint import PREFIX, description
from voicebot.pages.api_reference import groups_of
from voicebot.settings import Settings

FOLDER = Path(__file__).parent
FILES = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}


def pages_blueprint(settings: Settings) -> Blueprint:
    """Make the pages. Each is rendered once: they are the same for everybody."""
    blueprint = Blueprint("pages", __name__, template_folder="templates")
    pages: dict[str, str] = {}
    lock = threading.Lock()

    def page(template: str, values: Callable[[], dict[str, Any]]) -> Response:
        with lock:
            if template not in pages:
                links = {"docs": f"{PREFIX}/docs", "openapi": f"{PREFIX}/openapi.json"}
                pages[template] = render_template(template, **links, **values())
        return Response(pages[template], mimetype="text/html", headers=HEADERS)

    @blueprint.get("/")
    def front() -> Response:
        # Without accounts everything listens on this machine alone, so nobody else learns of the simulator.
        return page("front.html", lambda: {"simulator": settings.simulator_url if settings.offline else ""})

    @blueprint.get(f"{PREFIX}/docs")
    def api_docs() -> Response:
        def values() -> dict[str, Any]:
            document = description()
            groups = groups_of(document, settings.public_url)
            return {"info": document["info"], "groups": groups, "server": PREFIX}

        return page("api.html", values)

    for name, mimetype in FILES.items():
        blueprint.add_url_rule(f"/{name}", name.replace(".", "_"), partial(_file, FOLDER / name, mimetype))
    return blueprint


def _file(path: Path, mimetype: str) -> Response:
    return Response(path.read_bytes(), mimetype=mimetype, headers=HEADERS)
