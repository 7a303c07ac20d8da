"""What the database holds after a call, and whether that is what happened."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from voicebot.demo.screen import tell
from voicebot.demo.talk import Talk
from voicebot.storage.database import Database

SETTLED_WITHIN_S = 20.0
MAX_SILENCE_S = 4.0


@dataclass
class Evidence:
    """The rows of one call, and the checks made on them."""

    console: Console
    database: Database
    checks: list[tuple[str, bool]] = field(default_factory=list)

    def settled(self, sid: str) -> dict[str, Any]:
        """Return the call's rows once it has ended and been summarised, or as they are after a while."""
        until = time.monotonic() + SETTLED_WITHIN_S
        while True:
            shown: dict[str, Any] = self.database.call("show_call", call_sid=sid)
            summary = shown.get("summary") or {}
            if shown.get("result") != "refused" and summary.get("generation_status") == "success":
                return shown
            if time.monotonic() > until:
                return shown
            time.sleep(0.1)

    def check(self, what: str, ok: bool) -> None:
        """Note one check and print it."""
        self.checks.append((what, ok))
        mark, colour, style = ("✓", "green", "") if ok else ("✗", "bold red", "bold red")
        tell(self.console, what, label=mark, label_style=colour, style=style)

    def tell(self, table: str, words: str) -> None:
        """Print what a table holds."""
        tell(self.console, words, label=f"{table:<13}", label_style="dim")

    def examine(self, talk: Talk, **expected: Callable[[Any], bool] | Any) -> dict[str, Any]:
        """Print what is stored of a call and check it; `expected` are columns of call_history with their values."""
        shown = self.settled(talk.sid)
        call, lines = shown.get("call") or {}, shown.get("transcripts") or []
        summary = shown.get("summary") or {}
        self._print(call, lines, summary)
        for column, wanted in expected.items():
            found = call.get(column)
            self.check(f"{column} is {found}", bool(wanted(found)) if callable(wanted) else found == wanted)
        self.check(
            "the call is in call_history, ended",
            bool(call.get("ended_at")) and call.get("duration") is not None,
        )
        said = [item["text"] for item in talk.view["heard"] if item["kind"] == "caller"]
        stored = [line["content"] for line in lines if line["speaker"] == "caller"]
        all_stored = all(text in stored for text in said)
        self.check(_all_stored(len(said)), all_stored)
        if not all_stored:
            self.tell("said and kept", f"{said} and {stored}")
        self.check("the summary is written", bool(summary.get("tldr")) and call.get("summary") is not None)
        silence = talk.longest_silence_s
        self.check(f"the longest silence that the bot owed was {silence:.1f} s", silence < MAX_SILENCE_S)
        return shown

    def _print(self, call: dict[str, Any], lines: list[dict[str, Any]], summary: dict[str, Any]) -> None:
        facts = ("call_status", "end_reason", "outcome", "duration", "template_name", "direction")
        self.tell(
            "call_history", ", ".join(f"{name} {call[name]}" for name in facts if call.get(name) is not None)
        )
        self.tell("transcripts", _said(lines))
        self.tell("summaries", str(summary.get("tldr") or summary.get("generation_status") or "none"))


def _all_stored(count: int) -> str:
    match count:
        case 0:
            return "the caller said nothing, and transcripts hold nothing of the caller"
        case 1:
            return "transcripts hold the one thing that the caller said"
        case _:
            return f"transcripts hold all {count} things that the caller said"


def _said(lines: list[dict[str, Any]]) -> str:
    bots = [line for line in lines if line["speaker"] == "bot"]
    caller, known = len(lines) - len(bots), sum(1 for line in bots if line["heard"] is not None)
    heard = "all of them" if known == len(bots) else f"{known} of them"
    lines_of = "1 line" if caller == 1 else f"{caller} lines"
    return f"{lines_of} of the caller, {len(bots)} of the bot; how much was heard is stored for {heard}"
