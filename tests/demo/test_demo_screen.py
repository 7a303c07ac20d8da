"""What the demo prints stays under its own words at every width."""

import io

import pytest
from rich.cells import cell_len

from voicebot.demo.screen import demo_console, tell, tell_command

WORDS = "The shop is open Monday to Friday, " * 6 + "http://127.0.0.1/" + "x" * 70 + " [code] 你好你好"
COMMAND = (
    ".venv/bin/python -m voicebot --demo",
    "templates edit",
    '"Harbour Street Bicycles"',
    '--greeting "Hello, …"',
    "--publish",
)


def printed(width: int, monkeypatch: pytest.MonkeyPatch) -> tuple[io.StringIO, object]:
    monkeypatch.setenv("COLUMNS", str(width))
    page = io.StringIO()
    return page, demo_console(page)


@pytest.mark.parametrize("width", range(60, 201, 7))
def test_lines_that_do_not_fit_go_on_below_the_words(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    page, console = printed(width, monkeypatch)

    tell(console, WORDS, label="    bot", label_style="cyan")  # type: ignore[arg-type]

    first, *others = page.getvalue().splitlines()
    assert first.startswith("       bot  The shop")
    assert others
    assert all(line.startswith(" " * 12) and line[12] != " " for line in others)
    assert max(cell_len(line) for line in (first, *others)) <= width
    assert "".join(page.getvalue().split()) == "bot" + "".join(WORDS.split())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_command_can_be_copied_at_every_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    page, console = printed(width, monkeypatch)

    tell_command(console, COMMAND)  # type: ignore[arg-type]

    lines = page.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    assert " ".join(page.getvalue().replace("\\\n", " ").split()) == " ".join(COMMAND)


def test_a_pipe_without_a_width_gets_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    page = io.StringIO()

    tell_command(demo_console(page), COMMAND)

    assert page.getvalue().strip() == " ".join(COMMAND)
