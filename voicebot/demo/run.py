"""The demo from its first line to its last."""

import os
import random
import threading
import time
from contextlib import ExitStack

from rich.console import Console

from voicebot.demo.house import DemoFailed, House, open_house
from voicebot.demo.tour import Tour
from voicebot.simulator.phone.client import PhoneClient
from voicebot.stopping import exit_on_signals


def run_demo() -> int:
    """Start everything, play the tour, keep serving unless DEMO_EXIT is set. Returns the exit code."""
    console = Console(highlight=False)
    exit_on_signals()
    with ExitStack() as stack:
        try:
            began = time.monotonic()
            house = open_house(stack, console)
        except (DemoFailed, RuntimeError) as error:
            console.print(f"[bold red]The demo could not start:[/] {error}")
            return 1
        console.print(f"[dim]ready after {time.monotonic() - began:.1f} s[/]")
        code = _tour(console, house)
        _tell_where(console, house)
        if os.environ.get("DEMO_EXIT"):
            return code
        console.print("\nServing until you press Ctrl+C.")
        threading.Event().wait()
    return code


def _tour(console: Console, house: House) -> int:
    phone = PhoneClient(house.simulator_url)
    tour = Tour(console, phone, house.runtime, random.Random())
    began = time.monotonic()
    tour.play()
    seconds = time.monotonic() - began
    if tour.failed:
        console.print(
            f"\n[bold red]{len(tour.failed)} checks failed[/] after {seconds:.0f} s; logs are in {house.logs}"
        )
        return 1
    console.print(f"\n[bold green]Every check passed[/] in {seconds:.0f} s.")
    return 0


def _tell_where(console: Console, house: House) -> None:
    console.print(f"\n  phone page   {house.simulator_url}/", soft_wrap=True)
    console.print(f"  API          {house.web_url}/api/v1/openapi.json", soft_wrap=True)
    console.print(f"  health       {house.web_url}/healthz and /metrics", soft_wrap=True)
    console.print("  what it kept .venv/bin/python -m voicebot calls list  (or: texts list)", soft_wrap=True)
