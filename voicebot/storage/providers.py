"""Providers that dial: rows <-> records (`sql/functions/dialling/providers/providers.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.provider import ProviderKind
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused

Row = Mapping[str, Any]


class ProviderRefused(Refused):
    """What was asked for cannot be; `code` says why."""


@dataclass(frozen=True)
class Provider:
    """An account that dials. `sealed`: its secrets as `storage/credentials` sealed them, JSON inside."""

    id: UUID
    name: str
    kind: ProviderKind
    account_sid: str
    """Empty: the account of the settings."""
    base_url: str
    """Empty: the maker's own address."""
    default_number: str
    enabled: bool
    revision: int
    sealed: str = field(repr=False)
    numbers: Sequence[str] = ()


def dialling_providers(database: Database) -> list[Provider]:
    """Return every account that dials or has dialled, the first to be asked first."""
    return [
        Provider(
            UUID(row["id"]),
            row["name"],
            ProviderKind(row["kind"]),
            row["account_sid"] or "",
            row["base_url"] or "",
            row["default_number"] or "",
            row["enabled"],
            row["revision"],
            row["sealed"] or "",
            tuple(row["numbers"]),
        )
        for row in database.call("dialling_providers")
        if row["kind"] in set(ProviderKind)
    ]


def add_provider(
    database: Database,
    name: str,
    kind: ProviderKind,
    account_sid: str,
    *,
    sealed: str,
    fields: Row,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Keep a new provider and return it as people see it. Raises ProviderRefused."""
    return _provider(
        database.call(
            "add_provider",
            name=name,
            kind=kind.value,
            account_sid=account_sid,
            sealed=sealed,
            fields=dict(fields),
            actor=actor.to_json(),
        )
    )


def change_provider(
    database: Database, name: str, fields: Row, *, sealed: str | None = None, actor: Actor = THE_OPERATOR
) -> Row:
    """Change what `fields` names; None clears one. Raises ProviderRefused."""
    return _provider(
        database.call("change_provider", name=name, fields=dict(fields), sealed=sealed, actor=actor.to_json())
    )


def list_providers(database: Database, *, actor: Actor = THE_OPERATOR) -> Sequence[Row]:
    """Return all that dial, the first to be asked first. Raises ProviderRefused."""
    answer = database.call("providers_list", actor=actor.to_json())
    if answer["result"] == "refused":
        raise ProviderRefused(answer["code"])
    rows: Sequence[Row] = answer["providers"]
    return rows


def show_provider(database: Database, name: str, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return one. Raises ProviderRefused."""
    return _provider(database.call("show_provider", name=name, actor=actor.to_json()))


def may_tell_of_call(database: Database, account: str, call_sid: str | None, attempt_id: UUID | None) -> bool:
    """Whether an account may report on a call and on a dial; an unknown call belongs to it from now on."""
    answer = database.call("may_tell_of_call", account=account, call_sid=call_sid, attempt_id=attempt_id)
    return bool(answer["allowed"])


def route_entries(database: Database, what: str, thing_id: UUID) -> int:
    """Let some entries of a campaign, a template or a number wait for the provider that they should; return how many. 0: all do."""
    return int(database.call("route_entries", what=what, thing_id=thing_id)["routed"])


def _provider(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise ProviderRefused(answer["code"])
    provider: Row = answer["provider"]
    return provider
