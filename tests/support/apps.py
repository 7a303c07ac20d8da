"""The whole app as tests have it: its routes are put together once a process, for that takes longer than most tests."""

import copy
import threading
from functools import cache
from types import SimpleNamespace
from typing import Any

from flask import Flask

from voicebot.console.live.hub import Hub
from voicebot.console.live.pages import Live
from voicebot.console.live.views import Views
from voicebot.console.table import ROUTES
from voicebot.settings import load_settings
from webhooks.app import create_app, serve_webhooks


def app_of(runtime: Any) -> Flask:
    """Return an app that serves `runtime` as `create_app` would; only the pages that are rendered once differ.

    Several may serve at once, each its runtime: they share the routes and nothing else.
    """
    made = copy.copy(_with_routes(runtime.settings.role))
    made.config = copy.copy(made.config)
    views = Views(made, runtime, ROUTES)
    live = Live(views, Hub(runtime.database, views.parts, threading.Event()))
    views_of_twilio = made.extensions["voicebot-webhooks"]
    made.extensions = {
        "voicebot": runtime,
        "voicebot-live": live,
        "voicebot-webhooks": views_of_twilio,
    }
    serve_webhooks(made)
    return made


@cache
def _with_routes(role: str) -> Flask:
    settings = load_settings({}).model_copy(update={"role": role})
    return create_app(SimpleNamespace(settings=settings, database=None))
