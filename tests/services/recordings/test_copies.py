"""A carrier's recording becomes a copy of ours: once, whole or not at all, and then the carrier's may go."""

from uuid import uuid4

import pytest

from tests.services.recordings.recorded import Carrier, row_of
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.recordings.folder import FolderRecordings
from voicebot.services.recordings.copy import copy_recording
from voicebot.services.recordings.peaks import PeakBook, peaks_of
from voicebot.services.recordings.read import NotInIt, read_recording

pytestmark = pytest.mark.sql


@pytest.fixture
def carrier():
    return Carrier()


@pytest.fixture
def kept(make_runtime, carrier, tmp_path):
    def kept(**settings):
        shelf = FolderRecordings(tmp_path / "recordings")
        runtime = make_runtime(telephony=carrier, recordings=shelf)
        runtime.settings = runtime.settings.model_copy(update=settings)
        return runtime

    return kept


def a_recorded_call(owner, carrier, *, sound=b"RIFF and so on"):
    """A call with a recording that the carrier says is complete; returns its id."""
    sid, recording = f"CA{uuid4().hex}", f"RE{uuid4().hex}"
    carrier.recordings[recording] = sound
    (call,) = owner.execute(
        "insert into public.call_history (phone_number, call_sid, direction) values ('+12025550123', %s, 'inbound') returning id",
        [sid],
    ).fetchone()
    owner.execute("select public.record_recording(%s, %s, 'completed', 3)", [sid, recording])
    return call


def test_a_finished_recording_is_asked_for_by_a_job_and_copied_once(kept, owner, carrier):
    runtime, call = kept(), a_recorded_call(owner, carrier)
    jobs = owner.execute(
        "select count(*) from jobs.procrastinate_jobs where task_name = 'copy_recording' and (args ->> 'call_id')::bigint = %s",
        [call],
    ).fetchone()

    assert [copy_recording(runtime, call), copy_recording(runtime, call)] == [True, True]

    row = row_of(owner, call)
    assert (jobs, len(carrier.fetched), carrier.deleted) == ((1,), 1, [])
    assert (row["recording_bytes"], row["recording_removed_at"]) == (14, None)
    assert b"".join(read_recording(runtime, row).pieces) == b"RIFF and so on"


def test_the_carriers_own_is_deleted_only_where_the_setting_says_so_and_after_the_copy(kept, owner, carrier):
    runtime, call = kept(recordings_delete_at_carrier=True), a_recorded_call(owner, carrier)
    carrier.error = ProviderError("twilio", "no-answer", Outcome.UNKNOWN)
    with pytest.raises(ProviderError):
        copy_recording(runtime, call)
    assert carrier.deleted == [] and row_of(owner, call)["recording_copied_at"] is None

    carrier.error = None
    assert copy_recording(runtime, call) and copy_recording(runtime, call)

    assert len(carrier.deleted) == 1
    assert row_of(owner, call)["recording_removed_at"] is not None


def test_one_that_is_not_there_yet_is_asked_for_again_and_one_that_never_comes_is_not(kept, owner, carrier):
    runtime, call = kept(), a_recorded_call(owner, carrier)
    carrier.error = ProviderError("twilio", "http_404", Outcome.REFUSED)
    with pytest.raises(ProviderError):
        copy_recording(runtime, call)
    carrier.error = ProviderError("twilio", "too_large", Outcome.REFUSED)

    assert copy_recording(runtime, call) is False
    assert copy_recording(runtime, 0) is False
    assert row_of(owner, call)["recording_copied_at"] is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("", (0, 13)), ("bytes=0-", (0, 13)), ("bytes=3-5", (3, 5)), ("bytes=10-99", (10, 13)), ("bytes=-4", (10, 13)),
     ("bytes=-99", (0, 13)), ("bytes=5-3", (0, 13)), ("bytes=0-1,4-5", (0, 13)), ("lines=1-2", (0, 13)), ("bytes=-", (0, 13))],
)  # fmt: skip
def test_a_part_is_what_the_player_asks_for(kept, owner, carrier, asked, expected):
    runtime, call = kept(), a_recorded_call(owner, carrier)
    copy_recording(runtime, call)

    part = read_recording(runtime, row_of(owner, call), asked)

    assert (part.first, part.last, part.size) == (*expected, 14)
    assert b"".join(part.pieces) == b"RIFF and so on"[part.first : part.last + 1]
    with pytest.raises(NotInIt):
        read_recording(runtime, row_of(owner, call), "bytes=14-")


def test_a_sound_that_cannot_be_drawn_has_no_waveform_and_nothing_fails(kept, owner, carrier):
    runtime, call = kept(), a_recorded_call(owner, carrier)
    copy_recording(runtime, call)
    book = PeakBook()

    assert peaks_of(runtime, book, row_of(owner, call)) is None
    assert (
        peaks_of(runtime, book, row_of(owner, call) | {"public_id": uuid4(), "recording_copied_at": None})
        is None
    )
