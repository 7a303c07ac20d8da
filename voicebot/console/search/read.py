"""Read from a URL what a page is to show: the search box, and the choices beside it, which are qualifiers too."""

from collections.abc import Mapping
from dataclasses import replace

from voicebot.console.routes import Refused, Visit
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.search.query import Parsed, parse

ASKED = ("q", "number", "status", "direction", "tag")
"""What a URL of calls may ask, all of it one search."""
DIRECTIONS = ("inbound", "outbound")
STATUSES = tuple(str(status) for status in CallStatus)


def read_search(visit: Visit, asked: Mapping[str, str]) -> Parsed:
    """Read `q`, `number`, `status`, `direction` and `tag` of a URL as one search. Raises Refused for a choice that there is not."""
    settings = visit.runtime.settings
    number = asked.get("number", "")
    telephone = parse_e164(number, settings.home_country) if number else None
    if number and telephone is None:
        raise Refused(400, "This is no phone number: write it like +12025550123.")
    status, direction = asked.get("status", ""), asked.get("direction", "")
    if status not in ("", *STATUSES) or direction not in ("", *DIRECTIONS):
        raise Refused(400, "There is no such status or direction: choose one of the list.")
    parsed = parse(
        asked.get("q", ""),
        now=visit.local_now,
        country=settings.home_country,
        beginnings=visit.reads_numbers,
    )
    query = replace(
        parsed.query,
        number=telephone or parsed.query.number,
        status=status or parsed.query.status,
        direction=direction or parsed.query.direction,
        tag=asked.get("tag", "").strip() or parsed.query.tag,
    )
    return Parsed(query, parsed.problems)
