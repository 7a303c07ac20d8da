"""The person on a stream: takes what phones tell them to do, and says and presses of their own accord what people do."""

import re

from simulator.carrier.far_end.line import Act, Pressed, Said, StayedSilent, Takes
from simulator.carrier.far_end.turn import may_do, takes_anything, takes_nothing_yet
from simulator.carrier.live_call import LiveCall

TOLD_KEY = re.compile(r"\bpress ([0-9*#])", re.I)
REACTION_S = 1.5
"""Until a person who was told which key to press has pressed it."""


class Person:
    """Asked repeatedly for the next act; `turn_since_s` is when the person's turn began, None outside it."""

    def __init__(self, call: LiveCall) -> None:
        self._call = call
        self._heard_before = len(call.hearing.items())
        call.line.expect(takes_nothing_yet)

    def does(
        self, now_s: float, bot_silent_s: float, turn_since_s: float | None, *, busy: bool
    ) -> Act | None:
        """The next act, if it is time for it; `busy` while they are speaking. Silence is an act that passes unseen."""
        line = self._call.line
        line.expect(takes_nothing_yet if turn_since_s is None or busy else takes_anything)
        act = self._asked(lambda each: may_do(each, bot_silent_s, mouth_busy=busy))
        if act is None and not busy:
            act = self._unasked(now_s, turn_since_s)
        if isinstance(act, StayedSilent):
            return None
        if act is not None:
            line.expect(takes_nothing_yet)
            self._heard_before = len(self._call.hearing.items())
        return act

    def next_s(self, turn_since_s: float | None) -> float | None:
        """When they do something of their own accord, in seconds of the call; None: they do not."""
        call = self._call
        if call.lines:
            if call.nobody_there or call.screened:
                return 0.0
            return None if turn_since_s is None else turn_since_s + call.hesitates_s
        if turn_since_s is None or not call.obeys or self._told() is None:
            return None
        return turn_since_s + REACTION_S

    def _asked(self, takes: Takes) -> Act | None:
        line = self._call.line
        if line.peek(takes) is None:
            return None
        # Not for a moment it may look as if the call waited for the next act.
        line.expect(takes_nothing_yet)
        return line.take(takes)

    def _unasked(self, now_s: float, turn_since_s: float | None) -> Act | None:
        due_s = self.next_s(turn_since_s)
        if due_s is None or now_s < due_s:
            return None
        if self._call.lines:
            self._call.screened = False
            return Said(self._call.lines.pop(0), None, barge_in=True)
        told = self._told()
        if told is None:
            return None
        self._call.obeys -= 1
        return Pressed(told)

    def _told(self) -> str | None:
        """The key that they were told to press since they last did something."""
        heard = self._call.hearing.items()[self._heard_before :]
        told = TOLD_KEY.search(" ".join(item.text or "" for item in heard if item.kind in ("say", "play")))
        return told[1] if told else None
