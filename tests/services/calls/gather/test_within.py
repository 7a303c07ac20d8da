"""Work that is waited for no longer than a limit: it goes on, and whoever does it does the next work too."""

import threading

import pytest

from voicebot.services.calls.last_resort import TooLate, within


def test_work_that_is_too_late_goes_on_and_who_has_done_it_is_at_hand_for_other_work():
    may_end, ended = threading.Event(), threading.Event()
    who: list[threading.Thread] = []

    def slow() -> None:
        may_end.wait()
        who.append(threading.current_thread())
        ended.set()

    with pytest.raises(TooLate):
        within(slow, 0.01)
    # It has not ended: other work is done by somebody else, and what that raises is raised here.
    with pytest.raises(KeyError, match="wanted"):
        within(lambda: {}["wanted"], 30.0)
    others = {within(threading.current_thread, 30.0) for _ in range(3)}
    may_end.set()
    assert ended.wait(30.0)

    assert len(others) == 1
    assert others.isdisjoint(who)
    assert threading.current_thread() not in others
