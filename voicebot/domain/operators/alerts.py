"""The kinds of alert rules and the bounds of their values. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KINDS: Mapping[str, str] = {
    "count": "So many calls like this in the window.",
    "rate": "So many percent of the calls in the window.",
    "consecutive": "So many calls in a row.",
    "p95": "One answer in twenty takes so many milliseconds or longer.",
    "spike": "So many percent of what the last seven days had.",
    "cost": "Calls of 24 hours cost so much.",
    "silence": "Fewer calls than that in the window, where the last seven days had some.",
    "queue_stalled": "The queue could be dialled and is not; so many such incidents are open.",
    "number_red": "So many of our numbers are red.",
    "dead_letters": "So many webhooks were given up in the window.",
}
WHAT: Mapping[str, str] = {
    "calls": "every call",
    "failed": "calls that failed",
    "unanswered": "calls that nobody answered",
    "with_person": "calls that a person was connected to",
    "opt_outs": "people who said stop (count alone)",
    "latency": "how long answers take (spike alone)",
}
WITHOUT_WHAT = ("p95", "cost", "silence", "queue_stalled", "number_red", "dead_letters")
BOUNDS: Mapping[str, tuple[int, int]] = {
    "window_min": (5, 1440),
    "sample": (1, 10_000),
    "quiet_min": (5, 1440),
}
LONGEST_NAME = 100
MOST_THRESHOLD = 1_000_000


class BadAlert(ValueError):
    """A rule that is not valid: `field` is the wrong field, and the text says what is expected."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class AlertRule:
    """A rule as somebody writes it. Windows and the quiet time after it fired are minutes."""

    name: str
    kind: str
    threshold: float
    what: str = "failed"
    window_min: int = 60
    sample: int = 5
    quiet_min: int = 60
    by_text: bool = False
    by_webhook: bool = True
    active: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the parameter `rule` of the SQL functions."""
        return asdict(self)


def checked(rule: AlertRule) -> AlertRule:
    """Return the rule if it makes sense; of kinds that are about all calls `what` says so. Raises BadAlert."""
    if not 1 <= len(rule.name.strip()) <= LONGEST_NAME:
        raise BadAlert("name", f"a name of 1 to {LONGEST_NAME} characters")
    if rule.kind not in KINDS:
        raise BadAlert("kind", f"one of {', '.join(KINDS)}")
    if not 0 < rule.threshold <= MOST_THRESHOLD:
        raise BadAlert("threshold", f"a number above 0, up to {MOST_THRESHOLD}")
    for field, (least, most) in BOUNDS.items():
        if not least <= getattr(rule, field) <= most:
            raise BadAlert(field, f"a number from {least} to {most}")
    what = "calls" if rule.kind in WITHOUT_WHAT else rule.what
    if what not in WHAT or (what == "latency" and rule.kind != "spike"):
        raise BadAlert("what", f"one of {', '.join(WHAT)}; latency is for a spike alone")
    if what == "opt_outs" and rule.kind != "count":
        raise BadAlert("what", "something that is a call: opt-outs are only counted")
    return AlertRule(**{**rule.to_json(), "name": rule.name.strip(), "what": what})


def sentence(rule: Mapping[str, Any]) -> str:
    """Return a rule as one sentence."""
    limit, window, of = f"{float(rule['threshold']):g}", _span(rule["window_min"]), WHAT[rule["what"]]
    of = of.split(" (")[0]
    match rule["kind"]:
        case "count":
            return f"{limit} or more of {of} in {window}"
        case "rate":
            return f"{limit}% or more of calls in {window}: {of}"
        case "consecutive":
            return f"{limit} in a row: {of}"
        case "p95":
            return f"5% or more of answers take {limit} ms in {window}"
        case "spike":
            return f"{of} in {window}: {limit}% or more of the last seven days"
        case "cost":
            return f"calls of 24 h cost {limit} or more"
        case "silence":
            return f"no call in {window}" if limit == "1" else f"fewer than {limit} calls in {window}"
        case "queue_stalled":
            return "the queue could be dialled and is not"
        case "number_red":
            return f"{limit} or more of our numbers are red"
        case _:
            return f"{limit} or more webhooks given up in {window}"


def _span(minutes: int) -> str:
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
