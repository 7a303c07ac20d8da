"""The service's own phone numbers in the database: rows <-> records (`sql/functions/numbers.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from voicebot.storage.database import Database
from voicebot.storage.voices import Synced, synced


@dataclass(frozen=True)
class OwnNumber:
    """A number of ours in E.164 and in its parts, digits only; `phone_id` is the carrier's id of it."""

    phone_id: str
    full_number: str
    country_code: str
    area_code: str
    phone_number: str
    capabilities: Mapping[str, bool] = field(default_factory=dict)


def sync_numbers(database: Database, provider_name: str, numbers: Sequence[OwnNumber]) -> Synced:
    """Make our list what the carrier's is; numbers that are gone are switched off and keep their template."""
    rows = [asdict(number) for number in numbers]
    return synced(database.call("sync_numbers", provider_name=provider_name, numbers=rows))


def list_numbers(database: Database) -> list[dict[str, Any]]:
    """Return every number that was ever synced, active ones first."""
    return [dict(row) for row in database.call("list_numbers")]
