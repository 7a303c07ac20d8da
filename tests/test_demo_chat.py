"""What the tour prints of a thread."""

import io
from typing import Any

from rich.console import Console

from voicebot.demo.chat import Chat


class OneText:
    """A phone with one text in it."""

    def texts(self, _number: str) -> list[dict[str, Any]]:
        return [{"n": 1, "author": "product", "direction": "outbound", "body": "Reply [code] or [/]."}]


def test_brackets_in_a_text_are_printed_and_not_read_as_colours() -> None:
    page = io.StringIO()

    Chat(Console(file=page), OneText(), "+12025550123").catch_up()  # type: ignore[arg-type]

    assert "Reply [code] or [/]." in page.getvalue()
