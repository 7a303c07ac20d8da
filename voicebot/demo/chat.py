"""Text with the bot over the simulated phone, printing what both write."""

import re
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape

from voicebot.simulator.phone.client import PhoneClient

WAIT_S = 30.0
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
                digits = re.search(r"\b(\d{6})\b", text["body"])
                words = re.search(r"reply with: ([a-z]+ [a-z]+)", text["body"], re.IGNORECASE)
                if text["direction"] == "outbound" and digits:
                    return digits[1], words[1] if words else ""
            self.read()
        raise TimeoutError("no text with a code came")

    def received(self) -> list[dict[str, Any]]:
        """Return the texts that the bot has sent to the person."""
        return [text for text in self.phone.texts(self.number) if text["author"] == "product"]

    def _show(self, texts: list[dict[str, Any]]) -> None:
        for text in texts:
            if text["n"] > self.shown:
                self.shown = text["n"]
                who = text["author"]
                self.console.print(
                    f"   [{STYLES[who]}]{NAMES[who]:>7}[/]  {escape(text['body'])}",
                    markup=True,
                    highlight=False,
                )
