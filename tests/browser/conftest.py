"""A real browser for the pages of the service."""

import atexit
import os
import shutil
from functools import cache

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""Debian has it also without the windows that nobody sees: that one needs a quarter less CPU."""
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000
"""Calls from the phone page run in real time: a sentence takes seconds to be said."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests; without Chromium they are skipped at a desk, and fail where changes are judged."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def browser() -> Browser:
    """Debian's Chromium."""
    return chromium()


@cache
def chromium() -> Browser:
    """Start it once a process, also where the phone page's tests run beside the service's."""
    assert CHROMIUM is not None, "Chromium is not installed: apt-get install chromium-headless-shell"
    expect.set_options(timeout=PATIENCE_MS)
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
