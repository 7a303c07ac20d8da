"""The words of the demo's number: the seed's template, which the tour knows, or a visitor's version of it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from voicebot.storage.catalogue import numbers, templates
from voicebot.storage.catalogue.templates import TemplateRefused
from voicebot.storage.database import Database

SHOP_ID = UUID("00000000-0000-4000-8000-00000000d301")
FIRST = 1
"""The version that the seed publishes."""


@dataclass(frozen=True)
class Taken:
    """The number says something else than the seed's: why, and the commands that bring the seed's back."""

    why: str
    back: Sequence[tuple[str, ...]]


def taken(database: Database, number: str) -> Taken | None:
    """Return a visitor's version of our number's template; None when calls run the seed's."""
    row = next((row for row in numbers.list_numbers(database) if row["full_number"] == number), {})
    try:
        shop, _ = templates.show_template(database, str(SHOP_ID))
        first = templates.show_version(database, SHOP_ID, FIRST)
        running = templates.show_version(database, SHOP_ID, shop.version or FIRST)
    except TemplateRefused:
        # What is deleted comes with the seed of the next start.
        return Taken("its template is gone", ())
    why, back = "", list[tuple[str, ...]]()
    if running != first:
        why = f"calls run version {shop.version} of {shop.draft.name}"
        back.append(("templates publish", shlex.quote(shop.draft.name), f"--version {FIRST}"))
    if row.get("template_id") != str(SHOP_ID):
        why = f"its number leads to {row.get('template') or 'no template'}"
        back.append(("numbers connect", number, f"--template {SHOP_ID}", "--yes"))
    return Taken(why, back) if why else None
