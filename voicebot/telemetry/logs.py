"""Write one JSON object a line, with fields from a list; a field outside the list does not reach the log.

Messages are static; ids travel as `extra`. Whatever looks like a phone number or a key is masked,
also in what libraries say, and of an exception that is not ours only the kind and the place are kept:
its text may quote a body.
"""

import json
import logging
import re
import sys
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from voicebot.settings import Settings

FIELDS = frozenset(
    {
        "action", "attempt", "call_id", "call_sid", "clip", "code", "count", "delay_s", "document", "duration_s",
        "event", "expected", "field", "function", "gen", "job", "job_id", "key", "limit", "machine", "message_sid",
        "method", "mode", "model", "number", "operation", "outcome", "phase", "pid", "port", "provider", "queue",
        "reason", "recording_sid", "retry_after_s", "route", "seconds", "seq", "signal", "size", "sqlstate", "stage",
        "status", "task", "template_id", "token_index", "tool", "transport", "turn", "url", "user_id", "voice_id",
    }
)  # fmt: skip
OURS = ("voicebot", "webhooks")
LONGEST_TEXT = 500
SELDOM_S = 60.0
"""How long the pool's same complaint is not repeated: it complains at each try to connect, several times a second."""
MOST_RECENT = 2000
"""Log lines about calls that a process holds for support bundles: less than a megabyte."""

# With a plus in any spelling; without one as a run of digits that is not part of an id.
_NUMBER = re.compile(
    r"(?:\+|%2B)\d(?:[ .()-]{0,2}\d){4,13}(\d{2})(?!\d)|(?<![\w.-])\d{5,13}(\d{2})(?![\w-])", re.IGNORECASE
)
_SECRETS: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"\b(Bearer|Basic)\s+[^\s\"',]+", re.I), r"\1 [secret]"),
    (re.compile(r"\b(?:sk|sb_secret|xi|vb)[-_][A-Za-z0-9_-]{8,}"), "[secret]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "[secret]"),
    (re.compile(r"(/speech/)[^\s\"'?#]+"), r"\1[token]"),
    (re.compile(r"\b((?:token|key|apikey|secret|password|signature)=)[^\s&\"']+", re.I), r"\1[secret]"),
    (re.compile(r"(://[^\s:/@]+:)[^\s@/]+@"), r"\1[secret]@"),
    (_NUMBER, lambda match: f"…{match[1] or match[2]}"),
]


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Write every log line of this process to `stream` (default: stderr) as JSON; safe to repeat.

    The level is for our own lines. Libraries are logged from `warning` on, because at `info` some of them print whole
    requests.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(settings.log_level.upper())
    logging.getLogger("psycopg.pool").filters[:] = [Seldom()]
    server = logging.getLogger("gunicorn.error")
    server.handlers.clear()
    server.propagate = True


class Seldom(logging.Filter):
    """Lets a message pass when it was not said within SELDOM_S; what stands in it does not make it another."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record passes."""
        message = str(record.msg)
        passes = record.created - self._said.get(message, -SELDOM_S) >= SELDOM_S
        if passes:
            self._said[message] = record.created
        return passes


def scrub(text: str) -> str:
    """Mask phone numbers and keys in a text that others wrote, and cut it to LONGEST_TEXT."""
    # Searched a little further than shown, so that nothing is shown in part because the rest was cut away.
    text, is_long = text[: 4 * LONGEST_TEXT], len(text) > LONGEST_TEXT
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text[:LONGEST_TEXT] + ("…" if is_long else "")


def recent_lines(call_id: int, call_sid: str) -> list[str]:
    """Return what this process has said of a call lately, the oldest first, as it stands in the log."""
    formatters = (handler.formatter for handler in logging.getLogger().handlers)
    return [
        line
        for each in formatters
        if isinstance(each, JsonFormatter)
        for about, line in tuple(each.recent)
        if about in (call_id, call_sid)
    ]


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON, and keeps the last lines about calls."""

    def __init__(self) -> None:
        super().__init__()
        self.recent: deque[tuple[object, str]] = deque(maxlen=MOST_RECENT)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: at, level, logger, message, listed fields and, for an exception, error and stack."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrub(_message(record)),
        }
        line |= {name: _safe(value) for name, value in vars(record).items() if name in FIELDS}
        if record.exc_info and record.exc_info[1] is not None:
            line |= _told(record.exc_info[1])
        text = json.dumps(line, default=str)
        if about := line.get("call_id") or line.get("call_sid"):
            self.recent.append((about, text))
        return text


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        # A library's wrong arguments must not cost us the line.
        return str(record.msg)


def _safe(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else scrub(str(value))


def _told(error: BaseException) -> dict[str, Any]:
    told: dict[str, Any] = {"error": _kind(error), "stack": _frames(error.__traceback__)}
    if type(error).__module__.split(".")[0] in OURS:
        told["error_text"] = scrub(str(error))
    cause = error.__cause__ or error.__context__
    if cause is not None:
        told |= {"cause": _kind(cause), "cause_stack": _frames(cause.__traceback__)}
    return told


def _kind(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__module__}.{type(error).__qualname__}" + (f" {state}" if state else "")


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-12:]]
