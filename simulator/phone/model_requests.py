"""The requests to the model's stand-in that belong to a call or to the texts with one person, for the phone page."""

from typing import Any

from flask import Blueprint, current_app

from simulator.carrier.exchange import Exchange
from simulator.phone.whose_request import subject_of
from simulator.providers.openai.model_log import AskedModel, ModelLog, model_log_of


def model_log_for(exchange: Exchange) -> ModelLog:
    """A log that knows this carrier's people, and tells its feed of every request."""

    def changed(asked: AskedModel) -> None:
        about = asked.subject.about if asked.subject else ""
        call_sid = about if about in exchange.live else None
        exchange.feed.publish("model", call_sid, {"n": asked.n, "about": about, "finished": asked.finished})

    log = ModelLog(lambda messages: subject_of(exchange, messages, log.asked_for), changed)
    return log


def model_requests_blueprint() -> Blueprint:
    """`GET /phone/calls/<sid>/model` and `GET /phone/threads/<address>/model`.

    A service that asks another model than this simulator's leaves nothing here.
    """
    blueprint = Blueprint("phone_model", __name__, url_prefix="/phone")

    @blueprint.get("/calls/<about>/model")
    @blueprint.get("/threads/<about>/model")
    def asked(about: str) -> dict[str, Any]:
        return {"requests": [each.shown() for each in model_log_of(current_app).about(about)]}

    return blueprint
