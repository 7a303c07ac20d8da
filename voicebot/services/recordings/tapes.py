"""Make recordings of our own tapes once their calls are over, in the process that has them.

A recording that fails is made again in a later round, and a tape is deleted last, so a killed process loses nothing. A tape that
the store will never take stays where it is, is tried once a day, and `doctor` tells of it.
"""

import logging
import threading
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from uuid import UUID

from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.storage.calls import recordings
from voicebot.storage.calls.recordings import Taped, file_name
from voicebot.storage.database import DatabaseAway
from voicebot.storage.off_hub import off_hub
from voicebot.storage.tapes.port import JoinedTape

MOST_CALLS = 5000
ROUND_S, LONGEST_PAUSE_S = 15.0, 600.0
TOO_LARGE, NEXT_TRY = "too_large", timedelta(days=1)
log = logging.getLogger(__name__)


def keep_tapes_saved(runtime: Runtime) -> None:
    """Save what was taped for as long as the process lives."""
    threading.Thread(target=_work, args=(runtime,), name="tapes", daemon=True).start()


def _work(runtime: Runtime) -> None:
    never, pause_s, refused = threading.Event(), ROUND_S, dict[UUID, datetime]()
    while not never.wait(pause_s):
        try:
            is_done = save_tapes(runtime, refused)
        except DatabaseAway:
            is_done = False
        except Exception:
            log.exception("tapes were not saved")
            is_done = False
        pause_s = ROUND_S if is_done else min(2 * pause_s, LONGEST_PAUSE_S)


def save_tapes(runtime: Runtime, refused: MutableMapping[UUID, datetime] | None = None) -> bool:
    """Save the tapes of calls that are over, and delete those of calls that were erased; False: some could not be.

    `refused`: when those were tried that the store will never take, kept from round to round. Raises DatabaseAway.
    """
    refused = {} if refused is None else refused
    with runtime.tapes.joining() as is_ours:
        if not is_ours or not (calls := runtime.tapes.calls(MOST_CALLS)):
            return True
        states, is_done = recordings.taped_calls(runtime.database, calls), True
        for public_id in calls:
            if public_id in refused and runtime.now() < refused[public_id] + NEXT_TRY and public_id in states:
                continue
            try:
                _settle(runtime, public_id, states.get(public_id))
            except OSError as error:
                log.warning("a tape cannot be read", extra={"reason": error.strerror or "error"})
                is_done = False
            except ProviderError as error:
                if error.code == TOO_LARGE:
                    refused[public_id] = runtime.now()
                    recordings.note_tape_refused(runtime.database, public_id)
                    log.warning("the store takes no tape of this size", extra={"code": error.code})
                    continue
                log.warning("a tape is not saved yet", extra={"code": error.code})
                if error.outcome is not Outcome.REFUSED:
                    # The store is away: the others would wait for it, too.
                    return False
                is_done = False
    return is_done


def _settle(runtime: Runtime, public_id: UUID, state: Taped | None) -> None:
    if state is Taped.RUNNING:
        return
    if state is Taped.OVER:
        joined = runtime.tapes.join(public_id)
        if joined is None:
            # Its last sound is on its way to the disk, or it has none.
            return
        if _saved(runtime, public_id, joined):
            runtime.tapes.delete(public_id)
            return
    # Erased, or the carrier's copy is the call's recording.
    off_hub(lambda: runtime.recordings.remove(file_name(public_id, taped=True)))
    runtime.tapes.delete(public_id)


def _saved(runtime: Runtime, public_id: UUID, joined: JoinedTape) -> bool:
    off_hub(lambda: runtime.recordings.save(file_name(public_id, taped=True), joined.file))
    return recordings.keep_taped_recording(
        runtime.database,
        public_id,
        size_bytes=joined.size_bytes,
        began_at=joined.began_at,
        taped_s=joined.taped_s,
    )
