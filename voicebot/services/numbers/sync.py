"""Make our list of phone numbers equal to the carrier's. It does not change where numbers lead:
`connect` does."""

import logging

import phonenumbers

from voicebot.domain.dialling.area import area_of
from voicebot.providers.ports import ProviderError, ProviderNumber
from voicebot.runtime import Runtime
from voicebot.storage.catalogue import numbers
from voicebot.storage.catalogue.numbers import OwnNumber
from voicebot.storage.catalogue.voices import Synced

PROVIDER = "twilio"
log = logging.getLogger(__name__)


def sync_numbers(runtime: Runtime) -> Synced:
    """Store the numbers of every account, and switch off those that are gone; return the counts of the main account.

    Raises ProviderError when the main account cannot be asked. Safe to repeat.
    """
    listed = runtime.carriers.main.telephony.list_numbers()
    synced = numbers.sync_numbers(runtime.database, PROVIDER, [own_number(number) for number in listed])
    for carrier in runtime.carriers:
        if carrier is runtime.carriers.main:
            continue
        try:
            listed = carrier.telephony.list_numbers()
        except ProviderError as error:
            log.warning("a provider tells no numbers", extra={"provider": carrier.name, "code": error.code})
            continue
        if listed:
            numbers.sync_numbers(runtime.database, carrier.name, [own_number(number) for number in listed])
    return synced


def own_number(number: ProviderNumber) -> OwnNumber:
    """Return the number with its parts: country code, area code ("" where a country has none) and the rest."""
    country_code, area_code, rest = _parts(number.number)
    home = area_of(number.number)
    return OwnNumber(
        phone_id=number.sid,
        full_number=number.number,
        country_code=country_code,
        area_code=area_code,
        phone_number=rest,
        capabilities=dict(number.capabilities),
        country=home.country,
        area_prefixes=home.area_prefixes,
        region_prefixes=home.region_prefixes,
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
