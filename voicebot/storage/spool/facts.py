"""Writes that may not be lost: to the database, or to the spool when it is away.

A fact is a call of an idempotent SQL function of kind `fact`. Claims, codes, consent, money and reads go to the
database alone.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from voicebot.storage.database import Database, DatabaseAway, Json
from voicebot.storage.spool.files import Spool, SpooledFact
from voicebot.telemetry import metrics

SPOOLED = "spooled"
FACTS = frozenset(
    {
        "message_received",
        "record_message_status",
        "record_call_status",
        "record_recording",
        "record_transfer",
        "record_transfer_leg",
        "record_amd",
        "record_led_call",
        "keep_stream_results",
        "keep_report_aside",
        "suppress",
    }
)
logger = logging.getLogger(__name__)


class FactLost(DatabaseAway):
    """Neither database nor spool could store it: the sender must be asked to send it again."""


@dataclass(frozen=True)
class FactsAbout:
    """The port for the facts about one number, message or call; `call` answers `{"result": "spooled"}` when it waits."""

    facts: "Facts"
    key: str

    def call(self, function: str, /, **params: Json) -> Json:
        """Keep a fact. Raises FactLost or DatabaseBug."""
        return self.facts.keep(function, self.key, params)

    def close(self) -> None:
        """Nothing of its own to give back."""


class Facts:
    """Keeps facts; safe to share between threads."""

    def __init__(self, database: Database, spool: Spool, now: Callable[[], datetime]) -> None:
        self._database, self._spool, self._now = database, spool, now

    def about(self, key: str) -> FactsAbout:
        """Return the port for facts of one key. Facts of a key reach the database in the order they were seen."""
        return FactsAbout(self, key)

    def keep(self, function: str, key: str, params: dict[str, Json]) -> Json:
        """Write to the database, or to the spool behind what waits there of the same key already."""
        if function not in FACTS:
            raise ValueError(f"{function} is no fact: it may not be spooled")
        observed_at = self._now()
        if not self._spool.holds(key):
            try:
                return self._database.call(function, **params)
            except DatabaseAway:
                logger.warning("a fact goes to the spool", extra={"function": function})
        try:
            self._spool.append(SpooledFact(function, key, params, observed_at))
        except OSError as error:
            logger.exception("a fact could be kept nowhere", extra={"function": function})
            raise FactLost("neither database nor spool") from error
        metrics.SPOOLED_FACTS.labels(function).inc()
        return {"result": SPOOLED}
