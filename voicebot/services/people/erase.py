"""Erase somebody: the rows at once, what carriers keep by a job that tries until it is gone. And remove what is kept too long."""

import logging
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.providers.carriers import Carrier, UnknownAccount
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.bulk.export import drop_export
from voicebot.storage.calls.recordings import file_name
from voicebot.storage.people import erasures
from voicebot.storage.people.erasures import KeptRecording, Row

MOST_ROUNDS = 400
"""Each is of one organization, and a transaction of its own."""
log = logging.getLogger(__name__)


def erase_person(runtime: Runtime, person: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Erase a person; return {"id", "removed"} of the proof. Raises NotErased and DatabaseAway."""
    erased = erasures.erase_person(runtime.database, person, actor=actor)
    runtime.hint.made_work()
    return erased


def finish_erasure(runtime: Runtime, erasure_id: str) -> None:
    """Remove recordings at their carriers and in our own store, exports in which the person stands, and events of ours, then finish the proof.

    Raises ProviderError while one of them is kept: the job is then tried again. The others are removed all the same. Tapes are
    removed by the process that has them (`services/recordings/tapes.py`).
    """
    erasure, refused = UUID(erasure_id), None
    for export in erasures.exports_left(runtime.database, erasure):
        drop_export(runtime.settings, export)
    for public_id in erasures.copies_left(runtime.database, erasure):
        try:
            for taped in (False, True):
                runtime.recordings.remove(file_name(public_id, taped=taped))
        except ProviderError as error:
            log.warning("a copy of a recording is not erased yet", extra={"code": error.code})
            refused = error
    for recording in erasures.recordings_left(runtime.database, erasure):
        try:
            _delete(runtime, recording)
        except ProviderError as error:
            log.warning("a recording is not erased yet", extra={"code": error.code})
            refused = error
        else:
            erasures.note_recording_erased(runtime.database, erasure, recording.sid)
    while erasures.sweep_events(runtime.database, erasure):
        continue
    if refused is not None:
        erasures.note_problem(runtime.database, erasure, refused.code)
        raise refused
    erasures.finish_erasure(runtime.database, erasure)


def finish_running_erasures(runtime: Runtime) -> int:
    """Try those again whose job has given up; return how many were finished."""
    done = 0
    for erasure in erasures.running_erasures(runtime.database):
        try:
            finish_erasure(runtime, str(erasure))
        except ProviderError:
            # A later round asks again.
            continue
        done += 1
    return done


def sweep_kept(runtime: Runtime) -> int:
    """Remove calls and texts that are older than their organization keeps them; return how many."""
    gone = 0
    for _ in range(MOST_ROUNDS):
        swept = erasures.sweep_kept(runtime.database)
        gone += swept
        if not swept:
            break
    if gone:
        log.info("old calls and texts erased", extra={"count": gone})
    return gone


def _delete(runtime: Runtime, recording: KeptRecording) -> None:
    try:
        carrier = runtime.carriers.named(recording.account)
    except UnknownAccount as error:
        raise ProviderError("telephony", "unknown_account", Outcome.NOT_SENT) from error
    if not isinstance(carrier, Carrier):
        raise ProviderError("telephony", "keeps_recordings_itself", Outcome.NOT_SENT)
    carrier.telephony.delete_recording(recording.sid)
