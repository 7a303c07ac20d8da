"""The runtime of the Flask app that handles the request: webhooks, API and console are parts of one app."""

from flask import current_app

from voicebot.runtime import Runtime


def current_runtime() -> Runtime:
    """Return the runtime; only within a request, or within an app's context."""
    runtime: Runtime = current_app.extensions["voicebot"]
    return runtime
