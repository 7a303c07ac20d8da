"""Twilio's identifiers, dates and numbers as they stand in its JSON and its forms."""

import hashlib
import math
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import uuid4


def new_sid(prefix: str) -> str:
    """A fresh identifier such as CA + 32 hex digits."""
    return prefix + uuid4().hex


def lasting_sid(prefix: str, *parts: str) -> str:
    """An identifier that is the same at every start for the same parts."""
    return prefix + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def utc_now() -> datetime:
    """The wall clock's time in UTC."""
    return datetime.now(UTC)


def rfc2822(moment: datetime | None) -> str | None:
    """The date format of the 2010 API and of callbacks (handbook 1.4, 9)."""
    return None if moment is None else format_datetime(moment.astimezone(UTC))


def billed_minutes(duration_s: int) -> int:
    """Minutes rounded up: the callback field `Duration` (handbook 1.4)."""
    return math.ceil(duration_s / 60)


def national(number: str) -> str:
    """`(202) 555-0123` for a North American number, anything else as it came."""
    digits = number.removeprefix("+1")
    if len(digits) == 10 and digits.isdigit() and number.startswith("+1"):
        return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    return number


def is_number(text: str) -> bool:
    """Whether the text is a number in E.164."""
    return re.fullmatch(r"\+[1-9]\d{6,14}", text) is not None


def is_url(text: str) -> bool:
    """Whether the text is an http or https URL with a host."""
    return urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname)


def is_callback_url(text: str) -> bool:
    """Whether a status callback may have this URL: its host may not contain an underscore (handbook 1.4)."""
    return is_url(text) and "_" not in (urlsplit(text).hostname or "")
