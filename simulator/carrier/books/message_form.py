"""The form fields of an inbound message's webhook and of a delivery callback (handbook 6.1, 6.2, vectors `messaging`)."""

from simulator.carrier.books.call_form import country
from simulator.carrier.books.messages import MessageRecord
from simulator.carrier.wire.formats import lasting_sid, utc_now

WITH_RECEIPT = frozenset({"delivered", "undelivered"})
WITH_ERROR = frozenset({"failed", "undelivered"})


def inbound_form(
    record: MessageRecord, base_url: str, *, body: str, opt_out_type: str = ""
) -> dict[str, str]:
    """The content of an inbound message's webhook; `body` may be shorter than what was written (30038)."""
    form = {
        **_sids(record),
        "SmsMessageSid": record.sid,
        "AccountSid": record.account_sid,
        "From": record.from_number,
        "To": record.to_number,
        "Body": body,
        "NumMedia": str(len(record.media)),
        "NumSegments": str(record.segments),
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }
    if record.channel == "whatsapp":
        form |= _whatsapp_fields(record)
    else:
        form |= _geography(record)
    if record.service_sid:
        form["MessagingServiceSid"] = record.service_sid
    if opt_out_type:
        form["OptOutType"] = opt_out_type
    for position, item in enumerate(record.media):
        form[f"MediaUrl{position}"] = f"{base_url}{media_path(record, item.sid)}"
        form[f"MediaContentType{position}"] = item.content_type
    return form


def delivery_form(record: MessageRecord, status: str, error_code: int | None) -> dict[str, str]:
    """What a delivery callback carries."""
    form = {
        **_sids(record),
        "MessageStatus": status,
        "SmsStatus": status,
        "To": record.to_number,
        "From": record.from_number,
        "AccountSid": record.account_sid,
        "ApiVersion": "2010-04-01",
    }
    if record.service_sid:
        form["MessagingServiceSid"] = record.service_sid
    if error_code is not None and status in WITH_ERROR:
        form["ErrorCode"] = str(error_code)
    if status in WITH_RECEIPT:
        form["RawDlrDoneDate"] = utc_now().strftime("%y%m%d%H%M")
    if record.channel == "whatsapp":
        form["ChannelPrefix"] = "whatsapp"
        form["ChannelInstallSid"] = lasting_sid("XE", record.account_sid, record.from_number)
        if status == "read":
            form["EventType"] = "READ"
    return form


def media_path(record: MessageRecord, media_sid: str) -> str:
    """Where a message's file is, below the API's root."""
    return f"/2010-04-01/Accounts/{record.account_sid}/Messages/{record.sid}/Media/{media_sid}"


def _sids(record: MessageRecord) -> dict[str, str]:
    return {"MessageSid": record.sid, "SmsSid": record.sid}


def _geography(record: MessageRecord) -> dict[str, str]:
    """Geography is there with empty strings, which are signed too."""
    form = {}
    for end, number in (("From", record.from_number), ("To", record.to_number)):
        form[f"{end}Country"] = country(number)
        form |= {f"{end}{part}": "" for part in ("City", "State", "Zip")}
    return form


def _whatsapp_fields(record: MessageRecord) -> dict[str, str]:
    """WaId are the digits of a number; a sender without one has an id of the business's own (6.1)."""
    address = record.from_number.removeprefix("whatsapp:")
    form = {"ProfileName": record.profile_name, "ChannelPrefix": "whatsapp"}
    if address.startswith("+"):
        return form | {"WaId": address.removeprefix("+")}
    return form | {"ExternalUserId": address}
