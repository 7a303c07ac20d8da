"""docs/first-day.md, typed as it stands there: at its end a bot of one's own answers on a number of one's own."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.demo_checkout import Checkout, checkout, new_checkout
from tests.house import ROOT
from tests.support.runs import forks
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.chaos, pytest.mark.sql, pytest.mark.timeout(600)]
__all__ = ["checkout", "new_checkout"]
ASK = ROOT / "tests" / "support" / "runs" / "ask.py"
PAGE = (ROOT / "docs" / "first-day.md").read_text(encoding="utf-8")


def blocks() -> list[str]:
    """What is to be typed, in order."""
    return re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def type_in(folder: Path, environ: dict[str, str], block: str, python: str) -> str:
    """Type a block and return what it prints; every line of it has to work."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(".venv/bin/python", python)],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_first_day_goes_as_the_page_says_and_leaves_nothing_when_it_is_killed(checkout: Checkout) -> None:
    (checkout.folder / "examples").symlink_to(ROOT / "examples")
    demo = checkout.start("--no-tour", "--speed", "3")
    checkout.says("Serving")

    def typed(block: str, python: str = f"{sys.executable} -I -S {ASK} {forks.loaded('plain')}") -> str:
        return type_in(checkout.folder, checkout.environ, block, python)

    def call(number: str) -> str:
        return typed("printf 'goodbye\\n' | .venv/bin/python -m voicebot --demo phone --to " + number)

    until_connected, from_the_call_on = blocks()[:5], blocks()[5:]
    copied, published, tried, listed, connected = map(typed, until_connected)
    with ThreadPoolExecutor(2) as pool:
        theirs, ours = pool.map(call, ("+442079460147", "+12025550100"))
    # As everybody has them: loaded for each command.
    called = typed(from_the_call_on[0], sys.executable)
    escalations, changed, signed_in = map(typed, from_the_call_on[1:])

    assert (copied, "Published version 1 of Anna's Bakery" in published) == ("", True)
    assert "+greeting: Hello, this is {{line}}. What can I do for you?" in published
    assert "six dollars" in tried
    assert "We are closed right now" in tried
    assert re.search(r"^\+442079460147 .*nowhere", listed, re.MULTILINE)
    assert "/twilio/voice" in connected
    # The new number has the new greeting, and the old one its own.
    assert "this is Anna's Bakery" in theirs
    assert "this is Harbour Street Bicycles" in ours
    assert "six dollars" in called
    assert "Nothing is open" in escalations
    assert "Published version 2" in changed
    assert "Published version 3" in changed
    assert "/console/link?code=" in signed_in

    # A demo that is killed leaves nothing.
    assert len(checkout.processes()) > 5
    demo.kill()
    demo.wait()
    wait_for(lambda: not checkout.processes(), 10, 0.1)
