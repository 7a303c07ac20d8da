"""Talk with the bot over the simulated phone, printing what both say as it is heard."""

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from simulator.phone.client import PhoneClient
from simulator.phone.line_words import line_words
from voicebot.demo.screen import tell
from voicebot.domain.call import phrases
from voicebot.domain.call.phrases import phrase
from voicebot.domain.person.phone import mask

WAIT_S = 60.0
FILLERS = frozenset(phrase(each, "en-US") for each in phrases.FILLERS)
NAMES = {
    "say": "bot",
    "play": "bot",
    "caller": "caller",
    "key": "key",
    "dial": "line",
    "ring": "line",
    "hangup": "line",
}
STYLES = {"bot": "cyan", "caller": "green", "key": "green", "line": "dim"}


@dataclass
class Talk:
    """One call of a tour."""

    console: Console
    phone: PhoneClient
    sid: str
    shown: int = 0
    view: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def begin(cls, console: Console, phone: PhoneClient, number: str, to: str) -> "Talk":
        """Phone the bot's number `to` from `number` and listen to its first words."""
        sid = phone.call(number, to=to, typing_is_speaking=False)
        talk = cls(console, phone, sid)
        tell(console, f"{mask(number)} calls", style="dim")
        talk.listen()
        return talk

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return bool(self.view.get("over"))

    def say(self, text: str) -> None:
        """Say something once the bot has finished, and listen to the answer."""
        self.phone.say(self.sid, text)
        self.listen()

    def ring_out(self) -> None:
        """Wait until another phone has rung and it is over, and listen to what follows."""
        view = self.phone.wait_heard(self.sid, self._is_new_dial, timeout_s=WAIT_S)
        dialled = next(item["n"] for item in view["heard"] if self._is_new_dial(item))
        self.listen(after=dialled)

    def _is_new_dial(self, item: dict[str, Any]) -> bool:
        return int(item["n"]) > self.shown and item["kind"] == "dial"

    def interrupt(self, text: str) -> None:
        """Wait until the bot speaks, say something over it, and listen to the answer."""
        self.phone.wait_heard(self.sid, self._is_new_speech, timeout_s=WAIT_S)
        self.phone.say(self.sid, text, barge_in=True)
        # What is heard of the bot until then is no answer.
        said = self.phone.wait_heard(
            self.sid, lambda item: item["kind"] == "caller" and item["text"] == text, timeout_s=WAIT_S
        )
        self.listen(after=said["heard"][-1]["n"])

    def _is_new_speech(self, item: dict[str, Any]) -> bool:
        return int(item["n"]) > self.shown and NAMES.get(item["kind"]) == "bot"

    def press(self, key: str, *, rings: bool = False) -> None:
        """Press a key, and listen to what follows; `rings`: to what follows once another phone has rung."""
        self.phone.keys(self.sid, key)
        if rings:
            self.ring_out()
        else:
            self.listen()

    def keep_silent(self) -> None:
        """Say nothing until the bot speaks again."""
        self.phone.silence(self.sid)
        self.listen()

    def hang_up(self) -> None:
        """Put the phone down."""
        self.phone.hangup(self.sid)
        self.follow()

    def follow(self) -> None:
        """Wait until the call is over, and print what was said."""
        self.view = self.phone.wait(self.sid, "over", after=self.shown, timeout_s=WAIT_S)
        self._show()

    def listen(self, after: int | None = None) -> None:
        """Wait for our turn, or the end of the call. After "One moment." the caller waits for what follows."""
        known = self.shown if after is None else after
        while True:
            self.view = self.phone.wait(self.sid, "turn", after=known, timeout_s=WAIT_S)
            last = self.view["heard"][-1] if self.view["heard"] else None
            if last is None or self.over or last["text"] not in FILLERS:
                break
            known = last["n"]
        self._show()

    def _show(self) -> None:
        for item in self.view["heard"]:
            if item["n"] <= self.shown:
                continue
            self.shown = item["n"]
            who = NAMES.get(item["kind"], "line")
            words = item["text"] if who != "line" else f"({line_words(item, 'the caller')})"
            tell(self.console, words or "(sound)", label=f"{who:>7}", label_style=STYLES[who])

    @property
    def longest_silence_s(self) -> float:
        """The longest time that the bot owed sound and gave none, by the simulator's ear, in real seconds."""
        return float(self.view["ear"]["longest_silence_s"])
