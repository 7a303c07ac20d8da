"""A tape of ours becomes the recording of its call: once the call is over, whole or not at all, and beside the carrier's."""

import struct
from copy import copy
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.api.people import make_owned
from tests.services.recordings.recorded import Carrier, row_of
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.recordings.folder import FolderRecordings
from voicebot.services.people.erase import erase_person, finish_erasure, sweep_kept
from voicebot.services.recordings.copy import copy_recording
from voicebot.services.recordings.peaks import PeakBook, peaks_of
from voicebot.services.recordings.read import offset_s, read_recording
from voicebot.services.recordings.tapes import save_tapes
from voicebot.storage.calls.recordings import tapes_refused
from voicebot.storage.tapes.files import FileTapes

pytestmark = pytest.mark.sql
BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
LEFT, RIGHT = b"\x01" * 8000, b"\x02" * 8000


class Shelf(FolderRecordings):
    """A store that is away while `error` is set."""

    error, asked = None, 0

    def save(self, name, file):
        self.asked += 1
        if self.error:
            raise self.error
        super().save(name, file)


class House:
    def __init__(self, runtime, owner, carrier, shelf, folder):
        self.runtime, self.owner, self.carrier, self.shelf, self.folder = (
            runtime,
            owner,
            carrier,
            shelf,
            folder,
        )

    def call(self, *, ended=True, at=BEGAN):
        """A call that was answered two seconds after it began; returns its id and its public id."""
        return self.owner.execute(
            """insert into public.call_history (phone_number, call_sid, direction, started_at, answered_at, ended_at)
               values ('+12025550123', %s, 'inbound', %s, %s, %s) returning id, public_id""",
            [f"CA{uuid4().hex}", at, at + timedelta(seconds=2), at + timedelta(minutes=1) if ended else None],
        ).fetchone()

    def taped(self, public_id, *, after_s=3.0, seconds=1, close=True):
        tape = self.runtime.tapes.begin(public_id, BEGAN + timedelta(seconds=after_s))
        for _ in range(seconds):
            tape.write(LEFT, RIGHT)
        if close:
            tape.close()
        assert self.runtime.tapes.drain(10)
        return tape

    def recorded(self, call, *, seconds, sound=b"RIFF of the carrier"):
        """The carrier says that its recording of the call is complete."""
        sid, recording = row_of(self.owner, call)["call_sid"], f"RE{uuid4().hex}"
        self.carrier.recordings[recording] = sound
        self.owner.execute(
            "select public.record_recording(%s, %s, 'completed', %s)", [sid, recording, seconds]
        )

    def sound(self, call):
        part = read_recording(self.runtime, row_of(self.owner, call))
        return part and b"".join(part.pieces)

    def names(self):
        return sorted(path.name for path in self.shelf.folder.glob("*"))


@pytest.fixture
def house(make_runtime, owner, tmp_path):
    carrier, shelf = Carrier(), Shelf(tmp_path / "recordings")
    runtime = make_runtime(telephony=carrier, recordings=shelf)
    house = House(runtime, owner, carrier, shelf, tmp_path / "tapes")
    runtime.tapes = FileTapes(house.folder)
    return house


def sound_in(wav):
    """The sound of a file that says of itself how long it is."""
    (size,) = struct.unpack_from("<I", wav, 54)
    assert wav[50:54] == b"data" and len(wav) == 58 + size
    return wav[58:]


def test_the_tapes_of_a_call_become_one_recording_with_silence_between_them(house):
    call, public_id = house.call()
    house.taped(public_id, after_s=3)
    house.taped(public_id, after_s=4.5)

    assert save_tapes(house.runtime)

    row, stereo = row_of(house.owner, call), b"\x01\x02" * 8000
    assert sound_in(house.sound(call)) == stereo + b"\xff" * 8000 + stereo
    assert (row["recording_taped_s"], offset_s(row)) == (2.0, 3.0)
    lanes = peaks_of(house.runtime, PeakBook(), row).lanes
    assert lanes["caller"][0] > lanes["caller"][125] == 0.0
    assert house.runtime.tapes.calls(9) == [] and house.names() == [f"{public_id}-tape.wav"]
    assert list(house.folder.glob("*.tmp")) == []
    # Again: nothing changes.
    assert save_tapes(house.runtime) and row_of(house.owner, call) == row


def test_nothing_is_taken_from_a_call_that_runs_or_a_tape_that_is_being_written(house):
    running, over = house.call(ended=False), house.call()
    house.taped(running[1])
    writing = house.taped(over[1], close=False)

    assert save_tapes(house.runtime)
    assert house.names() == [] and len(house.runtime.tapes.calls(9)) == 2

    writing.close()
    assert house.runtime.tapes.drain(10)
    with house.runtime.tapes.joining() as is_ours:
        # Another process of the machine is at it.
        fellow = copy(house.runtime)
        fellow.tapes = FileTapes(house.folder)
        assert is_ours and save_tapes(fellow)
        assert house.names() == []
    assert save_tapes(house.runtime)
    assert house.names() == [f"{over[1]}-tape.wav"] and house.runtime.tapes.calls(9) == [running[1]]


def test_a_store_that_is_away_or_refuses_one_loses_nothing_and_is_asked_again(house):
    calls = [house.call() for _ in range(2)]
    for _, public_id in calls:
        house.taped(public_id)
    for outcome, asked in ((Outcome.UNKNOWN, 1), (Outcome.REFUSED, 3)):
        house.shelf.error = ProviderError("supabase", "http-500", outcome)
        # Who is away is asked once a round; who refuses one may take the others.
        assert not save_tapes(house.runtime) and house.shelf.asked == asked
    assert [house.sound(call) for call, _ in calls] == [None, None] and len(house.runtime.tapes.calls(9)) == 2
    house.shelf.error = None

    assert save_tapes(house.runtime)
    assert all(sound_in(house.sound(call)) for call, _ in calls) and house.runtime.tapes.calls(9) == []


def test_a_tape_that_the_store_never_takes_stays_is_told_of_and_is_tried_once_a_day(house):
    call, public_id = house.call()
    other, _ = house.call()
    house.taped(public_id)
    house.taped(row_of(house.owner, other)["public_id"])
    refused, house.shelf.error = {}, ProviderError("supabase", "too_large", Outcome.REFUSED)

    rounds = [save_tapes(house.runtime, refused) for _ in range(3)]

    assert rounds == [True, True, True] and house.shelf.asked == 2
    assert set(house.runtime.tapes.calls(9)) == set(refused) and len(refused) == 2
    assert tapes_refused(house.runtime.database) == 2
    # A day later, with a higher limit.
    house.shelf.error = None
    refused.update({each: at - timedelta(days=1) for each, at in refused.items()})
    assert save_tapes(house.runtime, refused)
    assert (house.runtime.tapes.calls(9), tapes_refused(house.runtime.database)) == ([], 0)
    assert house.sound(call)


@pytest.mark.parametrize("place", ["before the file", "after the file", "after the row", "after the tape"])
def test_a_process_that_is_killed_anywhere_in_a_round_leaves_one_whole_recording_to_the_next(house, place):
    call, public_id = house.call()
    house.taped(public_id)
    save, delete = house.shelf.save, house.runtime.tapes.delete

    class Killed(BaseException):
        """Nothing of the round is run after it."""

    def dying_save(name, file):
        if place == "before the file":
            raise Killed
        save(name, file)
        if place == "after the file":
            raise Killed

    def dying_delete(one):
        if place == "after the tape":
            delete(one)
        raise Killed

    house.shelf.save, house.runtime.tapes.delete = dying_save, dying_delete
    with pytest.raises(Killed):
        save_tapes(house.runtime)
    house.shelf.save = save
    # What comes after it is another process.
    house.runtime.tapes = FileTapes(house.folder)
    assert save_tapes(house.runtime)

    assert sound_in(house.sound(call)) == b"\x01\x02" * 8000
    assert house.runtime.tapes.calls(9) == [] and house.names() == [f"{public_id}-tape.wav"]
    assert list(house.folder.glob("*.tmp")) == []


def test_the_carriers_and_ours_are_never_written_over_each_other_and_the_fuller_one_stays(house):
    carriers_first, whole, lacking = house.call(), house.call(), house.call()
    for call, public_id in (whole, lacking):
        house.taped(public_id, seconds=10)
        assert save_tapes(house.runtime)
        # A second more is the announcement; twenty are a transfer.
        house.recorded(call, seconds=11 if call == whole[0] else 30)
        assert copy_recording(house.runtime, call) is True
    house.recorded(carriers_first[0], seconds=10)
    assert copy_recording(house.runtime, carriers_first[0])
    house.taped(carriers_first[1])
    assert save_tapes(house.runtime)

    assert sound_in(house.sound(whole[0]))[:2] == b"\x01\x02"
    assert [house.sound(call) for call, _ in (carriers_first, lacking)] == [b"RIFF of the carrier"] * 2
    assert [offset_s(row_of(house.owner, call)) for call, _ in (whole, lacking)] == [3.0, 2.0]
    assert house.names() == sorted([f"{carriers_first[1]}.wav", f"{whole[1]}-tape.wav", f"{lacking[1]}.wav"])
    assert house.runtime.tapes.calls(9) == [] and len(house.carrier.fetched) == 2


def test_a_copy_and_a_tape_that_were_saved_at_the_same_time_leave_one_file(house):
    call, public_id = house.call()
    house.recorded(call, seconds=2)
    house.taped(public_id)
    # The tape is saved after the job has seen that there is nothing, and before it says what it has.
    fetch = house.carrier.fetch_recording

    def slow(*args, **rest):
        size = fetch(*args, **rest)
        assert save_tapes(house.runtime)
        return size

    house.carrier.fetch_recording = slow
    assert copy_recording(house.runtime, call)

    assert house.names() == [f"{public_id}-tape.wav"] and sound_in(house.sound(call))


def test_the_carriers_own_is_deleted_where_a_tape_is_whole_and_the_setting_says_so(house):
    house.runtime.settings = house.runtime.settings.model_copy(update={"recordings_delete_at_carrier": True})
    call, public_id = house.call()
    house.taped(public_id, seconds=3)
    house.recorded(call, seconds=4)
    assert save_tapes(house.runtime)

    assert copy_recording(house.runtime, call)

    assert len(house.carrier.deleted) == 1 and house.carrier.fetched == []
    assert sound_in(house.sound(call))


def test_whoever_is_erased_leaves_no_recording_and_no_tape(house):
    person = UUID(house.runtime.database.call("ensure_user", phone="+12025550177")["user_id"])
    (taped, taped_id), (copied, _), (late, late_id) = (house.call() for _ in range(3))
    house.taped(taped_id)
    assert save_tapes(house.runtime)
    house.recorded(copied, seconds=3)
    assert copy_recording(house.runtime, copied)
    house.taped(late_id)
    assert len(house.names()) == 2
    house.owner.execute(
        "update public.call_history set user_id = %s, phone_number = '+12025550177' where id = any (%s)",
        [person, [taped, copied, late]],
    )

    erased = erase_person(house.runtime, person)
    finish_erasure(house.runtime, erased["id"])
    assert save_tapes(house.runtime)

    assert house.names() == [] and house.runtime.tapes.calls(9) == []


def test_what_an_organization_keeps_no_longer_leaves_no_recording(house):
    one = make_owned(house.runtime, house.owner)
    call, public_id = house.call(at=BEGAN - timedelta(days=31))
    house.owner.execute(
        "update public.call_history set organization_id = %s where id = %s", [one.organization_id, call]
    )
    house.taped(public_id)
    assert save_tapes(house.runtime) and house.names() != []
    house.runtime.database.call("set_retention", organization_id=one.organization_id, days=1)

    assert sweep_kept(house.runtime)
    (erasure,) = house.owner.execute(
        "select id from public.erasures where kind = 'retention' and organization_id = %s",
        [one.organization_id],
    ).fetchone()
    finish_erasure(house.runtime, str(erasure))

    assert house.names() == []
