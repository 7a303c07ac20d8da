"""What the forms of bulk actions say, read: which rows, which action, and with what."""

from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from voicebot.console.queue.forms import filter_of, moment_of, priority_of
from voicebot.console.routes import Refused, Visit
from voicebot.console.search.read import ASKED, read_search
from voicebot.domain.search.query import SearchQuery
from voicebot.services.bulk.choose import CallsLike, Choice, EntriesLike, Ticked
from voicebot.storage.bulk.actions import BulkWish

KINDS = {"queue": "entry", "people": "entry", "calls": "call"}
"""What the rows of a list are."""
LISTS = {"queue": "/queue", "people": "/campaigns", "calls": "/calls"}
FIELDS = {
    "queue": ("status", "number", "campaign", "tag"),
    "people": ("campaign",),
    "calls": ASKED,
}
"""The fields of each list's filter; they go from page to page until the action begins."""
MOST_TICKED = 200


def list_of(visit: Visit) -> str:
    """Return which list the rows are of. Raises Refused."""
    over = visit.form.get("over", "")
    if over not in KINDS:
        raise Refused(400, "Begin on the page of the queue, of a campaign or of calls.")
    return over


def choice_of(visit: Visit) -> Choice:
    """Return which rows are meant. Raises Refused."""
    over = list_of(visit)
    if visit.form.get("which") != "filter":
        return Ticked(KINDS[over], _ticked(visit))
    if over == "calls":
        return CallsLike(_calls_search(visit))
    if over == "people" and not visit.form.get("campaign"):
        raise Refused(400, "Begin on the page of a campaign.")
    given = {name: visit.form.get(name, "") for name in FIELDS[over]}
    return EntriesLike(filter_of(visit, given))


def kept_fields(visit: Visit) -> list[tuple[str, str]]:
    """Return the fields that say which rows are meant, for the form of the next page."""
    over = list_of(visit)
    names = ("over", "which", *FIELDS[over])
    kept = [(name, visit.form[name]) for name in names if visit.form.get(name)]
    if visit.form.get("which") != "filter":
        kept += [("id", str(one)) for one in _ticked(visit)]
    return kept


def list_address(visit: Visit) -> str:
    """Return where the rows were chosen, below `/console`, with the filter as it was. Raises Refused."""
    over = list_of(visit)
    fields = {name: visit.form[name] for name in FIELDS[over] if visit.form.get(name)}
    if over == "people" and (campaign := fields.pop("campaign", "")):
        return f"{LISTS[over]}/{quote(campaign, safe='')}"
    return LISTS[over] + (f"?{urlencode(fields)}" if fields else "")


def wish_of(visit: Visit, *, confirmed: bool) -> BulkWish:
    """Return what is to be done; with what, only once it is confirmed. Raises Refused."""
    action = visit.form.get("action", "")
    if action == "export" and not visit.reads_numbers:
        raise Refused(403, "An export holds whole numbers: an operator of your organization makes it.")
    return BulkWish(KINDS[list_of(visit)], action, _arguments(visit, action) if confirmed else {})


def _arguments(visit: Visit, action: str) -> dict[str, Any]:
    form = {name: text.strip()[:200] for name, text in visit.form.items()}
    match action:
        case "tag" | "untag":
            return {"tag": form.get("tag_wanted", "")}
        case "assign":
            try:
                return {"member": str(UUID(form["member"])) if form.get("member") else None}
            except ValueError:
                raise Refused(400, "Choose a member of the organization first.") from None
        case "reschedule":
            zone = visit.zone
            found = {
                "not_before": moment_of(form.get("not_before", ""), zone),
                "not_after": moment_of(form.get("not_after", ""), zone),
            }
            moments = {name: at.isoformat() for name, at in found.items() if at}
            return moments | ({"priority": priority_of(form["priority"])} if form.get("priority") else {})
        case _:
            return {}


def _ticked(visit: Visit) -> list[UUID]:
    ids = visit.ticked.get("id", ())
    if len(ids) > MOST_TICKED:
        raise Refused(400, f"Tick up to {MOST_TICKED} rows, or choose all that the filter finds.")
    try:
        return [UUID(one) for one in ids]
    except ValueError:
        raise Refused(400, "One of these rows is none: open the list again.") from None


def _calls_search(visit: Visit) -> SearchQuery:
    parsed = read_search(visit, {name: visit.form.get(name, "").strip() for name in FIELDS["calls"]})
    if parsed.problems:
        raise Refused(400, f"{parsed.problems[0].typed}: {parsed.problems[0].message}")
    return parsed.query
