"""One Flask app with everything a simulator is: the carrier, the phones, the providers."""

from flask import Blueprint, Flask, Response, jsonify, request

from simulator.carrier.control import control_blueprint
from simulator.carrier.exchange import Exchange, build_exchange
from simulator.carrier.rest.frame import rest_blueprint
from simulator.config import SimulatorConfig
from simulator.mail.api import mail_blueprint
from simulator.phone.api import phone_blueprint
from simulator.phone.model_requests import model_log_for, model_requests_blueprint
from simulator.phone.page import page_blueprint
from simulator.phone.rows import rows_blueprint
from simulator.phone.sound import sound_blueprint
from simulator.phone.texts import texts_blueprint
from simulator.providers.elevenlabs.speech import mouth_of, speech_blueprint
from simulator.providers.hearing.routes import hearing_blueprint
from simulator.providers.knobs import knobs_blueprint
from simulator.providers.ledger import ledger_of
from simulator.providers.openai.chat import chat_blueprint
from simulator.providers.switches import switches_blueprint
from simulator.providers.vapi.api import vapi_blueprint
from simulator.wire.late_rules import LateRule
from simulator.wire.websocket import is_upgrade

MAX_REQUEST_BYTES = 16 * 1024 * 1024

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

READS = ("GET", "HEAD", "OPTIONS")
OURS = ("/phone/", "/carrier/", "/providers/", "/mail/")
"""What pages, terminals and tests speak to; other paths are the carrier's and the providers' APIs, with formats of theirs."""


def create_app(config: SimulatorConfig) -> Flask:
    """Build a simulator; the carrier's parts are `app.extensions["exchange"]`."""
    app = Flask("simulator", static_folder=None)
    app.url_rule_class = LateRule
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    mouth, spoken = mouth_of(app, config), ledger_of(app, config.data_dir)
    exchange = build_exchange(
        config,
        synthesize=lambda text, voice, audio_format: mouth.synthesize(
            text, voice=voice, audio_format=audio_format
        ),
        recognise=spoken.recognise,
        understand=lambda sound: [(part.text, part.share) for part in spoken.listen(sound)],
    )
    app.extensions["exchange"] = exchange
    app.extensions["model_log"] = model_log_for(exchange)
    for blueprint in (*_carrier(exchange), *_providers(config), *_pages(exchange)):
        app.register_blueprint(blueprint)
    if config.host in LOOPBACK:
        app.before_request(_only_by_the_machine_s_own_name)
    app.before_request(_only_from_pages_of_our_own)
    return app


def _only_by_the_machine_s_own_name() -> tuple[Response, int] | None:
    """A page of another site, whose name is made to point here, must neither phone nor read what callers said."""
    name = request.host.rpartition(":")[0] or request.host
    return None if name in LOOPBACK else (jsonify(error="this address is not served here"), 403)


def _only_from_pages_of_our_own() -> tuple[Response, int] | None:
    """A page of another site can send a form or plain text without being asked, and its browser says where it comes from."""
    if request.method in READS and not is_upgrade(request.environ):
        return None
    origin = request.headers.get("Origin")
    if origin is not None and origin != request.host_url.rstrip("/"):
        return jsonify(error="pages of other sites may not do this"), 403
    has_body = bool(request.content_length) or "Transfer-Encoding" in request.headers
    if has_body and request.path.startswith(OURS) and not request.is_json:
        return jsonify(error="a body is JSON, with Content-Type: application/json"), 415
    return None


def _carrier(exchange: Exchange) -> list[Blueprint]:
    return [
        rest_blueprint(exchange),
        control_blueprint(exchange),
        phone_blueprint(exchange),
        sound_blueprint(exchange),
        texts_blueprint(exchange),
        model_requests_blueprint(),
    ]


def _providers(config: SimulatorConfig) -> list[Blueprint]:
    return [
        chat_blueprint(config),
        speech_blueprint(config),
        hearing_blueprint(config),
        knobs_blueprint(config),
        switches_blueprint(),
        vapi_blueprint(config),
    ]


def _pages(exchange: Exchange) -> list[Blueprint]:
    return [page_blueprint(exchange), rows_blueprint(exchange.config), mail_blueprint()]
