"""Put the web application together: Twilio's webhooks, and every other route of the service on one Flask app behind them."""

import threading

from flask import Flask

from voicebot.api.blueprint import api_blueprint
from voicebot.console.blueprint import console_blueprint
from voicebot.pages.blueprint import pages_blueprint
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.session import carry as carry_call
from webhooks.bodies import with_checked_bodies
from webhooks.direct import Views, posted, with_webhooks
from webhooks.health import health_blueprint
from webhooks.late_rules import LateRule
from webhooks.listeners import listeners_blueprint
from webhooks.speech import speech_blueprint
from webhooks.twilio.relay import RELAY
from webhooks.twilio.reports import REPORTS
from webhooks.twilio.streams import Carry, stream_views
from webhooks.twilio.texts import TEXTS
from webhooks.twilio.voice import VOICE
from webhooks.vapi.events import vapi_blueprint


def create_app(runtime: Runtime, draining: threading.Event | None = None, carry: Carry = carry_call) -> Flask:
    """Return the app of the configured role; handlers find the runtime in `current_app.extensions["voicebot"]`.

    The role `live` serves the sockets of calls and health, `web` everything but the sockets. `carry` runs the session
    of one socket.
    """
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = LateRule
    app.extensions["voicebot"] = runtime
    draining = draining or threading.Event()
    views: Views = {}
    if runtime.settings.role != "web":
        views = stream_views(carry, draining)
        app.register_blueprint(listeners_blueprint())
    app.register_blueprint(health_blueprint(draining))
    if runtime.settings.role != "live":
        views = {**views, **posted(VOICE), **posted(RELAY), **posted(REPORTS), **posted(TEXTS)}
        app.register_blueprint(vapi_blueprint())
        app.register_blueprint(speech_blueprint())
        app.register_blueprint(api_blueprint())
        app.register_blueprint(console_blueprint())
        app.register_blueprint(pages_blueprint(runtime.settings))
    app.extensions["voicebot-webhooks"] = views
    serve_webhooks(app)
    return app


def serve_webhooks(app: Flask) -> None:
    """Let an app with its extensions answer Twilio's webhooks before its own routes, and read broken bodies as such."""
    runtime, views = app.extensions["voicebot"], app.extensions["voicebot-webhooks"]
    served = with_webhooks(Flask.wsgi_app.__get__(app), runtime, views)
    app.wsgi_app = with_checked_bodies(served)  # type: ignore[method-assign, assignment]
