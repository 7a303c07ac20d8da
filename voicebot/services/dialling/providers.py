"""Keep the providers that dial, and try one. Their secrets come in, are sealed, and never come out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.provider import (
    ProviderKind,
    account_problem,
    name_problem,
    secrets_problem,
)
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.public_address import public_url
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.services.dialling.diallers import dialler_of
from voicebot.services.dialling.led.accounts import not_ready
from voicebot.services.numbers.sync import own_number
from voicebot.storage import providers
from voicebot.storage.catalogue import numbers
from voicebot.storage.credentials import seal
from voicebot.storage.providers import ProviderRefused, Row
from voicebot.transports.vapi.credentials import credential_in

Secrets = Mapping[str, str]


class BadProvider(Exception):
    """A provider cannot be like this; `field` and the words say why. No secret is among them."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class NewProvider:
    """A provider that somebody adds. `fields` are those that can be changed later, too."""

    name: str
    kind: ProviderKind
    account_sid: str
    secrets: Secrets
    fields: Row


@dataclass(frozen=True)
class Tried:
    """What a provider answered when it was tried. `error`: why it cannot be used; None: it can."""

    error: str | None = None
    numbers: int = 0
    has_default_number: bool | None = None
    """None: it has no number by default."""


def add_provider(
    runtime: Runtime, wanted: NewProvider, *, anywhere: bool = False, actor: Actor = THE_OPERATOR
) -> Row:
    """Keep a new provider. `anywhere`: its address may be one of our own network.

    Raises BadProvider, ProviderRefused.
    """
    fields = _checked(runtime, wanted.fields, anywhere=anywhere)
    _refuse("name", name_problem(wanted.name))
    _refuse("account_sid", account_problem(wanted.kind, wanted.account_sid, fields.get("base_url") or ""))
    _refuse(
        "secrets",
        secrets_problem(wanted.kind, wanted.secrets) or _credential_problem(wanted.kind, wanted.secrets),
    )
    if wanted.account_sid == runtime.carriers.main.account_sid:
        raise ProviderRefused("account_taken")
    return providers.add_provider(
        runtime.database,
        wanted.name,
        wanted.kind,
        wanted.account_sid,
        sealed=_sealed(runtime, wanted.secrets),
        fields=fields,
        actor=actor,
    )


def change_provider(
    runtime: Runtime,
    name: str,
    fields: Row,
    secrets: Secrets | None = None,
    *,
    anywhere: bool = False,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Change what is named. Raises BadProvider, ProviderRefused."""
    was = providers.show_provider(runtime.database, name, actor=actor)
    fields = _checked(runtime, fields, anywhere=anywhere)
    if secrets is not None:
        kind = ProviderKind(was["kind"])
        _refuse("secrets", secrets_problem(kind, secrets) or _credential_problem(kind, secrets))
    if "base_url" in fields and was["account_sid"]:
        problem = account_problem(ProviderKind(was["kind"]), was["account_sid"], fields["base_url"] or "")
        _refuse("base_url", problem)
    sealed = _sealed(runtime, secrets) if secrets is not None else None
    return providers.change_provider(runtime.database, name, fields, sealed=sealed, actor=actor)


def try_provider(runtime: Runtime, name: str, *, actor: Actor = THE_OPERATOR) -> Tried:
    """Ask a provider for its numbers and keep them; nobody is called. Raises ProviderRefused."""
    row = providers.show_provider(runtime.database, name, actor=actor)
    try:
        with provider_call("telephony", "list_numbers"):
            listed = dialler_of(runtime, name).numbers()
            wrong = not_ready(runtime, name)
    except ProviderError as error:
        return Tried(error.code)
    if listed:
        numbers.sync_numbers(runtime.database, name, [own_number(number) for number in listed])
    if wrong:
        return Tried(wrong, len(listed))
    default = row["default_number"] or (runtime.carriers.main.number if row["from_settings"] else "")
    known = {number.number for number in listed}
    return Tried(None, len(listed), default in known if default else None)


def _checked(runtime: Runtime, fields: Row, *, anywhere: bool) -> dict[str, Any]:
    checked = dict(fields)
    for name in ("default_number", "base_url"):
        if fields.get(name) == "":
            checked[name] = None
    number = fields.get("default_number")
    if number:
        checked["default_number"] = parse_e164(number)
        if checked["default_number"] is None:
            raise BadProvider("default_number", "expected a number like +13035550142")
    address = fields.get("base_url")
    if address:
        checked["base_url"] = _address(runtime, address, anywhere=anywhere)
    for name, least, most in (("priority", 0, 1000), ("concurrency_limit", 1, 100_000)):
        if fields.get(name) is not None and not least <= fields[name] <= most:
            raise BadProvider(name, f"expected {least} to {most}")
    rate = fields.get("calls_per_second")
    if rate is not None and not 0 < rate <= 1000:
        raise BadProvider("calls_per_second", "expected more than 0, and 1000 at most")
    return checked


def _address(runtime: Runtime, address: str, *, anywhere: bool) -> str:
    try:
        if not anywhere:
            public_url(address, here=runtime.settings.offline)
        parts = urlsplit(address)
        # A key in an address would stand in logs and lists.
        usable = parts.hostname and not (parts.username or parts.password or parts.query or parts.fragment)
        if parts.scheme not in ("http", "https") or not usable or not 8 <= len(address) <= 500:
            raise ValueError("expected an address like https://example.com, without a key in it")
    except ValueError as error:
        raise BadProvider("base_url", str(error)) from None
    return address.rstrip("/")


def _refuse(field: str, problem: str | None) -> None:
    if problem:
        raise BadProvider(field, problem)


def _credential_problem(kind: ProviderKind, secrets: Secrets) -> str | None:
    """Return why nothing could be proven by an account's credential; it repeats no secret."""
    if kind is not ProviderKind.VAPI:
        return None
    try:
        credential_in(secrets["webhook"])
    except ValueError as error:
        return str(error)
    return None


def _sealed(runtime: Runtime, secrets: Secrets) -> str:
    return seal(runtime.settings.sealing_key, json.dumps(dict(secrets)))


def route_entries(runtime: Runtime, what: str, thing_id: str) -> int:
    """Let what waits go by the provider that it should, in small parts; return how much went another way. A job.

    `what` is the kind of thing that changed: campaign, template, caller_number or from_number.
    """
    routed = 0
    while part := providers.route_entries(runtime.database, what, UUID(thing_id)):
        routed += part
    return routed
