"""The phone page: a phone on the left, what the service does about the call on the right.

Everything on it is served from here: no script, style, font or sound of another host, and nothing inline.
"""

from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template

from simulator.carrier.exchange import Exchange

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
"""The page shows what callers said and what the service answered: none of it may ever run."""


def page_blueprint(exchange: Exchange) -> Blueprint:
    """`/` and `/assets/…`."""
    blueprint = Blueprint(
        "phone_page", __name__, static_folder="assets", static_url_path="/assets", template_folder="assets"
    )

    @blueprint.get("/")
    def page() -> str:
        return render_template("index.html", number=exchange.config.number, service=_service(exchange))

    @blueprint.after_request
    def locked_down(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        # A page that was open yesterday must not talk to today's simulator with yesterday's scripts.
        response.headers["Cache-Control"] = "no-cache"
        return response

    return blueprint


def _service(exchange: Exchange) -> str:
    """The root of the service that the number leads to now; empty where it leads nowhere."""
    number = exchange.numbers.by_number(exchange.config.number)
    parts = urlsplit(number.voice_url if number else "")
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""
