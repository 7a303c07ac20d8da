"""Replay a scenario over the phone API and compare the sounds with the written ones."""

from dataclasses import dataclass, field
from typing import Any

from simulator.phone.client import PhoneClient, PhoneRefused
from simulator.phone.scenario import Block, Line, Scenario, fits, line_of, merged, parse_scenario

MUMBLED_CONFIDENCE = 0.2


@dataclass(frozen=True)
class Mismatch:
    """Where call and scenario part: the scenario's line (0: none), what it says, what happened."""

    line: int
    expected: str
    heard: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "at the end"
        return f"{where}: expected {self.expected!r}, heard {self.heard!r}"


@dataclass
class Result:
    """How a replay went; `view` is the call as the phone API shows it."""

    sid: str
    mismatches: list[Mismatch] = field(default_factory=list)
    view: dict[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether everything was heard as written."""
        return not self.mismatches


def play_scenario(text: str, phone: PhoneClient, *, timeout_s: float = 30.0) -> Result:
    """Call the bot and do what the scenario says; stops at the first difference. Raises NotAScenario."""
    scenario = parse_scenario(text)
    phone.operator(scenario.operator)
    replay = _Replay(scenario, phone, phone.call(scenario.from_number), timeout_s)
    replay.run()
    return replay.result


class _Replay:
    def __init__(self, scenario: Scenario, phone: PhoneClient, sid: str, timeout_s: float) -> None:
        self._scenario, self._phone, self._timeout_s = scenario, phone, timeout_s
        self._heard = 0
        self.result = Result(sid)

    def run(self) -> None:
        """Block by block; whatever happens, the person hangs up in the end."""
        blocks = self._scenario.blocks
        try:
            for block, following in zip(blocks, [*blocks[1:], None], strict=True):
                if block.act is not None and not self._do(block.act):
                    return
                self._await(block, following)
                if not self._compare(block):
                    return
        finally:
            self._hang_up()

    def _do(self, act: Line) -> bool:
        sid, phone = self.result.sid, self._phone
        try:
            match act.word:
                case "caller":
                    phone.say(sid, act.text)
                case "mumbled":
                    phone.say(sid, act.text, confidence=MUMBLED_CONFIDENCE)
                case "interrupt":
                    phone.say(sid, act.text, barge_in=True)
                case "key":
                    phone.keys(sid, act.text)
                case "silence":
                    phone.silence(sid)
                case _:
                    phone.hangup(sid)
        except PhoneRefused as refused:
            if refused.status != 409:
                raise
            self._differ(act.number, act.written(), "the call is over")
            return False
        return True

    def _await(self, block: Block, following: Block | None) -> None:
        """Wait until what comes next may be done: the person's turn, or the end of the call."""
        next_act = following.act.word if following and following.act else ""
        hung_up = block.act is not None and block.act.word == "hangup"
        ends = hung_up or any(line.word == "ends" for line in block.expected)
        if next_act == "interrupt":
            self.result.view = self._phone.get(self.result.sid)
            return
        wanted = (
            "over" if ends else {"key": "keys", "caller": "speech", "mumbled": "speech"}.get(next_act, "turn")
        )
        try:
            self.result.view = self._phone.wait(self.result.sid, wanted, timeout_s=self._timeout_s)
        except TimeoutError as late:
            self.result.view = self._phone.get(self.result.sid)
            self._differ(block.act.number if block.act else 0, f"the call to wait for {wanted}", str(late))

    def _compare(self, block: Block) -> bool:
        happened = self._happened()
        expected = merged(block.expected)
        ignored = self._scenario.ignored
        kept = [
            line
            for line in happened
            if line.word != "bot" or not any(fits(each, line.text) for each in ignored)
        ]
        found = merged(kept)
        for position in range(max(len(expected), len(found))):
            wish = expected[position] if position < len(expected) else None
            got = found[position] if position < len(found) else None
            if wish is None or got is None or wish.word != got.word or not fits(wish.text, got.text):
                self._differ(
                    wish.number if wish else 0,
                    wish.written() if wish else "nothing more",
                    got.written() if got else "nothing more",
                )
                break
        return self.result.passed

    def _happened(self) -> list[Line]:
        """The lines of what was heard since the last comparison, without the person's own doings."""
        view = self.result.view
        lines = [line_of(item) for item in view["heard"][self._heard :]]
        self._heard = len(view["heard"])
        happened = [line for line in lines if line is not None and line.word in ("bot", "ring", "dial")]
        return [*happened, *([Line(0, "ends", view["status"])] if view["over"] else [])]

    def _differ(self, number: int, expected: str, heard: str) -> None:
        self.result.mismatches.append(Mismatch(number, expected, heard))

    def _hang_up(self) -> None:
        try:
            self._phone.hangup(self.result.sid)
            self.result.view = self._phone.wait(self.result.sid, "over")
        except PhoneRefused:
            self.result.view = self._phone.get(self.result.sid)
