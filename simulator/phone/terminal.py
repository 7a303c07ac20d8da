"""The phone in a terminal: type what you say, read what is heard; and replays of scenario files."""

import contextlib
import itertools
import json
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import requests
from rich.console import Console
from rich.markup import escape

from simulator.phone.client import PhoneClient, PhoneRefused
from simulator.phone.line_words import line_words
from simulator.phone.play import play_scenario
from simulator.phone.scenario import NotAScenario, written_scenario

HELP = "Type what you say. /0 or /12# presses keys, /! words talks over the bot, /silence, /hangup, /help."

STYLES = {
    "say": "cyan",
    "play": "cyan",
    "caller": "bold",
    "key": "yellow",
    "ring": "dim",
    "dial": "yellow",
    "hangup": "dim",
}


def run_terminal(
    url: str,
    from_number: str,
    save: Path | None,
    typed: Iterable[str] | None = None,
    *,
    at_once: bool | None = None,
    to: str | None = None,
) -> int:
    """Call the bot and talk with it until one side hangs up; return 0 when the call was completed.

    `to` is the number to dial when it is not the bot's own. With `at_once` False every line waits for the person's
    turn, which is the default without a keyboard.
    """
    console, phone = Console(highlight=False), PhoneClient(url)
    try:
        sid = phone.call(from_number, to=to)
    except requests.ConnectionError:
        console.print(f"[red]No simulator answers at {escape(url)}.[/] Start one with `make demo`.")
        return 1
    except PhoneRefused as refused:
        console.print(f"[red]The simulator refused: {escape(str(refused))}[/]")
        return 1
    console.print(f"Calling from {escape(from_number)}. [dim]{escape(HELP)}[/]", soft_wrap=True)
    call = TerminalCall(phone, sid, console, at_once=sys.stdin.isatty() if at_once is None else at_once)
    lines = typed_lines() if typed is None else typed
    # The reader may sit on a half-typed line when the bot hangs up: nobody waits for it then.
    threading.Thread(target=call.do_what_is_typed, args=(lines,), daemon=True).start()
    call.print_what_is_heard()
    return call.close(save)


def typed_lines() -> Iterator[str]:
    """Lines of standard input, read so that an exit need not wait for the next one."""
    left = b""
    while chunk := os.read(0, 4096):
        *whole, left = (left + chunk).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    yield left.decode("utf-8", "replace")


class TerminalCall:
    """One call at a terminal: one thread prints, the other reads."""

    def __init__(self, phone: PhoneClient, sid: str, console: Console, *, at_once: bool) -> None:
        self._phone, self._sid, self._console, self._at_once = phone, sid, console, at_once
        self._silences: list[int] = []
        self._printed = 0

    def print_what_is_heard(self) -> None:
        """Print every item once, as soon as its words are known, until the call is over."""
        last, over = 0, False
        while not over:
            view = self._phone.get(self._sid)
            over = bool(view["over"])
            for item in view["heard"][self._printed :]:
                if not over and _is_being_heard(view, item):
                    break
                self._console.print(_shown(item), soft_wrap=True)
                self._printed = item["n"]
            if not over:
                self._take_time()
                last = int(self._phone.events(last, timeout_s=5)["last"])

    def _take_time(self) -> None:
        """Who sits at a keyboard takes time: the bot waits, and /silence lets a turn pass."""
        if self._at_once:
            with contextlib.suppress(PhoneRefused):
                self._phone.typing(self._sid, for_s=15)

    def do_what_is_typed(self, lines: Iterable[str]) -> None:
        """Do what each line says; after the last the person hangs up."""
        for line in itertools.chain(lines, ["/hangup"]):
            if line.strip() and not self._do(line.strip()):
                return

    def close(self, save: Path | None) -> int:
        """Say how the call ended, and write it down when asked."""
        view = self._phone.wait(self._sid, "over", timeout_s=60)
        silence_s = view["ear"]["longest_silence_s"]
        style = "green" if view["status"] == "completed" else "red"
        self._console.print(
            f"[{style}]{view['status']}[/] after {view['duration_s']} s; the longest silence was {silence_s:.1f} s.",
            soft_wrap=True,
        )
        if save is not None:
            save.write_text(written_scenario(view, self._silences), encoding="utf-8")
            again = f"Saved. Replay it with: python -m simulator play {save} --url {self._phone.base_url}"
            self._console.print(escape(again), soft_wrap=True)
        return 0 if view["status"] == "completed" else 1

    def _do(self, line: str) -> bool:
        """One typed line; False when the call is over."""
        phone, sid = self._phone, self._sid
        if not self._at_once and not line.startswith("/!"):
            phone.wait(sid, "turn", timeout_s=600)
        try:
            if line == "/help":
                self._console.print(f"[dim]{escape(HELP)}[/]", soft_wrap=True)
            elif line == "/hangup":
                phone.hangup(sid)
                return False
            elif line == "/silence":
                self._silences.append(len(phone.get(sid)["heard"]))
                phone.silence(sid)
            elif line.startswith("/!"):
                phone.say(sid, line[2:].strip(), barge_in=True)
            elif line.startswith("/"):
                phone.keys(sid, line[1:])
            else:
                phone.say(sid, line)
        except PhoneRefused as refused:
            if refused.status == 409:
                return False
            self._console.print(f"[red]{escape(str(refused))}[/] [dim]{escape(HELP)}[/]", soft_wrap=True)
        return True


def run_scenarios(url: str, files: list[Path], *, as_json: bool) -> int:
    """Replay each file; 0 only when all of them were heard as written, 2 when one could not be played."""
    console, phone, code = Console(highlight=False), PhoneClient(url), 0
    for file in files:
        try:
            result = play_scenario(file.read_text(encoding="utf-8"), phone)
        except (OSError, NotAScenario) as error:
            console.print(
                f"[red]{escape(str(file))} cannot be played:[/] {escape(str(error))}", soft_wrap=True
            )
            code = 2
            continue
        code = code or int(not result.passed)
        if as_json:
            report = {
                "file": str(file),
                "passed": result.passed,
                "sid": result.sid,
                "mismatches": [vars(each) for each in result.mismatches],
            }
            sys.stdout.write(json.dumps(report) + "\n")
            continue
        word = "[green]passed[/]" if result.passed else "[red]failed[/]"
        console.print(f"{word} {escape(str(file))}", soft_wrap=True)
        for mismatch in result.mismatches:
            console.print(f"       {escape(str(mismatch))}", soft_wrap=True)
    return code


def _is_being_heard(view: dict[str, Any], item: dict[str, Any]) -> bool:
    """Whether it is a sound on a stream that goes on: what it says is known once it is over."""
    goes_on = not item["duration_s"] and not item["cut"]
    return view["on_stream"] == "media" and item["kind"] == "play" and goes_on


def _shown(item: dict[str, Any]) -> str:
    text = item["text"] or "(a sound)"
    match item["kind"]:
        case "caller":
            words = f"  you  {text}"
        case "key":
            words = f"  key  {text}"
        case "ring" | "dial" | "hangup":
            words = f"       {line_words(item)}"
        case _:
            words = f"  bot  {text}"
    return f"[{STYLES[item['kind']]}]{escape(words)}[/]"
