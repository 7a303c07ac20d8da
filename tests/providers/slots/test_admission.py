"""Threads before a gate."""

import threading
import time
from pathlib import Path

import pytest

from tests.providers.scripted_speaker import Voice as ScriptedSpeaker
from tests.providers.scripted_speaker import failure
from tests.support.waiting import wait_for
from voicebot.providers.clips import ClipStore
from voicebot.providers.hearing.doors import Door
from voicebot.providers.hearing.limited import limited_door
from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.ports import Listening, Outcome, Priority, ProviderError
from voicebot.providers.slots.admission import Admission
from voicebot.providers.slots.rooms import Rates, Slots
from voicebot.providers.slots.share import Fleet, Share
from voicebot.providers.speakers import SpeakersInTurn
from voicebot.telemetry import metrics

SOON_S = 10.0


def one_slot(
    wait_s: float = 0.05, limit: int = 1, share: Share | None = None, provider: str = "test_voice"
) -> Admission:
    return Admission(provider, Slots(limit, share or Share()), longest_wait_s=wait_s)


def shown(state: str, provider: str = "test_voice") -> float:
    return metrics.REGISTRY.get_sample_value(
        "voicebot_provider_slots", {"provider": provider, "state": state}
    )


def refused(priority: str) -> float:
    labels = {"provider": "test_voice", "priority": priority}
    return metrics.REGISTRY.get_sample_value("voicebot_provider_slots_refused_total", labels) or 0.0


def test_who_finds_no_place_in_time_is_told_so_and_counted():
    admission, before = one_slot(), refused("next")

    with admission.place(Priority.ANSWER):
        assert (shown("taken"), shown("free"), shown("waiting")) == (1, 0, 0)
        with pytest.raises(ProviderError) as failure, admission.place(Priority.NEXT):
            pass

    assert (failure.value.code, failure.value.outcome, failure.value.unwell) == (
        "busy_here",
        Outcome.NOT_SENT,
        False,
    )
    assert refused("next") == before + 1
    assert (shown("taken"), shown("free"), shown("waiting")) == (0, 1, 0)


@pytest.mark.parametrize("how", ["to its end", "by a failure", "by closing"])
def test_a_place_is_free_again_however_its_use_ends(how):
    admission, exchange = one_slot(), Exchange()

    def spoken():
        with admission.place(Priority.ANSWER, exchange=exchange):
            yield b"a"
            if how == "by a failure":
                raise ProviderError("p", "dropped", Outcome.UNKNOWN)

    stream = ClosableStream(spoken(), exchange)
    next(stream)
    if how == "by closing":
        stream.close()
    elif how == "by a failure":
        with pytest.raises(ProviderError):
            list(stream)
    else:
        list(stream)

    with admission.place(Priority.ANSWER):
        pass


def test_a_place_that_becomes_free_in_time_is_taken_by_one_after_the_other():
    admission = one_slot(SOON_S)
    inside, most = [], []

    def use():
        with admission.place(Priority.NEXT):
            inside.append(1)
            most.append(len(inside))
            # Slow on purpose: whoever could come in beside it has the time to.
            time.sleep(0.001)
            inside.pop()

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON_S)

    assert most == [1] * 6


def test_the_end_of_an_exchange_ends_its_wait():
    # Of its own name: a thread that another test has left shows its own gate.
    admission, exchange = one_slot(SOON_S, provider="test_ended"), Exchange()
    ended = threading.Event()

    def use():
        with pytest.raises(ProviderError), admission.place(Priority.ANSWER, exchange=exchange):
            pass
        ended.set()

    with admission.place(Priority.ANSWER):
        threading.Thread(target=use, daemon=True).start()
        wait_for(lambda: shown("waiting", "test_ended") >= 1)
        exchange.end()
        assert ended.wait(SOON_S / 2)
        assert shown("waiting", "test_ended") == 0


def test_a_share_that_becomes_larger_lets_in_who_waits():
    share = Share(Fleet(callers=2))
    admission = one_slot(SOON_S, limit=2, share=share)
    came_in = threading.Event()

    def use():
        with admission.place(Priority.ANSWER):
            came_in.set()

    with admission.place(Priority.ANSWER):
        threading.Thread(target=use, daemon=True).start()
        assert not came_in.wait(0.05)
        share.fleet = Fleet()
        admission.look()
        assert came_in.wait(SOON_S / 2)


def test_who_waits_for_a_rate_comes_in_with_time_alone():
    rates = Rates(Share())
    admission = Admission("test_model", rates, longest_wait_s=SOON_S)
    told = {"limit": "6000", "remaining": "0", "reset": "1m0s"}
    rates.learn({f"x-ratelimit-{name}-requests": value for name, value in told.items()}, time.monotonic())

    began = time.monotonic()
    with admission.place(Priority.ANSWER, 100):
        assert 0.005 <= time.monotonic() - began < SOON_S / 2


# --- voices -----------------------------------------------------------------------------------------


def test_a_sentence_without_a_place_is_said_by_the_spare_voice_and_the_next_call_asks_the_best_again():
    best, second, spare = ScriptedSpeaker(), ScriptedSpeaker(), ScriptedSpeaker()
    admission = one_slot()
    gates = {"best": admission, "second": admission}
    speakers = SpeakersInTurn([("best", best), ("second", second), ("spare", spare)], admissions=gates)
    call = speakers.open("v", "en")
    waits = refused("answer"), refused("next")

    with admission.place(Priority.ANSWER):
        assert list(call.say("One."))
        assert list(call.say("Two.", before="One."))
    assert list(call.say("Three."))

    assert [text for text, _ in best.asked] == ["Three."]
    assert second.asked == []
    assert (refused("answer"), refused("next")) == (waits[0] + 1, waits[1]), (
        "an answer waits once, in one gate"
    )
    assert [text for text, _ in spare.asked] == ["One.", "Two."]


def test_a_speculation_takes_no_last_place_and_no_spare_voice():
    best, spare = ScriptedSpeaker(), ScriptedSpeaker()
    speakers = SpeakersInTurn(
        [("best", best), ("spare", spare)], admissions={"best": one_slot(SOON_S, limit=2)}
    )
    call = speakers.open("v", "en")
    held = call.say("An answer.")
    next(held)

    with pytest.raises(ProviderError) as refusal:
        next(call.say("Perhaps.", speculative=True))

    assert refusal.value.code == "busy_here"
    assert [text for text, _ in best.asked] == ["An answer."]
    assert spare.asked == []
    assert list(call.say("Surely."))


def test_a_voice_that_breaks_off_gives_its_place_back_before_the_spare_speaks():
    admission = one_slot()
    speakers = SpeakersInTurn(
        [("best", ScriptedSpeaker(failure(), 5)), ("spare", ScriptedSpeaker())],
        admissions={"best": admission},
    )
    stream = speakers.open("v", "en").say("Your appointment is on Friday.")

    for _ in range(6):
        next(stream)

    with admission.place(Priority.ANSWER):
        pass


class SpokenClips:
    """Says mp3 that plays."""

    def stream(self, text, *, voice_id, audio_format, model_id=None):
        yield b"\xff\xfb\x90\x00" * 100

    def list_voices(self):
        return []


def test_a_clip_without_a_place_has_failed_within_the_wait_and_is_made_when_it_is_asked_for_again(
    tmp_path: Path,
):
    admission = one_slot()
    clips = ClipStore(tmp_path, SpokenClips(), SpokenClips(), admission=admission)

    with admission.place(Priority.ANSWER):
        assert not clips.ensure("1-1-0-0-a", "Hello.", "v").wait(SOON_S)

    assert clips.ensure("1-1-0-0-a", "Hello.", "v").wait(SOON_S)


# --- transcribers ------------------------------------------------------------------------------------


class Wire:
    def __init__(self):
        self.closed = 0
        self.breaks = False

    def receive(self, timeout_s=None):
        if self.breaks:
            raise ConnectionError
        return

    def send(self, message):
        pass

    def close(self, code=1000, reason=""):
        self.closed += 1


def test_a_transcriber_that_is_full_is_left_for_the_next_one_and_has_room_once_a_call_is_over():
    door = limited_door(Door("first", False, lambda _: (Wire(), None)), one_slot(0.0, limit=2))
    wires = [door.enter(Listening())[0] for _ in range(2)]

    with pytest.raises(ProviderError) as refusal:
        door.enter(Listening())
    assert refusal.value.outcome is Outcome.NOT_SENT

    wires[0].close()
    wires[0].close()
    door.enter(Listening())
    with pytest.raises(ProviderError):
        door.enter(Listening())


def test_a_connection_that_breaks_or_was_never_made_holds_no_place():
    wire = Wire()
    wire.breaks = True

    def fails(_):
        raise ProviderError("first", "unreachable", Outcome.NOT_SENT)

    admission = one_slot(0.0)
    with pytest.raises(ConnectionError):
        limited_door(Door("first", False, lambda _: (wire, None)), admission).enter(Listening())[0].receive()
    with pytest.raises(ProviderError):
        limited_door(Door("first", False, fails), admission).enter(Listening())

    with admission.place(Priority.ANSWER):
        pass
