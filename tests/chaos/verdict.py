"""What a run of texts came to, judged by the database and the carrier's own books alone."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.texting import rows_of
from tests.house import House

HEADER = f"{'case':<34}{'accepted':>9}{'effects':>9}{'double':>8}{'lost':>6}{'unconf.':>9}{'p50 ms':>8}{'p99 ms':>8}"


@dataclass(frozen=True)
class Verdict:
    """One row of the table that a run prints."""

    case: str
    accepted: int
    """Texts whose webhook we answered with a success."""
    effects: int
    """Texts of ours at the carrier, each with exactly one row that bears its name."""
    double: int
    """Texts of ours at the carrier that no row bears the name of, and answers beyond the number of texts."""
    lost: int
    """Texts not stored, or stored and not answered; texts of ours given up, or called sent and not at the carrier."""
    unconfirmed: int
    """Texts of ours that we do not call sent, and that the carrier does not have either."""
    took_ms: tuple[float, float]

    def __str__(self) -> str:
        counts = f"{self.accepted:>9}{self.effects:>9}{self.double:>8}{self.lost:>6}{self.unconfirmed:>9}"
        return f"{self.case:<34}{counts}{self.took_ms[0]:>8.0f}{self.took_ms[1]:>8.0f}"


def judge(house: House, case: str, senders: Sequence[str]) -> Verdict:
    """Compare what the carrier delivered, took and was told with the rows of these people."""
    books = [message for message in house.phone.messages() if message["with"] in senders]
    texts = {message["sid"] for message in books if message["direction"] == "inbound"}
    sent = {
        message["sid"]
        for message in books
        if message["direction"] == "outbound" and message["author"] == "product"
    }
    hooks = [
        hook
        for hook in house.phone.ledger()["webhooks"]
        if hook["call_sid"] in texts and hook["kind"].startswith("sms") and hook["status"] == 200
    ]
    inbound, outbound = rows_of(house, senders, "inbound"), rows_of(house, senders, "outbound")
    answers = {row["in_reply_to"] for row in outbound if row["in_reply_to"]}
    stored = [row["message_sid"] for row in inbound]
    named = [row["message_sid"] for row in outbound if row["message_sid"]]
    unanswered = [row for row in inbound if row["wants_answer"] and not _answered(row, outbound)]
    return Verdict(
        case=case,
        accepted=len({hook["call_sid"] for hook in hooks}),
        effects=len(sent & set(named)),
        double=len(sent - set(named))
        + max(0, len(answers) - len(inbound))
        + (len(stored) - len(set(stored)))
        + (len(named) - len(set(named))),
        lost=len(texts - set(stored))
        + len(unanswered)
        + len(set(named) - sent)
        + sum(row["outbox_state"] == "failed" for row in outbound),
        unconfirmed=sum(row["outbox_state"] == "unknown" for row in outbound),
        took_ms=percentiles([hook["took_ms"] for hook in hooks]),
    )


def _answered(text: dict[str, object], outbound: Sequence[dict[str, object]]) -> bool:
    # An answer is given to the newest text of a thread and stands for those before it, too.
    return any(
        row["conversation_id"] == text["conversation_id"] and (row["in_reply_to"] or 0) >= text["id"]
        for row in outbound
    )


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile; zeros for nothing."""
    if len(values) < 2:
        return (float(values[0]),) * 2 if values else (0.0, 0.0)
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]
