"""Put the web application together: every route of the service on one Flask app."""

import threading

from flask import Flask

from voicebot.api.blueprint import api_blueprint
from voicebot.console.blueprint import console_blueprint
from voicebot.pages.blueprint import pages_blueprint
from voicebot.runtime import Runtime
from webhooks.bodies import with_checked_bodies
from webhooks.health import health_blueprint
from webhooks.speech import speech_blueprint
from webhooks.twilio.reports import statuses_blueprint
from webhooks.twilio.texts import sms_blueprint
from webhooks.twilio.voice import voice_blueprint
from webhooks.vapi.events import vapi_blueprint


def create_app(runtime: Runtime, draining: threading.Event | None = None) -> Flask:
    """Return the app of the configured role; handlers find the runtime in `current_app.extensions["voicebot"]`.

    The role `live` is for the sockets of calls. Until there are any it answers health and nothing else.
    """
    app = Flask(__name__, static_folder=None)
    app.wsgi_app = with_checked_bodies(app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.extensions["voicebot"] = runtime
    app.register_blueprint(health_blueprint(draining or threading.Event()))
    if runtime.settings.role == "live":
        return app
    app.register_blueprint(voice_blueprint())
    app.register_blueprint(statuses_blueprint())
    app.register_blueprint(sms_blueprint())
    app.register_blueprint(vapi_blueprint())
    app.register_blueprint(speech_blueprint())
    app.register_blueprint(api_blueprint())
    app.register_blueprint(console_blueprint())
    app.register_blueprint(pages_blueprint(runtime.settings))
    return app
