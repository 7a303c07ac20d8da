"""What the database holds after a call, and whether that is what happened."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

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
        self.console.print(f"   [green]✓[/] {what}" if ok else f"   [bold red]✗ {what}[/]")

    def tell(self, table: str, words: str) -> None:
        """Print what a table holds."""
        self.console.print(f"   [dim]{table:<13}[/] {words}")

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
        self.check(
            f"transcripts hold all {len(said)} things the caller said", all(text in stored for text in said)
        )
        self.check("the summary is written", bool(summary.get("tldr")) and call.get("summary") is not None)
        silence = talk.longest_silence_s
        self.check(f"the longest silence that the bot owed was {silence:.1f} s", silence < MAX_SILENCE_S)
        return shown

    def _print(self, call: dict[str, Any], lines: list[dict[str, Any]], summary: dict[str, Any]) -> None:
        table = Table(show_header=False, box=None, padding=(0, 1), pad_edge=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        facts = ("call_status", "end_reason", "outcome", "duration", "template_name", "direction")
        row = ", ".join(f"{name} {call[name]}" for name in facts if call.get(name) is not None)
        table.add_row("   call_history", row)
        heard = sum(1 for line in lines if line["speaker"] == "bot" and line["heard"] is not None)
        table.add_row("   transcripts", f"{len(lines)} utterances, of {heard} it is known what was heard")
        table.add_row("   summaries", str(summary.get("tldr") or summary.get("generation_status") or "none"))
        self.console.print(table)
