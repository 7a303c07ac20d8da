"""Run the stand-in providers on a free port for a test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from simulator.config import SimulatorConfig
from simulator.providers.elevenlabs.speech import speech_blueprint
from simulator.providers.hearing.routes import hearing_blueprint
from simulator.providers.knobs import knobs_blueprint
from simulator.providers.openai.chat import chat_blueprint
from simulator.providers.switches import switches_blueprint

KEY = {"Authorization": "Bearer sk-any"}
VOICE_KEY = {"xi-api-key": "any"}
RACHEL = "21m00Tcm4TlvDq8ikWAM"


@dataclass(frozen=True)
class StandIns:
    """The providers of one simulator and the ways to reach them."""

    app: Flask
    url: str

    def chat(self, *messages: dict[str, Any], **more: Any) -> requests.Response:
        """Post a chat completion."""
        body = {"model": "gpt-4o-mini", "messages": list(messages), **more}
        return requests.post(
            f"{self.url}/openai/v1/chat/completions",
            json=body,
            headers=KEY,
            timeout=20,
            stream=bool(more.get("stream")),
        )

    def speak(
        self,
        text: str,
        *,
        voice: str = RACHEL,
        audio_format: str = "mp3_22050_32",
        path: str = "/stream",
        **more: Any,
    ) -> requests.Response:
        """Ask for speech."""
        return requests.post(
            f"{self.url}/elevenlabs/v1/text-to-speech/{voice}{path}",
            params={"output_format": audio_format},
            json={"text": text, **more},
            headers=VOICE_KEY,
            timeout=20,
            stream=True,
        )

    def turn(self, **knob: Any) -> requests.Response:
        """Turn a knob."""
        return requests.post(f"{self.url}/providers/knobs", json=knob, timeout=5)

    def switch(self, **switches: str) -> requests.Response:
        """Set switches."""
        return requests.post(f"{self.url}/providers/switches", json=switches, timeout=5)

    def knobs(self) -> dict[str, Any]:
        """The knobs and what was asked."""
        shown: dict[str, Any] = requests.get(f"{self.url}/providers/knobs", timeout=5).json()
        return shown


class _Http11(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Tests need no access log."""


def app_with(seed: int = 1, speed: float = 0.0) -> Flask:
    """A Flask app with the providers alone."""
    config = SimulatorConfig(account_sid="AC" + "0" * 32, auth_token="t", seed=seed, speed=speed)
    app = Flask(__name__)
    for blueprint in (
        chat_blueprint(config),
        speech_blueprint(config),
        hearing_blueprint(config),
        knobs_blueprint(config),
        switches_blueprint(),
    ):
        app.register_blueprint(blueprint)
    return app


@contextmanager
def serving(app: Flask) -> Iterator[StandIns]:
    """Serve the app until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Http11)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield StandIns(app, f"http://127.0.0.1:{server.server_port}")
    finally:
        for board in ("knobs", "switches"):
            requests.delete(f"http://127.0.0.1:{server.server_port}/providers/{board}", timeout=5)
        server.shutdown()
        server.server_close()
        thread.join()
