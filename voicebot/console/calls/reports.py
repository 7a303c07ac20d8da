"""A carrier's reports in words: webhooks are stored under short names such as `status:ringing`."""

WORDS = {
    "voice": "it began",
    "message": "it came in",
    "status:queued": "it waits to be dialled",
    "status:initiated": "it was dialled",
    "status:ringing": "it rang",
    "status:in-progress": "it was answered",
    "status:completed": "it ended",
    "status:busy": "the line was busy",
    "status:no-answer": "nobody answered",
    "status:failed": "it could not be put through",
    "status:canceled": "it was given up before an answer",
    "recording:in-progress": "the recording began",
    "recording:completed": "the recording is there",
    "recording:absent": "there was nothing to record",
    "recording:failed": "the recording failed",
    "amd:human": "a person answered",
    "amd:fax": "a fax answered",
    "amd:unknown": "who answered was not to be told",
    "message_status:accepted": "taken",
    "message_status:queued": "waits to be sent",
    "message_status:sending": "is being sent",
    "message_status:sent": "sent",
    "message_status:delivered": "delivered",
    "message_status:undelivered": "not delivered",
    "message_status:failed": "not sent",
    "message_status:read": "read",
}
PUT_THROUGH = {
    "completed": "the person whom it was put through to is done",
    "busy": "put through to somebody whose line was busy",
    "no-answer": "put through to somebody who did not answer",
    "failed": "it could not be put through to a person",
    "canceled": "to put it through was given up",
}
REFUSED = {
    "wrong": "its signature was wrong",
    "account": "it named an account that is not ours",
    "shifted": "its fields were shifted",
    "call": "the call is not its sender's",
}


def words_of(report: str, source: str = "twilio") -> str:
    """Return a report in words, by its stored name and source; an unknown one is shown by its name."""
    kind, _, rest = report.partition(":")
    if source == "refused":
        reason = report.partition(" ")[0]
        return f"a request was refused: {REFUSED.get(reason, reason)}"
    if kind == "transfer":
        # transfer:TURN:OUTCOME
        outcome = rest.rpartition(":")[2]
        return PUT_THROUGH.get(outcome, f"put through: {outcome}")
    if kind == "amd" and rest.startswith("machine"):
        return "a mailbox answered"
    if kind == "led":
        return f"the provider that leads it told: {rest.replace('-', ' ')}"
    if kind == "aside":
        return "a report that made no sense was put aside"
    return WORDS.get(report, report.replace("_", " ").replace(":", ": "))
