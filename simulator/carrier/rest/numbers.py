"""IncomingPhoneNumbers over REST: list, fetch, change the URLs."""

from typing import Any

from flask import Blueprint, request

from simulator.carrier.books.numbers import OwnNumber
from simulator.carrier.exchange import Exchange
from simulator.carrier.rest.paging import page_of
from simulator.carrier.wire.rest_errors import RestError, not_found


def add_number_routes(blueprint: Blueprint, exchange: Exchange) -> None:
    """Put the IncomingPhoneNumbers resource on the API's blueprint."""

    @blueprint.get("/<account>/IncomingPhoneNumbers.json")
    def list_numbers() -> dict[str, Any]:
        params = request.args.to_dict()
        wanted = [
            number
            for number in exchange.numbers.all()
            if params.get("PhoneNumber", "") in number.phone_number
            and params.get("FriendlyName", number.shown()["friendly_name"]) == number.shown()["friendly_name"]
        ]
        return page_of(
            wanted,
            "incoming_phone_numbers",
            sid=lambda number: number.sid,
            show=lambda number: number.shown(),
            path=f"/2010-04-01/Accounts/{exchange.config.account_sid}/IncomingPhoneNumbers.json",
            params=params,
        )

    @blueprint.get("/<account>/IncomingPhoneNumbers/<sid>.json")
    def fetch_number(sid: str) -> dict[str, Any]:
        return _known(sid).shown()

    @blueprint.post("/<account>/IncomingPhoneNumbers/<sid>.json")
    def change_number(sid: str) -> dict[str, Any]:
        _known(sid)
        params = request.form.to_dict()
        for name in ("VoiceUrl", "VoiceFallbackUrl", "StatusCallback", "SmsUrl", "SmsFallbackUrl"):
            if params.get(name) and not params[name].startswith(("http://", "https://")):
                raise RestError(400, 21205, f"{name} is not a valid URL")
        return exchange.numbers.change(sid, params).shown()

    def _known(sid: str) -> OwnNumber:
        number = exchange.numbers.by_sid(sid)
        if number is None:
            raise not_found(request.path)
        return number
