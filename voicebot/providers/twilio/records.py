"""Twilio's records as ours. Durations and prices come as strings or null, and later than the call's end."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from voicebot.providers.ports import (
    NUMBER_METHODS,
    NUMBER_SIDS,
    NUMBER_URLS,
    ProviderCall,
    ProviderMedia,
    ProviderMessage,
    ProviderNumber,
)


def call_of(record: Any) -> ProviderCall:
    """Turn the SDK's call into ours. Raises ValueError for one without a SID or a status."""
    if not record.sid or not record.status:
        raise ValueError("a call without SID or status")
    return ProviderCall(
        sid=record.sid,
        status=str(record.status),
        direction=str(record.direction or ""),
        # The SDK hides it behind an underscore, because `from` is a word of Python's.
        from_number=str(record._from or ""),
        to_number=str(record.to or ""),
        duration_s=_whole_number(record.duration),
        price=_money(record.price),
        price_unit=record.price_unit,
        created_at=_moment(record.date_created),
        started_at=_moment(record.start_time),
        ended_at=_moment(record.end_time),
        parent_sid=record.parent_call_sid or None,
    )


def message_of(record: Any) -> ProviderMessage:
    """Turn the SDK's message into ours. Raises ValueError for one without a SID or a status."""
    if not record.sid or not record.status:
        raise ValueError("a message without SID or status")
    return ProviderMessage(
        sid=record.sid,
        status=str(record.status),
        direction=str(record.direction or ""),
        from_number=str(record.from_ or ""),
        to_number=str(record.to or ""),
        body=str(record.body or ""),
        account_sid=str(record.account_sid or ""),
        segments=_whole_number(record.num_segments),
        media_count=_whole_number(record.num_media) or 0,
        error_code=str(record.error_code) if record.error_code else None,
        price=_money(record.price),
        price_unit=record.price_unit,
        created_at=_moment(record.date_created),
        sent_at=_moment(record.date_sent),
    )


def media_of(record: Any) -> ProviderMedia:
    """Turn the SDK's media into ours. Raises ValueError for one without an address."""
    if not record.uri:
        raise ValueError("media without an address")
    path = str(record.uri).removesuffix(".json")
    return ProviderMedia(url=f"https://api.twilio.com{path}", content_type=str(record.content_type or ""))


def number_of(record: Any) -> ProviderNumber:
    """Turn the SDK's incoming number into ours. Raises ValueError for one without a SID or a number."""
    if not record.sid or not record.phone_number:
        raise ValueError("a number without SID or number")
    able = record.capabilities if isinstance(record.capabilities, dict) else {}
    return ProviderNumber(
        sid=record.sid,
        number=record.phone_number,
        # Twilio writes SMS and MMS in capitals here and small elsewhere.
        capabilities={str(name).lower(): bool(can) for name, can in able.items()},
        **{name: str(getattr(record, name) or "") for name in (*NUMBER_URLS, *NUMBER_SIDS)},
        **{name: str(getattr(record, name) or "POST") for name in NUMBER_METHODS.values()},
    )


def _whole_number(said: object) -> int | None:
    text = str(said).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _money(said: object) -> Decimal | None:
    """Twilio writes a cost as a negative number; the sign stays."""
    try:
        amount = Decimal(str(said))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _moment(said: object) -> datetime | None:
    """The SDK hands back what it could not read as it was."""
    return said.astimezone(UTC) if isinstance(said, datetime) else None
