"""The tour: four calls, each talked through and then checked against the database."""

import random
from collections.abc import Callable

from rich.console import Console

from voicebot.demo.evidence import Evidence
from voicebot.demo.talk import Talk
from voicebot.simulator.phone.client import PhoneClient

AREA_CODES = ("202", "212", "312", "415", "617", "206", "303", "512")


class Tour:
    """Plays every station in its order; `failed` names what did not check out."""

    def __init__(self, console: Console, phone: PhoneClient, evidence: Evidence, rng: random.Random) -> None:
        self._console, self._phone, self._evidence, self._rng = console, phone, evidence, rng

    @property
    def failed(self) -> list[str]:
        """The checks that failed."""
        return [what for what, ok in self._evidence.checks if not ok]

    def play(self) -> None:
        """Play the tour from the first station to the last."""
        stations: list[tuple[str, Callable[[], None]]] = [
            ("A customer asks, presses a key and wants another voice", self._customer),
            ("A caller who says nothing", self._silent_caller),
            ("A transfer that nobody answers", self._unanswered_transfer),
            ("The model fails in the middle of a call", self._failing_model),
        ]
        for number, (title, station) in enumerate(stations, 1):
            self._console.print(f"\n[bold]{number}  {title}[/]")
            try:
                station()
            except TimeoutError as error:
                self._evidence.check(f"{title}: {error}", ok=False)
            finally:
                self._phone.provider_knobs()
                self._phone.operator("answer")

    def _number(self) -> str:
        """A fictional number (RELIABILITY 24), another one each time."""
        return f"+1{self._rng.choice(AREA_CODES)}55501{self._rng.randrange(100):02d}"

    def _call(self) -> Talk:
        return Talk.begin(self._console, self._phone, self._number())

    def _customer(self) -> None:
        talk = self._call()
        talk.say("When are you open on Saturday?")
        talk.press("*")
        talk.say("How much is a full service?")
        talk.say("Could you use another voice please?")
        talk.say("And where is the shop?")
        talk.say("Thank you, goodbye!")
        if not talk.over:
            talk.hang_up()
        shown = self._evidence.examine(talk, call_status="completed", end_reason="bot_ended")
        bot = " ".join(line["content"] for line in shown.get("transcripts") or [] if line["speaker"] == "bot")
        self._evidence.check(
            "the answers came from the template's facts", "eighty-five" in bot and "Harbour" in bot
        )
        self._evidence.check(
            "the caller has another voice now", bool((shown.get("call") or {}).get("voice_id"))
        )

    def _silent_caller(self) -> None:
        talk = self._call()
        while not talk.over:
            talk.keep_silent()
        self._evidence.examine(talk, call_status="completed", end_reason="silence")

    def _unanswered_transfer(self) -> None:
        self._phone.operator("no-answer")
        talk = self._call()
        talk.press("0")
        talk.say("Then tell me, what does a flat tyre cost?")
        talk.hang_up()
        self._evidence.examine(
            talk, call_status="completed", end_reason="caller_hung_up", outcome="transfer_no_answer"
        )

    def _failing_model(self) -> None:
        talk = self._call()
        talk.say("Can I rent a bicycle?")
        self._phone.provider_knobs(target="model", mode="cut", after_chars=20)
        talk.say("And what does a full service cost?")
        self._phone.provider_knobs()
        talk.say("I asked what a full service costs.")
        talk.hang_up()
        shown = self._evidence.examine(talk, call_status="completed", end_reason="caller_hung_up")
        bot = " ".join(line["content"] for line in shown.get("transcripts") or [] if line["speaker"] == "bot")
        self._evidence.check(
            "the bot apologised, and answered the second time", "Sorry" in bot and "eighty-five" in bot
        )
