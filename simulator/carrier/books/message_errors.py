"""Error codes of messages: their words, and whether a code is found out at once, before sending, or by the receipt (6.3)."""

WORDS = {
    14107: "SMS send rate limit exceeded",
    21211: "Invalid 'To' Phone Number",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    21608: "The 'to' phone number provided is not yet verified for this account.",
    21610: "Attempt to send to unsubscribed recipient",
    21611: "This 'From' number has exceeded the maximum number of queued messages",
    21612: "The 'To' phone number is not currently reachable via SMS",
    21614: "'To' number is not a valid mobile number",
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30038: "Inbound message looked like a one-time code",
    63007: "Twilio could not find a Channel with the specified From address",
    63016: "Failed to send freeform message because you are outside the allowed window. Use a Message Template.",
    63017: "Rate limit exceeded",
    63018: "Rate limit exceeded for Channel",
}

NEVER_SENT = frozenset({21610, 30001, 30002, 63016, 63017, 63018})
"""These end as `failed`, never sent; every other later code ends as `undelivered`, by the receipt (6.2)."""


def error_message(code: int | None) -> str | None:
    """What a code means, in Twilio's words."""
    return None if code is None else WORDS.get(code, "Unknown error")


def refuses_create(code: int) -> bool:
    """Whether a code given for a recipient is the answer to the create request."""
    return code in (14107, 20429, 63007) or 21000 <= code < 22000


def final_status(code: int) -> str:
    """`failed` when the message never left, `undelivered` when the receipt says no."""
    return "failed" if code in NEVER_SENT else "undelivered"
