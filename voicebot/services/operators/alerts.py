"""Rules of alerts: made and changed by people, looked at each minute by the worker, told by text and by webhook."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.operators.alerts import AlertRule, checked
from voicebot.runtime import Runtime
from voicebot.services.operators.notice import ALERT_CONTENT
from voicebot.storage.figures import alerts

Row = Mapping[str, Any]
log = logging.getLogger(__name__)


def make_alert(runtime: Runtime, rule: AlertRule, *, actor: Actor = THE_OPERATOR) -> Row:
    """Keep a rule of whoever acts. Raises BadAlert and AlertRefused."""
    return alerts.make_alert(runtime.database, checked(rule).to_json(), actor=actor)


def change_alert(
    runtime: Runtime, alert_id: UUID, changes: Row, *, was: Row | None = None, actor: Actor = THE_OPERATOR
) -> Row:
    """Change some of a rule; the whole has to make sense then. `was`: fields as the actor saw them. Raises BadAlert and AlertRefused."""
    row = alerts.show_alert(runtime.database, alert_id, actor=actor)
    fields = {name: row[name] for name in AlertRule.__dataclass_fields__}
    rule = checked(AlertRule(**{**fields, **changes})).to_json()
    return alerts.change_alert(runtime.database, alert_id, rule, was=was, actor=actor)


def preview_alert(runtime: Runtime, rule: AlertRule, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return when the rule would have fired in the last week; nothing is stored. Raises BadAlert and AlertRefused."""
    return alerts.preview_alert(runtime.database, checked(rule).to_json(), actor=actor)


def watch_alerts(runtime: Runtime, at: datetime | None = None) -> int:
    """Look once, as a loop of the worker that never asks to run again at once. Raises DatabaseAway."""
    changed = alerts.check_alerts(runtime.database, _notice(runtime), at=at)
    if changed:
        log.warning("alerts fired or resolved", extra={"count": changed})
        runtime.hint.made_work()
    return 0


def _notice(runtime: Runtime) -> Row | None:
    settings, number = runtime.settings, runtime.carriers.main.number
    if not number:
        return None
    content = ALERT_CONTENT.format(name=settings.service_name)
    return {"to": settings.operator_phone_number or None, "from": number, "content": content}
