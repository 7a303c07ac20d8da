"""Check that calls are dialled and that our numbers are answered."""

from voicebot.runtime import Runtime
from voicebot.services.doctor.findings import Finding, ok, warn
from voicebot.services.operators.incidents import incident_health
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.incidents import Row

TO_DO = {
    "not_claimed": "look at the worker's log, and restart it",
    "stalled": "look at `python -m voicebot queue list` and at the worker's log",
    "breaker_open": "look at the provider's status page; it is tried again by itself",
    "number_red": "look at `python -m voicebot numbers health`; `numbers clear` lets it call again",
}


def check_incidents(runtime: Runtime) -> list[Finding]:
    """Tell of each thing that is wrong right now; nothing when the database does not say, which others find."""
    try:
        standing = incident_health(runtime).standing
    except (DatabaseAway, DatabaseBug):
        return []
    # That no worker is there is found by who looks for one.
    found = [_judged(row) for row in standing if row["kind"] in TO_DO]
    return found or [ok("dialling", "nothing is wrong with it")]


def _judged(row: Row) -> Finding:
    about = f"{row['subject']}: " if row["kind"] in ("number_red", "breaker_open", "stalled") else ""
    return warn("dialling", f"{about}{row['reason'].rstrip('.')}", TO_DO[row["kind"]])
