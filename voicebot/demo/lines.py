"""The demo's phone lines: one shop behind three numbers, and each number's calls are carried another way."""

from typing import Literal

from simulator.house import House
from voicebot.services.numbers.connect import connect, preview_connect
from voicebot.storage.migrate.apply import apply_seed

Carried = Literal["media", "relay", "gather"]
LINES: dict[str, Carried] = {"+12025550100": "media", "+12025550101": "relay", "+12025550102": "gather"}
"""The first one is the bot's own, whose template leaves it to VOICE_TRANSPORT. `sql/seed/lines.sql` has the others."""


def number_of(carried: Carried) -> str:
    """Return the number to dial for a call that is carried this way."""
    return next(number for number, each in LINES.items() if each == carried)


def furnish_lines(house: House) -> None:
    """Have the further numbers lead here. Needs a furnished house; repeating it changes nothing."""
    runtime = house.runtime
    for number in LINES:
        if number != runtime.carriers.main.number:
            connect(runtime, preview_connect(runtime, number))
    apply_seed(house.dsn, "lines")
