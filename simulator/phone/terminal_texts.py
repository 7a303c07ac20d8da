"""Texting the bot from a terminal: one text and its answers, or a thread that goes on."""

import sys
import threading
from collections.abc import Iterable

import requests
from rich.console import Console
from rich.markup import escape

from simulator.phone.client import JSON, PhoneClient, PhoneRefused
from simulator.phone.terminal import typed_lines

ANSWER_WITHIN_S = 30.0
MORE_WITHIN_S = 1.5

STYLES = {"person": "bold", "product": "cyan", "carrier": "yellow"}


def run_texting(
    url: str,
    from_number: str,
    words: str = "",
    typed: Iterable[str] | None = None,
    *,
    channel: str = "sms",
    to: str | None = None,
) -> int:
    """Send `words` and print the replies, or without words send every typed line; return 1 when nothing came back.

    `to` is the number to text when it is not the bot's own.
    """
    console, phone = Console(highlight=False), PhoneClient(url)
    person = f"whatsapp:{from_number}" if channel == "whatsapp" else from_number
    try:
        seen = len(phone.texts(person))
        if words:
            phone.text(words, from_number=person, to=to)
            return _answers(phone, console, person, seen)
        lines = typed_lines() if typed is None else typed
        return _thread(phone, console, (person, to), seen, lines)
    except requests.ConnectionError:
        console.print(f"[red]No simulator answers at {escape(url)}.[/] Start one with `make demo`.")
    except PhoneRefused as refused:
        console.print(f"[red]The simulator refused: {escape(str(refused))}[/]")
    return 1


def _answers(phone: PhoneClient, console: Console, person: str, seen: int) -> int:
    """Print the answers to one text, until no more come."""
    within_s, code = ANSWER_WITHIN_S, 1
    while True:
        try:
            texts = phone.wait_text(person, after=seen, timeout_s=within_s)
        except TimeoutError:
            if code:
                console.print(f"[red]No answer within {ANSWER_WITHIN_S:g} s.[/]")
            return code
        seen, within_s, code = _print(console, texts, seen), MORE_WITHIN_S, 0


def _thread(
    phone: PhoneClient, console: Console, ends: tuple[str, str | None], seen: int, lines: Iterable[str]
) -> int:
    person, to = ends
    console.print(f"Texting from {escape(person)}. [dim]Every line is a text; end with Ctrl-D.[/]")
    over = threading.Event()
    printer = threading.Thread(target=_follow, args=(phone, console, person, seen, over), daemon=True)
    printer.start()
    for line in lines:
        if line.strip():
            phone.text(line.strip(), from_number=person, to=to)
    if not sys.stdin.isatty():
        # Nobody types any more, so the last answers are waited for.
        printer.join(MORE_WITHIN_S * 2)
    over.set()
    return 0


def _follow(phone: PhoneClient, console: Console, person: str, seen: int, over: threading.Event) -> None:
    while not over.is_set():
        try:
            seen = _print(console, phone.wait_text(person, after=seen, timeout_s=1.0), seen)
        except TimeoutError:
            continue
        except requests.ConnectionError:
            return


def _print(console: Console, texts: list[JSON], seen: int) -> int:
    """Print what others wrote after number `seen`; the new number up to which everything was seen."""
    for text in texts:
        if text["n"] > seen and text["author"] != "person":
            note = f" [red]({text['status']} {text['error_code']})[/]" if text["error_code"] else ""
            console.print(f"[{STYLES[text['author']]}]  {escape(text['body'])}[/]{note}", soft_wrap=True)
    return max([seen, *(int(text["n"]) for text in texts if text["author"] != "person")])
