"""docs/first-day.md, typed as it stands there: at its end a bot of one's own answers on a number of one's own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.demo_checkout import Checkout, checkout
from tests.house import ROOT

pytestmark = [pytest.mark.chaos, pytest.mark.sql, pytest.mark.timeout(300)]
__all__ = ["checkout"]
PAGE = (ROOT / "docs" / "first-day.md").read_text(encoding="utf-8")


def blocks() -> list[str]:
    """What is to be typed, in order."""
    return re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def type_in(folder: Path, environ: dict[str, str], block: str) -> str:
    """Type a block and return what it prints; every line of it has to work."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(".venv/bin/python", sys.executable)],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_first_day_goes_as_the_page_says(checkout: Checkout) -> None:
    (checkout.folder / "examples").symlink_to(ROOT / "examples")
    checkout.start("--no-tour")
    checkout.says("Serving")

    printed = [type_in(checkout.folder, checkout.environ, block) for block in blocks()]

    copied, published, tried, listed, connected, called, escalations, changed = printed
    assert (copied, "Published version 1 of Anna's Bakery" in published) == ("", True)
    assert "+greeting: Hello, this is {{line}}. What can I do for you?" in published
    assert "six dollars" in tried
    assert "We are closed right now" in tried
    assert re.search(r"^\+442079460147 .*nowhere", listed, re.MULTILINE)
    assert "/twilio/voice" in connected
    assert "Anna's Bakery" in called
    assert "six dollars" in called
    assert "Nothing is open" in escalations or "message" in escalations
    assert "Published version 2" in changed
    assert "Published version 3" in changed


def test_the_new_number_is_answered_with_the_new_greeting_and_the_old_one_as_before(
    checkout: Checkout,
) -> None:
    (checkout.folder / "examples").symlink_to(ROOT / "examples")
    checkout.start("--no-tour")
    checkout.says("Serving")
    for block in blocks()[:5]:
        type_in(checkout.folder, checkout.environ, block)

    def call(number: str) -> str:
        line = "printf 'goodbye\\n' | .venv/bin/python -m voicebot --demo phone --to " + number
        return type_in(checkout.folder, checkout.environ, line)

    assert "this is Anna's Bakery" in call("+442079460147")
    assert "this is Harbour Street Bicycles" in call("+12025550100")
