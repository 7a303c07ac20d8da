"""One call for people: the facts, the words with how much was heard, and the results."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from voicebot.commands.screen import cell, console, length, number, plain, when
from voicebot.domain.call.words import came_of_it

Row = Mapping[str, Any]
LISTS = {
    "key_decisions": "Agreed",
    "action_items": "To do",
    "follow_up_questions": "Open",
}
TRANSFERS = {"completed": "answered", "no-answer": "not answered", "canceled": "given up while it rang"}
SPEAKER_WIDTH = 8
STAGES = {
    "end of speech": "wait_ms",
    "words": "words_ms",
    "first token": "token_ms",
    "sentence": "sentence_ms",
    "voice": "voice_ms",
    "ours": "ours_ms",
}


def show_page(shown: Row, zone: ZoneInfo, *, full: bool) -> None:
    """Print one call: `show_call`'s answer with its notes."""
    screen = console()
    call = shown["call"]
    _heading(screen, f"Call {call['call_sid']}")
    for name, value in _facts(call, zone, full=full):
        screen.print(Text(f"  {name:<11}"), cell(value), sep="")
    _conversation(screen, shown["transcripts"])
    _speeds(screen, shown["speeds"])
    _summary(screen, shown["summary"])
    if shown["notes"]:
        _heading(screen, "Notes")
        for note in shown["notes"]:
            screen.print(Text(f"  {plain(note['category'])}: {plain(note['content'])}"))
    _statuses(screen, shown["statuses"], zone)


def _facts(call: Row, zone: ZoneInfo, *, full: bool) -> Iterator[tuple[str, str]]:
    yield "direction", call["direction"] or "unknown"
    yield "from", number(call["from_number"], full=full)
    yield "to", number(call["to_number"], full=full)
    yield "id", call["public_id"]
    yield "began", f"{when(call['started_at'] or call['created_at'], zone)} ({zone.key})"
    yield "came of it", came_of_it(call)
    yield "status", call["call_status"] or "unknown"
    if call["ended_at"]:
        yield "length", length(call["duration"]) or "unknown"
        yield "ended", call["end_reason"] or "unknown"
    if call["outcome"]:
        yield "outcome", call["outcome"]
    for transfer in ((call["call_data"] or {}).get("transfers") or {}).values():
        lasted = f", {length(transfer['duration'])}" if transfer.get("duration") else ""
        yield "transfer", f"{TRANSFERS.get(transfer['outcome'], transfer['outcome'])}{lasted}"
    if call["recording_status"]:
        yield "recording", call["recording_status"]
    if call["price"] is not None:
        # A carrier tells what it takes off an account.
        yield "price", f"{abs(call['price'])} {call['price_unit'] or ''}".strip()
    elif call["ended_at"]:
        yield "price", "not told yet"


def _conversation(screen: Console, utterances: list[Row]) -> None:
    _heading(screen, "Said")
    if not utterances:
        screen.print(Text("  Nothing."))
    for said in utterances:
        line = Text(f"  {said['speaker'].capitalize():<{SPEAKER_WIDTH}} ", style="bold")
        line.append_text(_words(said))
        screen.print(line)


def _words(said: Row) -> Text:
    content, heard = plain(said["content"]), said["heard"]
    if heard is None or len(heard) >= len(said["content"]):
        words = Text(content, style="not bold")
        confidence = said["confidence_score"]
        if said["speaker"] == "caller" and confidence is not None:
            words.append(f"  (confidence {confidence:.2f})", style="not bold dim")
        return words
    words = Text(f"{plain(heard)} " if heard else "", style="not bold")
    words.append(f"[not heard: {content[len(heard) :].strip()}]", style="not bold dim")
    return words


def _speeds(screen: Console, speeds: list[Row]) -> None:
    """Say how fast each turn was, measured at our socket: the telephone's network is not in it."""
    if not speeds:
        return
    _heading(screen, "Answered, at our socket")
    for speed in speeds:
        stages = ", ".join(f"{name} {speed[column]}" for name, column in STAGES.items() if speed[column])
        line = Text(f"  turn {speed['turn']:<3} {speed['gap_ms']:>5} ms")
        line.append(f"  ({stages})" if stages else "", style="dim")
        if speed["filler_ms"] is not None:
            line.append(f"  filler after {speed['filler_ms']} ms", style="dim")
        screen.print(line)
    gaps = sorted(speed["gap_ms"] for speed in speeds)
    screen.print(Text(f"  half of them within {gaps[(len(gaps) - 1) // 2]} ms, the slowest {gaps[-1]} ms"))


def _summary(screen: Console, summary: Row | None) -> None:
    _heading(screen, "Summary")
    if summary is None or summary["generation_status"] == "pending":
        screen.print(Text("  Not written yet; the worker writes it after the call."))
        return
    if summary["generation_status"] == "error":
        screen.print(Text(f"  Could not be written: {plain(summary['generation_error'] or 'unknown')}"))
        return
    screen.print(Text(f"  {plain(summary['title'] or '')}"))
    screen.print(Text(f"  {plain(summary['tldr'] or '')}"))
    for name, words in LISTS.items():
        for item in summary[name] or ():
            screen.print(Text(f"  {words}: {plain(str(item))}"))


def _statuses(screen: Console, statuses: list[Row], zone: ZoneInfo) -> None:
    if not statuses:
        return
    _heading(screen, "Told by the carrier")
    for told in statuses:
        screen.print(Text(f"  {when(told['received_at'], zone)}  {plain(told['type'])}"))


def _heading(screen: Console, words: str) -> None:
    screen.print(Text(words, style="bold"))
