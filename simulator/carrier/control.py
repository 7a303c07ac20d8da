"""What tests and pages ask of the carrier itself: knobs, ledger, alerts; and Twilio's own list of alerts."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.carrier.books.text_view import message_counts, told_message
from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.formats import utc_now
from simulator.carrier.wire.ledger import Alert, RestEntry, WebhookEntry


def control_blueprint(exchange: Exchange) -> Blueprint:
    """`/carrier/…`: open to this machine, as the phone's API is."""
    blueprint = Blueprint("carrier_control", __name__)

    @blueprint.get("/carrier/knobs")
    def show_knobs() -> dict[str, Any]:
        return exchange.knobs.shown()

    @blueprint.post("/carrier/knobs")
    def turn_knobs() -> Response | tuple[Response, int]:
        wishes = request.get_json(silent=True)
        if not isinstance(wishes, dict):
            return jsonify(error="a JSON object of knobs is expected"), 400
        try:
            exchange.knobs.turn(wishes)
        except (ValueError, TypeError) as error:
            return jsonify(error=str(error)), 400
        return jsonify(exchange.knobs.shown())

    @blueprint.delete("/carrier/knobs")
    def reset_knobs() -> dict[str, Any]:
        exchange.knobs.reset()
        return exchange.knobs.shown()

    _add_records(blueprint, exchange)
    return blueprint


def _add_records(blueprint: Blueprint, exchange: Exchange) -> None:
    @blueprint.get("/carrier/ledger")
    def show_ledger() -> dict[str, Any]:
        call_sid, part = request.args.get("call_sid"), request.args.get("part")
        person = request.args.get("person")

        def shown(entry: RestEntry | WebhookEntry) -> bool:
            return person is None or person in (entry.params.get("From"), entry.params.get("To"))

        parts: dict[str, Callable[[], Any]] = {
            "rest": lambda: [asdict(entry) for entry in exchange.ledger.rest() if shown(entry)],
            "webhooks": lambda: [
                asdict(entry) for entry in exchange.ledger.webhooks(call_sid) if shown(entry)
            ],
            "messages": lambda: [told_message(record) for record in exchange.messages.all()],
            "message_counts": lambda: message_counts(exchange.messages.all()),
        }
        return {name: read() for name, read in parts.items() if part in (None, name)}

    @blueprint.get("/carrier/alerts")
    def show_alerts() -> dict[str, Any]:
        return {"alerts": [asdict(alert) for alert in exchange.ledger.alerts(request.args.get("call_sid"))]}

    @blueprint.get("/carrier/idle")
    def wait_until_idle() -> dict[str, Any]:
        timeout_s = request.args.get("timeout_s", default=10.0, type=float)
        until = time.monotonic() + timeout_s
        # What a text sets off is a callback in the end, so texts come first.
        idle = exchange.texting.idle(timeout_s) and exchange.callbacks.idle(until - time.monotonic())
        return {"idle": idle}

    @blueprint.get("/v1/Alerts")
    def twilio_alerts() -> dict[str, Any]:
        # monitor.twilio.com/v1/Alerts: only here do webhook failures show (handbook 9).
        level = request.args.get("LogLevel")
        alerts = [alert for alert in reversed(exchange.ledger.alerts()) if level in (None, alert.log_level)]
        shown = [_as_twilio(exchange, alert) for alert in alerts]
        return {"alerts": shown, "meta": {"key": "alerts", "page": 0, "page_size": 50, "next_page_url": None}}


def _as_twilio(exchange: Exchange, alert: Alert) -> dict[str, Any]:
    return {
        "sid": alert.sid,
        "account_sid": exchange.config.account_sid,
        "error_code": str(alert.error_code),
        "log_level": alert.log_level,
        "more_info": f"https://www.twilio.com/docs/errors/{alert.error_code}",
        "alert_text": alert.text,
        "resource_sid": alert.call_sid,
        "request_url": alert.url,
        "date_generated": utc_now().isoformat(),
        "api_version": "2010-04-01",
    }
