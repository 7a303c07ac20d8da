"""Make our list of phone numbers what the carrier's is, and have their calls come to us."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers

from voicebot.providers.ports import ProviderNumber
from voicebot.services.gather_urls import number_urls
from voicebot.storage import numbers
from voicebot.storage.numbers import OwnNumber
from voicebot.storage.voices import Synced

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

PROVIDER = "twilio"


@dataclass(frozen=True)
class SyncedNumbers:
    """What came of it; `registered` numbers got our URLs, the other active ones had them already."""

    synced: Synced
    registered: int = 0


def sync_numbers(runtime: "Runtime", *, register_urls: bool = True) -> SyncedNumbers:
    """Keep the carrier's numbers, switch off those that are gone, and register our URLs where others stand.

    Raises ProviderError. Repeating it changes nothing.
    """
    listed = runtime.telephony.list_numbers()
    synced = numbers.sync_numbers(runtime.database, PROVIDER, [own_number(number) for number in listed])
    if not register_urls:
        return SyncedNumbers(synced)
    urls = number_urls(runtime.settings)
    strangers = [number for number in listed if _registered(number, urls) != urls]
    for number in strangers:
        runtime.telephony.set_number_urls(number.sid, urls)
    return SyncedNumbers(synced, registered=len(strangers))


def own_number(number: ProviderNumber) -> OwnNumber:
    """Return the number with its parts: country code, area code ("" where a country has none) and the rest."""
    country_code, area_code, rest = _parts(number.number)
    return OwnNumber(
        phone_id=number.sid,
        full_number=number.number,
        country_code=country_code,
        area_code=area_code,
        phone_number=rest,
        capabilities=dict(number.capabilities),
    )


def _parts(number: str) -> tuple[str, str, str]:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        # A short code: digits of one country, with no parts.
        return "", "", number.lstrip("+")
    national = phonenumbers.national_significant_number(parsed)
    area = phonenumbers.length_of_geographical_area_code(parsed)
    return str(parsed.country_code), national[:area], national[area:]


def _registered(number: ProviderNumber, urls: Mapping[str, str]) -> dict[str, str]:
    return {name: getattr(number, name) for name in urls}
