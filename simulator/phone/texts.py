"""The texting side of the phone's JSON API: write to the bot, read a thread, wait for an answer."""

import base64
import binascii
import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.carrier.books.messages import MediaItem, MessageRecord
from simulator.carrier.books.text_view import has_arrived, text_view
from simulator.carrier.exchange import Exchange
from simulator.carrier.texts.checks import WHATSAPP
from simulator.carrier.texts.inbound import Written, text_in

LONGEST_POLL_S = 55.0
MAX_MEDIA = 10
MAX_BODY = 1600

SAMPLE_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""What a person sends who names only the type of a file: one pixel."""

DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", re.S)


class _Refused(Exception):
    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


def texts_blueprint(exchange: Exchange) -> Blueprint:
    """`/phone/texts`: a thread is named by the person's address, `whatsapp:` and all."""
    blueprint = Blueprint("phone_texts", __name__, url_prefix="/phone")

    @blueprint.errorhandler(_Refused)
    def refused(error: _Refused) -> tuple[Response, int]:
        return jsonify(error=error.error), error.status

    @blueprint.post("/texts")
    def text_the_bot() -> tuple[dict[str, Any], int]:
        wish = request.get_json(silent=True)
        if not isinstance(wish, dict):
            raise _Refused(400, "a JSON object is expected")
        number = exchange.numbers.by_number(_bare(str(wish.get("to") or exchange.config.number)))
        if number is None:
            raise _Refused(404, "nobody has this number")
        return {"sid": text_in(exchange, number, _written(wish)).sid}, 201

    @blueprint.get("/texts")
    def show_thread() -> dict[str, Any]:
        return {"texts": [text_view(record) for record in _thread(exchange)]}

    @blueprint.get("/threads")
    def list_threads() -> dict[str, Any]:
        return {"threads": _threads(exchange)}

    @blueprint.get("/texts/wait")
    def wait_for_text() -> dict[str, Any]:
        after = request.args.get("after", default=0, type=int)
        wanted = request.args.get("for", "arrived")
        if wanted not in ("arrived", "any"):
            raise _Refused(400, "for is one of arrived, any")

        def come() -> bool:
            newer = [record for record in _thread(exchange) if record.thread_index > after]
            return any(has_arrived(record) or (wanted == "any" and not record.inbound) for record in newer)

        in_time = exchange.feed.wait(come, _timeout_s())
        return show_thread() | {"timed_out": not in_time}

    return blueprint


def _thread(exchange: Exchange) -> list[MessageRecord]:
    person = request.args.get("with", "")
    if not person:
        raise _Refused(400, "with is missing: whose thread?")
    # A plus sign that nobody encoded arrives as a space.
    return exchange.messages.thread(re.sub(r"^(whatsapp:)? ", r"\1+", person))


def _threads(exchange: Exchange) -> list[dict[str, Any]]:
    """The newest text of each thread, the newest thread first."""
    newest: dict[str, MessageRecord] = {}
    for record in exchange.messages.all():
        newest.pop(record.person, None)
        newest[record.person] = record
    return [text_view(record) for record in reversed(newest.values())]


def _written(wish: dict[str, Any]) -> Written:
    from_, body, media = str(wish.get("from") or ""), wish.get("body", ""), wish.get("media") or []
    if not from_:
        raise _Refused(400, "from is missing")
    if not isinstance(body, str) or len(body) > MAX_BODY:
        raise _Refused(400, f"body is a text of at most {MAX_BODY} characters")
    if not isinstance(media, list) or len(media) > MAX_MEDIA:
        raise _Refused(400, f"media is a list of at most {MAX_MEDIA}")
    channel = wish.get("channel", "sms")
    if channel not in ("sms", "whatsapp"):
        raise _Refused(400, "channel is one of sms, whatsapp")
    if channel == "whatsapp" and not from_.startswith(WHATSAPP):
        from_ = WHATSAPP + from_
    return Written(
        from_,
        body,
        tuple(_item(each) for each in media),
        str(wish.get("sid") or ""),
        str(wish.get("profile_name") or "Somebody"),
    )


def _item(given: Any) -> MediaItem:
    """A data URL, or only a type such as `image/png`."""
    found = DATA_URL.fullmatch(given) if isinstance(given, str) else None
    try:
        if found is not None:
            return MediaItem(found[1], base64.b64decode(found[2], validate=True))
    except binascii.Error:
        raise _Refused(400, "media is not base64") from None
    if isinstance(given, str) and re.fullmatch(r"[\w.+-]+/[\w.+-]+", given):
        return MediaItem(given, SAMPLE_PNG)
    raise _Refused(400, "media are data URLs, or types such as image/png")


def _bare(number: str) -> str:
    return number.removeprefix(WHATSAPP)


def _timeout_s() -> float:
    wished = request.args.get("timeout_s", default=15.0, type=float)
    return max(0.0, min(LONGEST_POLL_S, wished))
