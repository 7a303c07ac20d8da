"""The form fields that every webhook of a call carries (handbook 1.1, vectors `live-inbound-voice-webhook`)."""

import hashlib

from simulator.carrier.books.calls import CallRecord

COUNTRY_CODES = (
    ("+1", "US"), ("+44", "GB"), ("+49", "DE"), ("+33", "FR"), ("+39", "IT"), ("+34", "ES"), ("+31", "NL"),
    ("+48", "PL"), ("+43", "AT"), ("+41", "CH"), ("+32", "BE"), ("+46", "SE"), ("+47", "NO"), ("+45", "DK"),
    ("+353", "IE"), ("+351", "PT"), ("+358", "FI"), ("+61", "AU"), ("+64", "NZ"), ("+81", "JP"), ("+91", "IN"),
    ("+55", "BR"), ("+52", "MX"), ("+27", "ZA"), ("+972", "IL"), ("+380", "UA"), ("+260", "ZM"),
)  # fmt: skip


def country(number: str) -> str:
    """ISO code of a number's country, empty when it has none (`anonymous`, `client:…`) or an unlisted one."""
    return next((code for prefix, code in COUNTRY_CODES if number.startswith(prefix)), "")


def call_form(record: CallRecord, *, status: str | None = None) -> dict[str, str]:
    """The full set of fields; geography is there with empty strings, which are signed too."""
    form = {
        "AccountSid": record.account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": record.sid,
        "CallStatus": status or record.status,
        "Direction": record.direction,
        "From": record.from_number,
        "To": record.to_number,
        "Caller": record.from_number,
        "Called": record.to_number,
    }
    for end, number in (("From", record.from_number), ("To", record.to_number)):
        for name in (end, "Caller" if end == "From" else "Called"):
            form[f"{name}Country"] = country(number)
            form.update({f"{name}{part}": "" for part in ("City", "State", "Zip")})
    if record.direction == "inbound":
        form["StirVerstat"] = record.stir_verstat
        form["CallToken"] = hashlib.sha256(record.sid.encode()).hexdigest()
    if record.forwarded_from:
        form["ForwardedFrom"] = record.forwarded_from
    if record.parent_call_sid:
        form["ParentCallSid"] = record.parent_call_sid
    if record.answered_by:
        form["AnsweredBy"] = record.answered_by
    return form
