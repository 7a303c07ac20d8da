"""What the tour prints of a thread."""

import io
from typing import Any

from rich.console import Console

from voicebot.demo.chat import Chat

CODE = {"n": 2, "author": "product", "direction": "outbound", "body": "123456 is your code."}
NEWS = {"n": 3, "author": "product", "direction": "outbound", "body": "I am texting you a code."}


class Thread:
    """A phone on which the code arrives before the words that announce it."""

    def __init__(self) -> None:
        self._texts: list[dict[str, Any]] = []

    def text(self, body: str, **_: Any) -> None:
        self._texts = [{"n": 1, "author": "person", "direction": "inbound", "body": body}, CODE, NEWS]

    def texts(self, _number: str) -> list[dict[str, Any]]:
        return self._texts

    def wait_text(self, number: str, **_: Any) -> list[dict[str, Any]]:
        return self.texts(number)


class OneText:
    """A phone with one text in it."""

    def texts(self, _number: str) -> list[dict[str, Any]]:
        return [{"n": 1, "author": "product", "direction": "outbound", "body": "Reply [code] or [/]."}]


def test_brackets_in_a_text_are_printed_and_not_read_as_colours() -> None:
    page = io.StringIO()

    Chat(Console(file=page), OneText(), "+12025550123").catch_up()  # type: ignore[arg-type]

    assert "Reply [code] or [/]." in page.getvalue()


def test_a_code_is_printed_below_the_words_that_announce_it() -> None:
    page = io.StringIO()
    chat = Chat(Console(file=page), Thread(), "+12025550123")  # type: ignore[arg-type]

    code, _ = chat.write_for_code("AGREE")

    assert code == "123456"
    assert [line.split()[0:2] for line in page.getvalue().splitlines()] == [
        ["caller", "AGREE"],
        ["bot", "I"],
        ["bot", "123456"],
    ]
    chat.catch_up()
    assert len(page.getvalue().splitlines()) == 3
