"""The providers that dial: the API of each, its name, and its secrets."""

import re
from collections.abc import Mapping
from enum import StrEnum

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
LONGEST_SECRET = 500
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_TWILIO_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_SECRET = re.compile(rf"[!-~]{{1,{LONGEST_SECRET}}}")
_WORDS = re.compile(rf"[ -~]{{1,{LONGEST_SECRET}}}")


class ProviderKind(StrEnum):
    """How a provider is asked to dial."""

    TWILIO = "twilio"
    """By the REST API of Twilio, which others speak too; we serve the call's documents."""
    VAPI = "vapi"
    """By Vapi's API; it carries the talk by itself."""


SECRETS: Mapping[ProviderKind, tuple[str, ...]] = {
    ProviderKind.TWILIO: ("auth_token",),
    ProviderKind.VAPI: ("key", "assistant_id", "webhook"),
}
"""The secrets of a provider of each kind.

An auth token may be a pair with a comma while it is being changed. `webhook` is the secret in an account's webhooks, or
the credential that signs them, as JSON (docs/vapi.md).
"""


def name_problem(name: str) -> str | None:
    """Return what is wrong with a provider's name."""
    if not NAME.fullmatch(name):
        return "expected up to 40 small letters, digits and hyphens that begin with a letter"
    return None


def account_problem(kind: ProviderKind, account_sid: str, base_url: str) -> str | None:
    """Return what is wrong with an account's name at its provider; Twilio has a form of its own."""
    if kind is ProviderKind.TWILIO and not base_url:
        return (
            None
            if _TWILIO_ACCOUNT.fullmatch(account_sid)
            else "expected AC and 32 hexadecimal digits, as Twilio shows it"
        )
    return None if _ACCOUNT.fullmatch(account_sid) else "expected up to 100 letters, digits and hyphens"


def secrets_problem(kind: ProviderKind, secrets: Mapping[str, str]) -> str | None:
    """Return what is wrong with secrets; it repeats none of them."""
    wanted = SECRETS[kind]
    if missing := [name for name in wanted if not secrets.get(name)]:
        return f"missing: {', '.join(missing)}"
    if strange := sorted(set(secrets) - set(wanted)):
        return f"expected only {', '.join(wanted)}, and not {len(strange)} more"
    for name in wanted:
        if not (_WORDS if name == "webhook" else _SECRET).fullmatch(secrets[name]):
            return f"{name}: expected up to {LONGEST_SECRET} characters without spaces"
    if kind is ProviderKind.TWILIO and not all(tokens_in(secrets["auth_token"])):
        return "auth_token: expected one token, or two with a comma between them"
    return None


def tokens_in(auth_token: str) -> tuple[str, ...]:
    """Return the tokens of an account, the current one first; one blank token when there are too many."""
    tokens = tuple(auth_token.split(","))
    return tokens if len(tokens) <= 2 else ("",)
