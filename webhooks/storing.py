"""Answer a webhook that stores something: success once the row is safe, 503 otherwise."""

import logging
from collections.abc import Callable

from flask import Response

from voicebot.storage.database import DatabaseAway, DatabaseBug

logger = logging.getLogger(__name__)


def stored(work: Callable[[], object], done: Response | None = None) -> Response:
    """Return `done` (by default 204) once `work` has stored what came; 503 when it could not, so that Twilio sends it again."""
    try:
        work()
    except (DatabaseAway, DatabaseBug):
        logger.exception("a webhook could not be stored")
        return Response(status=503)
    return Response(status=204) if done is None else done
