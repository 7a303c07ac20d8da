"""`--limit` and `--next`: how every list of the command line is paged."""

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any, TypeVar

from voicebot.commands.screen import CommandFailed, say
from voicebot.domain.page_cursor import BY_NUMBER, Order
from voicebot.storage.pages import MOST_ROWS, Page, Part

Row = TypeVar("Row")


def add_paging(listing: ArgumentParser, *, limit: int = 20) -> None:
    """Add the options by which a list is paged."""
    listing.add_argument(
        "--limit", type=_page_size, default=limit, metavar="N", help=f"how many, up to {MOST_ROWS} ({limit})"
    )
    listing.add_argument(
        "--next", dest="after", metavar="NEXT", help="the next page: what the last one ended with"
    )
    # How it was called before lists were alike.
    listing.add_argument("--before", dest="after", help=argparse.SUPPRESS)


def part_of(arguments: Namespace, order: Order) -> Part:
    """Return which part of a list is wanted. Raises CommandFailed."""
    if arguments.after is None:
        return Part(arguments.limit)
    try:
        return Part(arguments.limit, order.read(arguments.after))
    except ValueError as error:
        raise CommandFailed(f"--next: expected {error}", code=2) from None


def page_of_all(arguments: Namespace, rows: Sequence[Row]) -> Page[Row]:
    """Return a page of a list that is short enough to be read whole; a place in it is a count. Raises CommandFailed."""
    part = part_of(arguments, BY_NUMBER)
    begin = min(part.after["id"], len(rows)) if part.after else 0
    end = begin + part.size
    return Page(rows[begin:end], BY_NUMBER.write({"id": end}) if end < len(rows) else None)


def say_more(page: Page[Any], words: str = "More") -> None:
    """Say how the next page is asked for, if there is one."""
    if page.next is not None:
        say(f"{words}: --next {page.next}")


def _page_size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_ROWS):
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {MOST_ROWS}")
    return int(text)
