"""Erase a person: our rows at once, the carriers' copies by a job that repeats until they are gone. Also delete old data."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.providers.carriers import Carrier, UnknownAccount
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.bulk.export import drop_export
from voicebot.storage.calls.recordings import file_name
from voicebot.storage.people import erasures
from voicebot.storage.people.erasures import KeptRecording, Leftover, Row

NOTED_AT_ONCE = 50
"""Pieces that are removed before it is noted: what is killed in between removes them once more."""
MOST_ROUNDS = 400
"""Each is of one organization, and a transaction of its own."""
Piece = TypeVar("Piece", UUID, KeptRecording)
log = logging.getLogger(__name__)


def erase_person(runtime: Runtime, person: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Erase a person; return {"id", "removed", "rows_left"} of the proof. Raises NotErased and DatabaseAway.

    Of very many rows the first go at once, and the others by the job (`rows_left`).
    """
    erased = erasures.erase_person(runtime.database, person, actor=actor)
    runtime.hint.made_work()
    return erased


def finish_erasure(runtime: Runtime, erasure_id: str) -> None:
    """Remove the rest of a person's data, in steps: rows, recordings at carriers and in our store, exports, events;
    then finish the proof.

    Raises ProviderError while one recording remains, so that the job runs again; the others are removed all the same.
    Tapes are removed by the process that has them (`services/recordings/tapes.py`).
    """
    erasure, refused = UUID(erasure_id), None
    while erasures.erase_more_rows(runtime.database, erasure):
        # A refused removal is tried once more after the last row.
        if refused is None:
            refused = _remove_pieces(runtime, erasure)
    refused = _remove_pieces(runtime, erasure)
    while erasures.sweep_events(runtime.database, erasure):
        continue
    if refused is not None:
        erasures.note_problem(runtime.database, erasure, refused.code)
        raise refused
    erasures.finish_erasure(runtime.database, erasure)


def _remove_pieces(runtime: Runtime, erasure: UUID) -> ProviderError | None:
    """Remove the remaining exports, copies and recordings; return why one of them could not be removed."""
    left, refused = erasures.leftover(runtime.database, erasure), None
    for export in left.exports:
        drop_export(runtime.settings, export)
    erasures.note_erased(runtime.database, erasure, Leftover(exports=left.exports))

    def gone(pieces: Sequence[Piece], remove: Callable[[Runtime, Piece], None], problem: str) -> list[Piece]:
        nonlocal refused
        removed = []
        for piece in pieces:
            try:
                remove(runtime, piece)
                removed.append(piece)
            except ProviderError as error:
                log.warning(problem, extra={"code": error.code})
                refused = error
        return removed

    for begin in range(0, max(len(left.copies), len(left.recordings)), NOTED_AT_ONCE):
        part = slice(begin, begin + NOTED_AT_ONCE)
        copies = gone(left.copies[part], _remove_copy, "a copy of a recording is not erased yet")
        recordings = gone(left.recordings[part], _delete, "a recording is not erased yet")
        erasures.note_erased(runtime.database, erasure, Leftover(recordings, copies))
    return refused


def _remove_copy(runtime: Runtime, public_id: UUID) -> None:
    for taped in (False, True):
        runtime.recordings.remove(file_name(public_id, taped=taped))


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
