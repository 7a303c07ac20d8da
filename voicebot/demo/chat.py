"""Text with the bot over the simulated phone, printing what both write."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from simulator.phone.client import PhoneClient
from voicebot.demo.screen import tell

WAIT_S = 30.0
OTHER_TEXT_WITHIN_S = 5.0
NAMES = {"person": "caller", "product": "bot", "carrier": "carrier"}
STYLES = {"person": "green", "product": "cyan", "carrier": "dim"}


@dataclass
class Chat:
    """One thread of a tour."""

    console: Console
    phone: PhoneClient
    number: str
    shown: int = 0

    def write(self, words: str) -> str:
        """Send a text and return the bot's answer to it."""
        self.phone.text(words, from_number=self.number)
        return self.read()

    def send(self, words: str) -> None:
        """Send a text that nothing need answer."""
        self.phone.text(words, from_number=self.number)
        self.catch_up()

    def catch_up(self) -> None:
        """Show what has come meanwhile."""
        self._show(self.phone.texts(self.number))

    def read(self) -> str:
        """Wait for the next text to the person; return all that is new, as it arrived."""
        before = self.shown
        texts = self.phone.wait_text(self.number, after=before, timeout_s=WAIT_S)
        self._show(texts)
        return "\n".join(
            text["body"] for text in texts if text["n"] > before and text["direction"] == "outbound"
        )

    def code(self) -> tuple[str, str]:
        """Wait for a text with a code; return its digits and the two words that stand for it."""
        for _ in range(3):
            for text in self.phone.texts(self.number):
                if found := _code_in(text):
                    return found
            self.read()
        raise TimeoutError("no text with a code came")

    def write_for_code(self, words: str) -> tuple[str, str]:
        """Send a text that is answered by words and by a code, which arrive in any order; return the code."""
        self.phone.text(words, from_number=self.number)
        sent = self.shown + 1
        arrived = self.phone.wait_text(self.number, after=sent, timeout_s=WAIT_S)
        with suppress(TimeoutError):
            arrived = self.phone.wait_text(self.number, after=sent + 1, timeout_s=OTHER_TEXT_WITHIN_S)
        # The words announce the code.
        self._show(sorted(arrived, key=lambda text: text["n"] > sent and _code_in(text) is not None))
        return self.code()

    def received(self) -> list[dict[str, Any]]:
        """Return the texts that the bot has sent to the person."""
        return [text for text in self.phone.texts(self.number) if text["author"] == "product"]

    def _show(self, texts: list[dict[str, Any]]) -> None:
        before = self.shown
        for text in texts:
            if text["n"] > before:
                self.shown = max(self.shown, text["n"])
                who = text["author"]
                tell(self.console, text["body"], label=f"{NAMES[who]:>7}", label_style=STYLES[who])


def _code_in(text: Mapping[str, Any]) -> tuple[str, str] | None:
    digits = re.search(r"\b(\d{6})\b", text["body"])
    words = re.search(r"reply with: ([a-z]+ [a-z]+)", text["body"], re.IGNORECASE)
    if text["direction"] != "outbound" or not digits:
        return None
    return digits[1], words[1] if words else ""
