"""Amounts and times as people type them into a search."""

import re
from datetime import datetime, timedelta

_AMOUNT = re.compile(r"(>=|<=|>|<|=)?\s*[$€£]?([0-9]{1,7}(?:[.,][0-9]{1,4})?)\s*(ms|s|sec)?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AGO = re.compile(r"([0-9]{1,4})(min|h|d|w)", re.ASCII)
_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def wait_of(text: str) -> tuple[str, float] | None:
    """Return the operator and the milliseconds of `>2s`, `<800ms`, `1.5`; seconds without a unit; None: it is none."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    amount = float(found[2].replace(",", "."))
    return found[1] or ">=", amount if found[3] == "ms" else amount * 1000


def money_of(text: str) -> tuple[str, float] | None:
    """Return the operator and the amount of `>0.50` or `<=$2`, in whatever currency the call was priced."""
    found = _AMOUNT.fullmatch(text)
    if found is None or found[3]:
        return None
    return found[1] or ">=", float(found[2].replace(",", "."))


def moment_of(text: str, now: datetime) -> datetime | None:
    """Return the moment of a day (its beginning), a time, `today`, `yesterday`, or `7d` ago; None: it is none."""
    words = text.strip().lower()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "yesterday", "now"):
        return {"today": today, "yesterday": today - timedelta(days=1), "now": now}[words]
    if ago := _AGO.fullmatch(words):
        return now - int(ago[1]) * _UNITS[ago[2]]
    if not _DAY.match(words):
        return None
    try:
        found = datetime.fromisoformat(text.strip().replace("z", "Z"))
        return found.replace(tzinfo=now.tzinfo) if found.tzinfo is None else found.astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        return None
