"""Put the web application together: every route of the service on one Flask app."""

import threading

from flask import Flask

from voicebot.api.blueprint import api_blueprint
from voicebot.console.blueprint import console_blueprint
from voicebot.pages.blueprint import pages_blueprint
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.session import carry as carry_call
from webhooks.bodies import with_checked_bodies
from webhooks.health import health_blueprint
from webhooks.late_rules import LateRule
from webhooks.listeners import listeners_blueprint
from webhooks.speech import speech_blueprint
from webhooks.straight import StraightApp
from webhooks.twilio.relay import relay_blueprint
from webhooks.twilio.reports import statuses_blueprint
from webhooks.twilio.streams import Carry, streams_blueprint
from webhooks.twilio.texts import sms_blueprint
from webhooks.twilio.voice import voice_blueprint
from webhooks.vapi.events import vapi_blueprint


def create_app(runtime: Runtime, draining: threading.Event | None = None, carry: Carry = carry_call) -> Flask:
    """Return the app of the configured role; handlers find the runtime in `current_app.extensions["voicebot"]`.

    The role `live` serves the sockets of calls and health, `web` everything but the sockets. `carry` runs the session
    of one socket.
    """
    app = StraightApp(__name__, static_folder=None)
    app.url_rule_class = LateRule
    app.wsgi_app = with_checked_bodies(app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.extensions["voicebot"] = runtime
    draining = draining or threading.Event()
    app.register_blueprint(health_blueprint(draining))
    if runtime.settings.role != "web":
        app.register_blueprint(streams_blueprint(carry, draining))
        app.register_blueprint(listeners_blueprint())
    if runtime.settings.role == "live":
        return app
    app.register_blueprint(voice_blueprint())
    app.register_blueprint(relay_blueprint())
    app.register_blueprint(statuses_blueprint())
    app.register_blueprint(sms_blueprint())
    app.register_blueprint(vapi_blueprint())
    app.register_blueprint(speech_blueprint())
    app.register_blueprint(api_blueprint())
    app.register_blueprint(console_blueprint())
    app.register_blueprint(pages_blueprint(runtime.settings))
    app.go_straight_to("/twilio/")
    return app
