"""The files of messages over REST (handbook 6.1)."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from simulator.carrier.books.messages import MediaItem, MessageRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.rest.message_json import shown_media
from simulator.carrier.rest.paging import page_of
from simulator.carrier.wire.rest_errors import not_found

OPEN_ENDPOINT = "fetch_file"
"""The one route that asks for no credentials unless the account says so (knob `media_auth`)."""

Known = Callable[[Exchange, str], MessageRecord]


def add_media_routes(blueprint: Blueprint, exchange: Exchange, known: Known) -> None:
    """Put the Media resource on the API's blueprint."""

    @blueprint.get("/<account>/Messages/<message_sid>/Media.json")
    def list_media(message_sid: str) -> dict[str, Any]:
        record = known(exchange, message_sid)
        return page_of(
            list(record.media),
            "media_list",
            sid=lambda item: item.sid,
            show=lambda item: shown_media(record, item),
            path=request.path,
            params=request.args.to_dict(),
        )

    @blueprint.get("/<account>/Messages/<message_sid>/Media/<sid>.json")
    def fetch_media(message_sid: str, sid: str) -> dict[str, Any]:
        record = known(exchange, message_sid)
        return shown_media(record, _item(record, sid))

    @blueprint.get("/<account>/Messages/<message_sid>/Media/<sid>", endpoint=OPEN_ENDPOINT)
    def fetch_file(message_sid: str, sid: str) -> AnyResponse:
        item = _item(known(exchange, message_sid), sid)
        return redirect(item.url) if item.url else Response(item.content, mimetype=item.content_type)

    @blueprint.delete("/<account>/Messages/<message_sid>/Media/<sid>.json")
    def delete_media(message_sid: str, sid: str) -> tuple[str, int]:
        record = known(exchange, message_sid)
        gone = _item(record, sid)
        record.media = tuple(item for item in record.media if item is not gone)
        return "", 204


def _item(record: MessageRecord, sid: str) -> MediaItem:
    for item in record.media:
        if item.sid == sid:
            return item
    raise not_found(request.path)
