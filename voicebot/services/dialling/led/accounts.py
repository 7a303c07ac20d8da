"""Which accounts lead calls by themselves, and from which of them a message comes."""

from collections.abc import Mapping

from voicebot.providers.vapi.account import VapiAccount
from voicebot.runtime import Runtime

Accounts = Mapping[str, VapiAccount]


def led_accounts(runtime: Runtime) -> Accounts:
    """Return them by their names in `call_service_providers`."""
    every = runtime.carriers.diallers()
    return {name: each for name, each in every.items() if isinstance(each, VapiAccount)}


def led_account(runtime: Runtime, name: str) -> VapiAccount | None:
    """Return one; None for an account whose calls we lead ourselves."""
    return led_accounts(runtime).get(name)


def may_be_proven(accounts: Accounts, headers: Mapping[str, str]) -> bool:
    """Whether a message carries what any of the accounts proves itself with: without, its body is not read."""
    lower = {name.lower() for name, value in headers.items() if value}
    return any(each.credential.proof_header in lower for each in accounts.values())


def sender_of(accounts: Accounts, headers: Mapping[str, str], body: bytes, now: float) -> list[VapiAccount]:
    """Return the accounts that a message may come from, by its proof alone; several when they share a secret."""
    lower = {name.lower(): value for name, value in headers.items()}
    # Every one is tried: how long a no takes tells nothing.
    return [each for each in accounts.values() if each.credential.signed(lower, body, now)]
