"""A visitor of the demo: a number, a phone, and the page that prints what the visitor does."""

from dataclasses import dataclass

from rich.console import Console

from simulator.phone.client import PhoneClient
from voicebot.demo.chat import Chat
from voicebot.demo.evidence import Evidence
from voicebot.demo.lines import Carried, number_of
from voicebot.demo.talk import Talk
from voicebot.runtime import Runtime


@dataclass
class Visitor:
    """What a station needs."""

    console: Console
    phone: PhoneClient
    runtime: Runtime
    evidence: Evidence
    number: str

    def call(self, carried: Carried = "media") -> Talk:
        """Phone the bot at the number whose calls are carried this way."""
        return Talk.begin(self.console, self.phone, self.number, number_of(carried))

    def chat(self) -> Chat:
        """Text with the bot."""
        return Chat(self.console, self.phone, self.number)
