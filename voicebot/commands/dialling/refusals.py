"""The messages of a command for refusals of the queue, and the reading of its arguments."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

from voicebot.commands.screen import CommandFailed
from voicebot.services.dialling import ask
from voicebot.services.dialling.ask import CallRefused
from voicebot.storage.queue import QueueRefused

Told = TypeVar("Told")
TEMPLATES = "`python -m voicebot templates list` shows those that are."


def worded(work: Callable[[], Told], refused: Callable[[QueueRefused], CallRefused] = ask.refused) -> Told:
    """Return what the work returns. Raises CommandFailed with why it was refused, in the words of `refused`."""
    try:
        return work()
    except QueueRefused as refusal:
        told = refused(refusal)
    except CallRefused as refusal:
        told = refusal
    raise CommandFailed(words_for(told), code=1)


def words_for(refusal: CallRefused) -> str:
    """Return why something was refused, after what it is about, with the command that shows what there is."""
    where = f" {TEMPLATES}" if refusal.code == "unknown_template" else ""
    return f"{refusal.field + ': ' if refusal.field else ''}{refusal.words}{where}"


def count_typed(text: str) -> int:
    """Read a number from 0 (a type of argparse)."""
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise ArgumentTypeError("expected a number")
    return int(text)
