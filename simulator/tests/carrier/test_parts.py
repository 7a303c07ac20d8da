"""Small parts of the carrier: overrides, the ear's clock, the pace, the line, the seed."""

import threading
import time

import pytest

from simulator.carrier.books.calls import CallBook, CallRecord
from simulator.carrier.far_end.ear import Ear
from simulator.carrier.far_end.line import CallerHungUp, EndedByApi, Line, LineClosed, Pressed, Said
from simulator.carrier.pace import Pace
from simulator.carrier.twiml.reader import NotTwiml, parse, schema_warnings
from simulator.carrier.wire.overrides import Overrides, split_overrides


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_a_fragment_only_a_failed_connect_is_tried_again() -> None:
    url, overrides = split_overrides("https://example.com/voice?a=b")

    assert url == "https://example.com/voice?a=b"
    assert overrides == Overrides(5000, 15000, 15000, 1, frozenset({"ct"}))
    assert overrides.retries_after("ct")
    assert not overrides.retries_after("5xx")


def test_a_fragment_sets_what_it_names_within_the_documented_ranges() -> None:
    _, overrides = split_overrides(
        "https://example.com/voice#rc=3&rt=4000&ct=50&tt=99999&rp=5xx,rt,nonsense&e=dublin"
    )

    assert overrides == Overrides(5000, 4000, 15000, 3, frozenset({"5xx", "rt"}))


def test_all_means_every_reason() -> None:
    _, overrides = split_overrides("https://example.com/voice#rp=all")

    assert all(overrides.retries_after(reason) for reason in ("ct", "rt", "4xx", "5xx"))


def test_the_ear_counts_from_the_first_debt_to_the_next_sound() -> None:
    clock = Clock()
    ear = Ear(clock)

    ear.owes("turn")
    clock.now += 1.0
    ear.owes("document")
    clock.now += 1.5
    ear.hears("say")
    clock.now += 60
    ear.hears("play")

    assert ear.report() == {
        "longest_silence_s": 2.5,
        "owed": [{"since": "turn", "until": "say", "silence_s": 2.5, "at_s": 0.0}],
    }


def test_a_debt_that_still_runs_is_reported() -> None:
    clock = Clock()
    ear = Ear(clock)
    ear.owes("turn")
    clock.now += 7

    assert ear.report()["longest_silence_s"] == 7
    assert ear.report()["owed"][0]["until"] == ""


@pytest.mark.parametrize(("speed", "wall_s"), [(1.0, 10.0), (20.0, 0.5), (0.0, 0.0)])
def test_the_clock_of_a_call_counts_its_own_seconds_at_any_speed(speed: float, wall_s: float) -> None:
    clock = Clock()
    pace = Pace(speed, clock)

    began_s = pace.now_s()
    clock.now += pace.wall_s(10)
    pace.jump(10, since_s=began_s)

    assert pace.wall_s(10) == wall_s
    assert pace.now_s() == pytest.approx(10)


def test_a_hang_up_breaks_a_wait_at_once() -> None:
    line = Line()
    threading.Timer(0.1, lambda: line.interrupt(CallerHungUp())).start()
    began = time.monotonic()

    with pytest.raises(CallerHungUp):
        line.wait(10)

    assert time.monotonic() - began < 2


def test_a_hang_up_is_not_replaced_by_what_comes_after_it() -> None:
    line = Line()
    line.interrupt(CallerHungUp())
    line.interrupt(EndedByApi("completed"))

    with pytest.raises(CallerHungUp):
        line.check()


def test_acts_are_taken_in_order_by_whoever_they_fit() -> None:
    line = Line()
    line.act(Said("hello", None))
    line.act(Pressed("1"))

    pressed = line.next_act(0, lambda act: isinstance(act, Pressed))
    said = line.next_act(0, lambda act: isinstance(act, Said))

    assert (pressed, said) == (Pressed("1"), Said("hello", None))
    assert line.next_act(0, lambda _: True) is None


def test_nothing_reaches_a_closed_line() -> None:
    line = Line()
    line.close()

    with pytest.raises(LineClosed):
        line.act(Pressed("1"))


def test_a_terminal_status_never_leaves() -> None:
    book = CallBook()
    record = book.add(CallRecord("AC", "+1", "+2", "inbound"))

    moves = [book.move(record, status) for status in ("ringing", "busy", "in-progress", "completed")]

    assert moves == [True, True, False, False]
    assert record.status == "busy"


@pytest.mark.parametrize(
    "body",
    ["", "<Response>", "no xml", "<response/>", "<!DOCTYPE x><Response/>", "<Response>\x00</Response>"],
)
def test_what_is_no_document_is_refused(body: str) -> None:
    with pytest.raises(NotTwiml):
        parse(body, None)


def test_names_are_case_sensitive_and_speech_markup_is_not_looked_at() -> None:
    document = parse(
        '<Response><say>a</say><Gather Input="speech"><Dial/></Gather>'
        '<Say>one <break time="1s"/><emphasis>two</emphasis></Say></Response>',
        None,
    )

    assert schema_warnings(document) == [
        "Element 'say' is not allowed in 'Response'",
        "Attribute 'Input' is not allowed in 'Gather'",
        "Element 'Dial' is not allowed in 'Gather'",
    ]
    assert document.verbs[2].text == "one two"
