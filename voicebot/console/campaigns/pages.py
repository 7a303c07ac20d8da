"""Campaigns: the list with how far each is, one campaign with its preview, its figures and its people."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from voicebot.console.campaigns.forms import REDIALS, shown_form
from voicebot.console.names import named
from voicebot.console.queue.forms import PURPOSES
from voicebot.console.queue.pages import SECTION
from voicebot.console.queue.shown import STATES as STATE_WORDS
from voicebot.console.routes import ACTING, File, Page, Refused, Route, Table, Visit
from voicebot.domain.dialling.reasons import sentences, words_of
from voicebot.domain.page_cursor import BY_PERSON, BY_TIME
from voicebot.domain.person.phone import mask
from voicebot.services.dialling import ask
from voicebot.services.dialling.campaign_tables import figures_as_csv
from voicebot.storage import campaigns
from voicebot.storage.campaigns import EMPTY
from voicebot.storage.catalogue import templates
from voicebot.storage.pages import Part
from voicebot.storage.queue import QueueRefused

Row = Mapping[str, Any]
STATES = ("draft", "running", "paused", "canceled", "done")
COUNTED, MOST_PEOPLE_LOOKED_AT = 10_000, 500
MOVES = {
    "draft": (("running", "Run it", "go"), ("canceled", "Cancel it", "danger")),
    "running": (("paused", "Pause it", "quiet"), ("canceled", "Cancel it", "danger")),
    "paused": (("running", "Go on", "go"), ("canceled", "Cancel it", "danger")),
    "canceled": (),
    "done": (),
}
"""Where a campaign may go from where it stands: state, words of the button, kind of the button."""
PEOPLE = (
    "entry_id",
    "name",
    "person",
    "status",
    "attempts_made",
    "came_to",
    "answered_by",
    "goal",
    "next_attempt_at",
)


def show_list(visit: Visit) -> Page:
    """One page of campaigns, the newest first."""
    state = visit.query.get("state", "")
    if state not in ("", *STATES):
        raise Refused(400, "There is no such state: choose one of the list.")
    database = visit.runtime.database
    page = campaigns.list_campaigns(database, state or None, visit.part(BY_TIME), actor=visit.reader)
    counts = campaigns.campaigns_progress(database, [row["id"] for row in page.rows], actor=visit.reader)
    return Page(
        "campaigns/list.html",
        {
            "campaigns": [_listed(row, counts.get(row["id"], EMPTY)) for row in page.rows],
            "next": page.next,
            "filter": {"state": state},
            "states": STATES,
        },
    )


def show(visit: Visit) -> Page:
    """One campaign."""
    return Page("campaigns/campaign.html", campaign_data(visit))


def show_form(visit: Visit) -> Page:
    """The form for a new one."""
    fields = {"name": "", "template": "", "hours": "", "max_attempts": 3, "redial": {}}
    return Page("campaigns/edit.html", _form_data(visit) | {"fields": fields, "campaign": None})


def show_edit(visit: Visit) -> Page:
    """The form of one that there is."""
    row = campaign_row(visit)
    return Page("campaigns/edit.html", _form_data(visit) | {"fields": shown_form(row), "campaign": row})


def report_csv(visit: Visit) -> File:
    """What came of it, as a table."""
    row = campaign_row(visit)
    told = campaigns.campaign_report(visit.runtime.database, visit.path["campaign"], actor=visit.reader)
    figures = {name: value for name, value in told.items() if name not in ("campaign", "result")}
    lines: Iterator[bytes] = figures_as_csv({"campaign": row["name"], "state": row["state"]} | figures)
    return File(lines, "text/csv", "report.csv")


def campaign_row(visit: Visit) -> Row:
    """Return the campaign of the path. Raises Refused."""
    try:
        return campaigns.show_campaign(visit.runtime.database, visit.path["campaign"], actor=visit.reader)
    except QueueRefused:
        raise Refused(404, "There is no such campaign, or none that you may see.") from None


def campaign_data(visit: Visit) -> dict[str, Any]:
    """Return what the page of a campaign shows. Raises Refused."""
    row, database, which = campaign_row(visit), visit.runtime.database, visit.path["campaign"]
    report, people = campaigns.campaign_report(database, which, actor=visit.reader), people_data(visit)
    return {
        "campaign": row,
        "moves": [
            {"state": state, "words": words, "kind": kind}
            for state, words, kind in MOVES[row["state"]]
            # Of nobody there is nothing to run: the page asks for people first.
            if kind != "go" or report["people"] or people["people"]
        ],
        "report": _reported(report),
        "preview": _previewed(visit, report["people"]),
        "rules": shown_form(row),
        "redials": {outcome.value: words for outcome, words in REDIALS.items()},
    } | people


def people_data(visit: Visit) -> dict[str, Any]:
    """Return one page of the people of a campaign that the visitor may see."""
    database, which = visit.runtime.database, visit.path["campaign"]
    page = campaigns.list_people(database, which, visit.part(BY_PERSON), actor=visit.reader)
    return {"people": [_person(one) for one in named(visit, page.rows, "to")], "next": page.next}


def _previewed(visit: Visit, people: int) -> dict[str, Any] | None:
    """The expected end and the skipped people; for very many people on a page of its own, because it takes longer."""
    if visit.is_refresh:
        return None
    if people > MOST_PEOPLE_LOOKED_AT and visit.query.get("preview") != "1":
        return None
    limits = ask.dial_limits(visit.runtime)
    told = campaigns.preview_campaign(
        visit.runtime.database, visit.path["campaign"], limits, actor=visit.reader
    )
    takes_s = told["takes_s"]
    last = max([one["at"] for one in told["later"] if one["at"]], default=None)
    ends = visit.runtime.now() + timedelta(seconds=takes_s) if takes_s is not None else None
    # Whoever has to wait for an hour of the day is dialled then, however fast the others are.
    ends_at = max(filter(None, (ends.isoformat() if ends else None, last)), default=None)
    return {
        "waiting": told["waiting"],
        "callable": told["callable"],
        "now": told["now"],
        "later": [{**one, "words": sentences([one["reason"]])[0]} for one in told["later"]],
        "never": [{**one, "words": sentences([one["reason"]])[0]} for one in told["never"]],
        "held_by": sentences(told["held_by"]),
        "ends_at": ends_at if told["callable"] else None,
        "takes_s": takes_s,
        "cost": told["cost"],
        "currency": told["currency"],
        "cost_from": told["cost_from"],
    }


def _reported(told: Row) -> dict[str, Any]:
    names = (
        "people", "attempts", "under_way", "dialled", "talked_with", "reached", "invalid_numbers", "unpriced", "cost",
        "by_outcome", "by_answered_by", "by_goal", "by_transport",
    )  # fmt: skip
    why = {words_of(code): people for code, people in told["failed_by"].items()}
    states = {STATE_WORDS[state]: people for state, people in told["by_status"].items()}
    return {name: told[name] for name in names} | {
        "by_state": states,
        "not_reached": told["dialled"] - told["reached"],
        "failed_by": why,
        "redials": told["redials_to_come"],
        "counted_at": told["counted_at"],
    }


def _listed(row: Row, counts: Row) -> dict[str, Any]:
    people, waiting = counts["people"], counts["open"]
    done = max(0, people - waiting)
    return {
        "id": row["id"],
        "name": row["name"],
        "state": row["state"],
        "template": row["template"],
        "people": f"{COUNTED:,}+" if people > COUNTED else people,
        "done": done,
        # Where more are waiting than are counted, nobody knows the share.
        "share": None if people > COUNTED or not people else round(100 * done / people),
        "created_at": row["created_at"],
    }


def _person(row: Row) -> dict[str, Any]:
    error = row["last_error"]
    return {
        "entry_id": row["entry_id"],
        "name": row["name"],
        "person": mask(row["to"]),
        "person_id": row["person_id"],
        "status": STATE_WORDS[row["status"]],
        "is_live": row["status"] == "in-progress",
        "has_failed": row["status"] == "failed",
        "attempts_made": row["attempts_made"],
        "came_to": words_of(error) if error else row["transport"],
        "answered_by": row["answered_by"],
        "goal": row["goal"],
        "next_attempt_at": row["next_attempt_at"],
    }


def _form_data(visit: Visit) -> dict[str, Any]:
    found = templates.list_templates(visit.runtime.database, Part(200), actor=visit.reader)
    return {
        "templates": sorted(one.draft.name for one in found.rows if one.version is not None),
        "purposes": PURPOSES,
        "redials": {outcome.value: words for outcome, words in REDIALS.items()},
    }


COLUMNS = ("id", "name", "state", "template", "people", "done", "created_at")
ONE = "/campaigns/<uuid:campaign>"
ROUTES = (
    Route(
        "GET", "/campaigns", "campaigns", show_list, title="Campaigns", section=SECTION, table=Table("campaigns", COLUMNS),
    ),
    Route("GET", "/campaigns/new", "newCampaign", show_form, roles=ACTING, section=SECTION),
    Route(
        "GET", ONE, "campaign", show, section=SECTION, table=Table("people", PEOPLE, following=people_data),
        live=("state", "report", "people"), topics=("queue", "campaign:{campaign}"), is_shared=True,
    ),
    Route("GET", f"{ONE}/edit", "editCampaign", show_edit, roles=ACTING, section=SECTION),
    Route("GET", f"{ONE}/report", "campaignReport", report_csv, is_data=True),
)  # fmt: skip
