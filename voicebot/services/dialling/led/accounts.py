"""Which accounts lead calls by themselves, and from which of them a message comes."""

from collections.abc import Mapping

from voicebot.providers.carriers import UnknownAccount
from voicebot.providers.vapi.account import VapiAccount
from voicebot.runtime import Runtime

Accounts = Mapping[str, VapiAccount]
EVENTS_PATH = "/vapi/events"
"""Where their messages come to, under PUBLIC_URL."""


def led_accounts(runtime: Runtime) -> Accounts:
    """Return them by their names in `call_service_providers`."""
    every = runtime.carriers.diallers()
    return {name: each for name, each in every.items() if isinstance(each, VapiAccount)}


def led_account(runtime: Runtime, name: str) -> VapiAccount | None:
    """Return one; None for an account whose calls we lead ourselves."""
    try:
        found = runtime.carriers.named(name)
    except UnknownAccount:
        return None
    return found if isinstance(found, VapiAccount) else None


def not_ready(runtime: Runtime, name: str) -> str:
    """Return what is wrong with an account's setup at its provider; blank when nothing is, or the account leads no
    calls. Raises ProviderError.
    """
    account = led_account(runtime, name)
    if account is None:
        return ""
    return " ".join(account.calls.readiness(f"{runtime.settings.public_url}{EVENTS_PATH}").problems)


def may_be_proven(accounts: Accounts, headers: Mapping[str, str], now: float) -> bool:
    """Whether a message may come from any of the accounts, by its headers alone: if not, its body is not read."""
    lower = {name.lower(): value for name, value in headers.items()}
    return any(each.credential.may_be_signed(lower, now) for each in accounts.values())


def sender_of(accounts: Accounts, headers: Mapping[str, str], body: bytes, now: float) -> list[VapiAccount]:
    """Return the accounts that a message may come from, by its proof alone; several when they share a secret."""
    lower = {name.lower(): value for name, value in headers.items()}
    # Every one is tried: how long a no takes tells nothing.
    return [each for each in accounts.values() if each.credential.signed(lower, body, now)]
