"""Providers that dial: rows <-> records (`sql/functions/dialling/providers.sql`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from voicebot.domain.dialling.provider import ProviderKind
from voicebot.storage.database import Database


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
