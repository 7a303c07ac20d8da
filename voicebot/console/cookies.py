"""The console's cookies: the secrets of a session and of its forms."""

from typing import Any

from flask import request

from voicebot.current_runtime import current_runtime
from voicebot.domain.access.next_page import HOME
from voicebot.storage.access.sessions import Session

LONGEST_SECRET = 128


def set_cookie(answer: Any, name: str, value: str, max_age_s: int) -> None:
    """Let the browser keep a value for `max_age_s` seconds, out of reach of scripts."""
    answer.set_cookie(
        name, value, max_age=max_age_s, path="/" if name.startswith("__Host-") else HOME, secure=_is_https(),
        httponly=True, samesite="Lax",
    )  # fmt: skip


def form_secret_of(secret: str, session: Session | None) -> str:
    """Before there is a session its forms have a secret of their own."""
    return secret if session else request.cookies.get(form_cookie(), "")[:LONGEST_SECRET]


def held_secret() -> str:
    """Return the secret of the session that the browser holds, bounded; blank without one."""
    return request.cookies.get(session_cookie(), "")[:LONGEST_SECRET]


def session_cookie() -> str:
    """Return the name of the cookie of a session."""
    return "__Host-voicebot" if _is_https() else "voicebot"


def form_cookie() -> str:
    """Return the name of the cookie of forms before there is a session."""
    return "__Host-voicebot-form" if _is_https() else "voicebot-form"


def browser_cookie() -> str:
    """Return the name of the cookie by which a browser is known again."""
    return "__Host-voicebot-browser" if _is_https() else "voicebot-browser"


def _is_https() -> bool:
    return current_runtime().settings.public_url.startswith("https://")
