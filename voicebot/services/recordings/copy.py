"""Take a copy of a call's recording from its carrier. A job: it may run twice, and runs again when the carrier fails."""

import logging
import tempfile
from pathlib import Path

from voicebot.providers.carriers import Carrier, UnknownAccount
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.runtime import Runtime
from voicebot.storage.calls import recordings

MOST_BYTES = 400 * 1024 * 1024
"""Four hours, the longest call, in two channels."""
logger = logging.getLogger(__name__)


def copy_recording(runtime: Runtime, call_id: int) -> bool:
    """Store our own copy and, where the settings say so, delete the carrier's; return whether there was anything to do.

    Raises ProviderError unless the carrier will never deliver it, so that the job runs again.
    """
    wanted = recordings.recording_to_copy(runtime.database, call_id)
    if wanted is None:
        return False
    try:
        carrier = runtime.carriers.named(wanted.account)
    except UnknownAccount:
        logger.warning("a recording has no carrier any more", extra={"call_id": call_id})
        return False
    if not isinstance(carrier, Carrier):
        return False
    if not wanted.is_copied and not _copied(runtime, carrier, wanted, call_id):
        return False
    if runtime.settings.recordings_delete_at_carrier and not wanted.is_removed:
        carrier.telephony.delete_recording(wanted.recording_sid)
        recordings.note_carriers_removed(runtime.database, call_id)
    return True


def _copied(runtime: Runtime, carrier: Carrier, wanted: recordings.WantedCopy, call_id: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="voicebot-recording-") as folder:
        file = Path(folder) / "recording.wav"
        try:
            size = carrier.telephony.fetch_recording(wanted.recording_sid, file, most_bytes=MOST_BYTES)
        except ProviderError as error:
            # A recording may be reported as complete before it can be fetched (handbook 1.4), so a 404 is repeated.
            if error.outcome is not Outcome.REFUSED or error.code == "http_404":
                raise
            logger.warning("the carrier gives no recording", extra={"call_id": call_id, "code": error.code})
            return False
        runtime.recordings.save(recordings.file_name(wanted.public_id), file)
    is_kept = recordings.keep_recording_copy(runtime.database, call_id, size_bytes=size)
    # The other file is the recording now, or the call was erased meanwhile.
    runtime.recordings.remove(recordings.file_name(wanted.public_id, taped=is_kept))
    return True
