"""Check that systems outside hear of events."""

from typing import Any

from voicebot.runtime import Runtime
from voicebot.services.doctor.findings import Finding, ok, warn
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.webhooks import webhook_health

LIST = "look at `python -m voicebot webhooks list` and `webhooks log --state dead`"


def check_webhooks(runtime: Runtime) -> list[Finding]:
    """Report systems that refuse our webhooks; nothing when there are none, or the database gives no answer."""
    try:
        health = webhook_health(runtime.database)
    except (DatabaseAway, DatabaseBug):
        return []
    return judge_webhooks(health)


def judge_webhooks(health: Any) -> list[Finding]:
    """Judge the figures of `webhook_health`."""
    found = []
    if health["gone"]:
        what = f"{health['gone']} endpoints answered 410 and are switched off"
        found.append(warn("webhooks", what, "`python -m voicebot webhooks enable` or `remove` them"))
    if health["failing"]:
        found.append(warn("webhooks", f"{health['failing']} endpoints fail again and again", LIST))
    if health["dead"]:
        what = f"{health['dead']} deliveries of seven days were given up"
        found.append(warn("webhooks", what, f"{LIST}; `webhooks replay` delivers them again"))
    if health["endpoints"] and not found:
        found.append(
            ok(
                "webhooks",
                f"{health['endpoints']} {'endpoint takes' if health['endpoints'] == 1 else 'endpoints take'} what is posted",
            )
        )
    return found
