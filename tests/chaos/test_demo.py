"""`make demo` as a person meets it: it holds when a part of it dies, and leaves nothing when it ends, however it ends."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable

import pytest

from simulator.phone.client import PhoneClient
from tests.chaos.conftest import Call
from tests.chaos.demo_checkout import READY_S, Checkout, checkout, new_checkout
from tests.support.servers import lay_migrated_database
from tests.support.waiting import busy_times, wait_for
from voicebot.storage.embedded import server

pytestmark = [pytest.mark.chaos, pytest.mark.sql, pytest.mark.timeout(600)]
__all__ = ["checkout", "new_checkout"]
TOUR_S = 420.0
# On quiet cores.
SOON_S = 3
# What is checked here is not how fast it goes. `.ci/run` plays the tour at the pace of life.
FAST = ("--speed", "3")
ENDED = "Stopped: all that the demo had started has ended."
NEW_GREETING = (
    "templates", "edit", "Harbour Street Bicycles", "--greeting", "Ahoy, you have reached the harbour.",
)  # fmt: skip
FIRST_WORDS = re.compile(
    r"^($| |✓ |\d+ |ready after|Every check passed|Stopped|Serving|The |An earlier|port )"
)


def answers(url: str) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    return asked


def test_the_tour_goes_on_when_parts_of_it_are_killed_and_a_visitor_is_answered_while_it_breaks_the_model(
    new_checkout: Checkout,
) -> None:
    checkout = new_checkout
    demo = checkout.start(*FAST, COLUMNS="60", DEMO_EXIT="1")
    checkout.says("When are you open on Saturday?")
    names = ("simulator", "worker", "web server")
    for name in names:
        os.kill(checkout.pid(name), signal.SIGKILL)
    for name in names:
        checkout.says(f"The {name} ended (SIGKILL): it is started again.")
    phone_page = checkout.environ["VOICEBOT_SIMULATOR_URL"]
    wait_for(answers(f"{phone_page}/phone/operator"), 60, 0.1)
    wait_for(answers(f"http://127.0.0.1:{checkout.environ['PORT']}/readyz"), 60, 0.1)
    phone = PhoneClient(phone_page)

    # As fast as the stations, which break the model for a moment.
    visitor = Call(phone, phone.call("+12025550123", speed=3.0))
    visitor.listen()
    wait_for(lambda: phone.provider_knobs(target="voice", mode="ok")["knobs"], 60, 0.02)
    answer = " ".join(visitor.say("How much is a full service?"))
    while "eighty-five" not in answer:
        # "One moment." is not the answer.
        answer = " ".join(visitor.listen())
    visitor.hang_up()
    code = demo.wait(TOUR_S)

    assert "eighty-five" in answer
    assert code == 0, checkout.printed
    assert "A process was started again meanwhile: once more." in checkout.printed
    assert "Every check passed" in checkout.printed
    assert checkout.printed.endswith(ENDED + "\n")
    assert checkout.environ["PORT"] not in checkout.printed.split("Every check passed")[1]
    assert [line for line in checkout.printed.splitlines() if not FIRST_WORDS.match(line)] == []
    assert not (checkout.folder / "elsewhere").exists()
    keys = json.loads(checkout.run("--demo", "keys", "list", "--json")[1])["keys"]
    # Two of the stations make one, and what was killed more.
    assert len(keys) >= 2
    assert all(key["revoked_at"] for key in keys)
    server.stop(checkout.data_dir)


def test_whatever_is_killed_is_there_again_ctrl_c_ends_all_and_the_next_demo_is_as_it_was_left(
    checkout: Checkout,
) -> None:
    port, phone_page = checkout.environ["PORT"], checkout.environ["VOICEBOT_SIMULATOR_URL"]
    demo = checkout.start("--no-tour")
    checkout.says("Serving until you press Ctrl+C.")

    for name in ("web server", "worker", "simulator", "watchman"):
        killed = checkout.pid(name)
        os.kill(killed, signal.SIGKILL)
        checkout.says(f"The {name} ended (SIGKILL): it is started again.", 20)
        wait_for(lambda name=name, killed=killed: checkout.pid(name) != killed)
    server.end_at_once(checkout.data_dir, patience_s=0.0)
    checkout.says("The database ended: it is started again.", 20)
    wait_for(answers(f"http://127.0.0.1:{port}/readyz"), 60, 0.1)
    wait_for(answers(f"{phone_page}/phone/operator"), 60, 0.1)
    phone = PhoneClient(phone_page)
    phone.text("Hello", "+12025550144")
    assert "Harbour Street" in str(phone.wait_text("+12025550144", after=1, timeout_s=60))

    again = checkout.run("demo", "--no-tour")
    assert again[0] == 1
    assert f"http://127.0.0.1:{port}" in again[1]
    assert f"{phone_page}/" in again[1]
    assert checkout.run("--demo", "numbers", "list")[0] == 0
    assert checkout.run("--demo", *NEW_GREETING, "--publish")[0] == 0
    visitor = Call(phone, phone.call("+12025550123", speed=1.0))
    assert "Ahoy" in " ".join(visitor.listen())
    visitor.hang_up()

    demo.send_signal(signal.SIGINT)
    began = time.monotonic()
    assert demo.wait(20 * busy_times()) == 130
    assert time.monotonic() - began < SOON_S * busy_times()
    assert checkout.printed.endswith(
        f"Serving until you press Ctrl+C.\n{''.join(restarts(checkout))}{ENDED}\n"
    )
    checkout.empties()

    demo = checkout.start(DEMO_EXIT="1")
    code = demo.wait(READY_S * busy_times())

    assert code == 0, checkout.printed
    assert "The line is yours now (calls run version 2 of Harbour Street Bicycles)" in checkout.printed
    assert "templates publish 'Harbour Street Bicycles' --version 1" in checkout.printed
    assert "check" not in checkout.printed


def restarts(checkout: Checkout) -> list[str]:
    return [f"{line}\n" for line in checkout.printed.splitlines() if line.endswith("it is started again.")]


def test_what_a_demo_leaves_that_is_killed_with_its_watchman_is_ended_by_the_next_one(
    checkout: Checkout,
) -> None:
    # docs/first-day.md's demo is killed alone: its watchman ends the others.
    demo = checkout.start("--no-tour")
    checkout.says("Serving")
    demo.send_signal(signal.SIGSTOP)
    os.kill(checkout.pid("watchman"), signal.SIGKILL)
    demo.kill()
    demo.wait()
    left = {checkout.pid(name) for name in ("web server", "worker", "simulator")}
    assert left <= {process.pid for process in checkout.processes()}

    demo = checkout.start(*FAST)
    checkout.says("caller  ")

    assert "An earlier demo had left 3 processes running: ended." in checkout.printed
    assert "is taken" not in checkout.printed
    assert not left & {process.pid for process in checkout.processes()}
    ends(checkout, demo, signal.SIGINT)


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("at once", signal.SIGINT),
        ("programs are loaded", signal.SIGTERM),
        ("ready after", signal.SIGINT),
    ],
)
def test_ctrl_c_ends_it_at_any_moment_with_one_line(
    new_checkout: Checkout, moment: str, sent: signal.Signals
) -> None:
    checkout = new_checkout
    if moment == "ready after":
        lay_migrated_database(checkout.data_dir)
    # Here nothing is loaded but by the demo itself.
    demo = checkout.start(*FAST, loaded=False)
    match moment:
        case "at once":
            # While Python itself starts, which nobody can see.
            time.sleep(0.2 * busy_times())
        case "programs are loaded":
            wait_for(lambda: (checkout.data_dir / "running.json").exists(), READY_S)
        case _:
            checkout.says(moment)

    ends(checkout, demo, sent)


def ends(checkout: Checkout, demo: subprocess.Popen[bytes], sent: signal.Signals) -> None:
    """End a demo by a signal: soon, with its code and one line at most, and nothing of it stays."""
    demo.send_signal(sent)
    began = time.monotonic()

    # A shell calls both the same: while Python starts, it ends itself by the signal.
    assert demo.wait(20 * busy_times()) in (128 + sent, -sent)
    assert time.monotonic() - began < SOON_S * busy_times()
    assert not re.search("Traceback|fault|Error", checkout.printed)
    assert checkout.printed == "" or checkout.printed.splitlines()[-1].startswith("Stopped")
    checkout.empties()
