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
from simulator.phone.texts import texts_blueprint
from simulator.providers.elevenlabs.speech import mouth_of, speech_blueprint
from simulator.providers.knobs import knobs_blueprint
from simulator.providers.ledger import ledger_of
from simulator.providers.openai.chat import chat_blueprint

MAX_REQUEST_BYTES = 16 * 1024 * 1024

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(config: SimulatorConfig) -> Flask:
    """Build a simulator; the carrier's parts are `app.extensions["exchange"]`."""
    app = Flask("simulator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    mouth, spoken = mouth_of(app, config), ledger_of(app, config.data_dir)
    exchange = build_exchange(
        config,
        synthesize=lambda text, voice, audio_format: mouth.synthesize(
            text, voice=voice, audio_format=audio_format
        ),
        recognise=spoken.recognise,
    )
    app.extensions["exchange"] = exchange
    app.extensions["model_log"] = model_log_for(exchange)
    for blueprint in (*_carrier(exchange), *_providers(config), *_pages(exchange)):
        app.register_blueprint(blueprint)
    if config.host in LOOPBACK:
        app.before_request(_only_by_the_machine_s_own_name)
    return app


def _only_by_the_machine_s_own_name() -> tuple[Response, int] | None:
    """A page of another site, whose name is made to point here, must neither phone nor read what callers said."""
    name = request.host.rpartition(":")[0] or request.host
    return None if name in LOOPBACK else (jsonify(error="this address is not served here"), 403)


def _carrier(exchange: Exchange) -> list[Blueprint]:
    return [
        rest_blueprint(exchange),
        control_blueprint(exchange),
        phone_blueprint(exchange),
        texts_blueprint(exchange),
        model_requests_blueprint(),
    ]


def _providers(config: SimulatorConfig) -> list[Blueprint]:
    return [chat_blueprint(config), speech_blueprint(config), knobs_blueprint(config)]


def _pages(exchange: Exchange) -> list[Blueprint]:
    return [page_blueprint(exchange), rows_blueprint(exchange.config), mail_blueprint()]
