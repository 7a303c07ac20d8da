"""The phone in a terminal prints what is heard once, with its words."""

import io
from typing import Any

from rich.console import Console

from simulator.phone.terminal import TerminalCall


def view(text: str | None, duration_s: float, *, over: bool = False) -> dict[str, Any]:
    item = {"n": 1, "kind": "play", "text": text, "duration_s": duration_s, "cut": False}
    return {"heard": [item], "on_stream": None if over else "media", "over": over}


class Phone:
    """Shows a call as it goes on."""

    def __init__(self, *views: dict[str, Any]) -> None:
        self._views = list(views)

    def get(self, _sid: str) -> dict[str, Any]:
        return self._views.pop(0)

    def events(self, _after: int, *, timeout_s: float) -> dict[str, Any]:
        del timeout_s
        return {"last": 1}


def test_a_sound_on_a_stream_is_printed_once_its_words_are_known() -> None:
    page = io.StringIO()
    views = (view(None, 0.0), view("One moment.", 0.0), view("One moment. Until two.", 2.0))
    phone: Any = Phone(*views, view("One moment. Until two.", 2.0, over=True))

    TerminalCall(phone, "CA1", Console(file=page, width=80), at_once=False).print_what_is_heard()

    assert page.getvalue().split("\n") == ["  bot  One moment. Until two.", ""]
