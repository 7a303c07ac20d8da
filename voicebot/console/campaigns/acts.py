"""What is done to campaigns: made, edited, run, paused, canceled, filled from a file, dialled again."""

import re
from typing import Any

from voicebot.console.campaigns.forms import campaign_of, purpose_of
from voicebot.console.campaigns.pages import campaign_row
from voicebot.console.routes import ACTING, Move, Notice, Refused, Route, Visit
from voicebot.domain.dialling.redial import RedialOutcome
from voicebot.services.dialling import campaigns as service
from voicebot.services.dialling.ask import CallRefused
from voicebot.services.dialling.import_people import ImportRefused, ImportReport, Wanted, import_people
from voicebot.services.dialling.judge_row import REASONS
from voicebot.services.tables import kept_files
from voicebot.storage.access.members import note_audit
from voicebot.storage.campaigns import NewCampaign
from voicebot.storage.queue import Consent
from voicebot.transports.table_files.table import source_of

MOST_FILE_BYTES = 10 * 1024 * 1024
WORDS = {"not_allowed": "You may not make campaigns."}
MOVES = ("running", "paused", "canceled")
REVISION = re.compile(r"[0-9]{1,9}")


def make(visit: Visit) -> Move:
    """Make a draft."""
    wanted = NewCampaign(**campaign_of(visit), purpose=purpose_of(visit))
    try:
        row = service.make(visit.runtime, wanted, actor=visit.actor)
    except CallRefused as refusal:
        raise _refused(refusal) from None
    return _done(visit, "campaign.made", row["id"])


def edit(visit: Visit) -> Move:
    """Change its rules; they hold from the next call."""
    changes = campaign_of(visit)
    return _change(visit, changes, "campaign.changed")


def move(visit: Visit) -> Move:
    """Run it, pause it, cancel it."""
    state = visit.form.get("state", "")
    if state not in MOVES:
        raise Refused(400, "A campaign can be run, paused or canceled.")
    return _change(visit, {"state": state}, f"campaign.{state}")


def redial(visit: Visit) -> Move | Notice:
    """Count the people who would be dialled again by the last attempt's outcome; once confirmed, dial them."""
    outcomes = [one for one in visit.ticked.get("outcome", ()) if one in set(RedialOutcome)]
    if not outcomes:
        raise Refused(400, "Tick at least one outcome first.")
    confirmed = visit.form.get("confirmed") == "1"
    try:
        told = service.redial(
            visit.runtime, visit.path["campaign"], outcomes, dry=not confirmed, actor=visit.keeper
        )
    except CallRefused as refusal:
        raise _refused(refusal) from None
    if confirmed:
        return _done(visit, "campaign.redialled", visit.path["campaign"])
    data = {"campaign": campaign_row(visit), "told": told, "outcomes": outcomes}
    return Notice("campaigns/redial.html", data)


def look(visit: Visit) -> Notice:
    """Check a file of people: its rows and their faults. Nobody is added."""
    content = visit.uploads.get("file", b"")
    if not content:
        raise Refused(400, "Choose a CSV file or a workbook (.xlsx) first.")
    report = _import(visit, content, Wanted(dry_run=True, **_columns(visit)))
    token = kept_files.keep_file(visit.runtime.settings, content, _about(visit))
    return _looked_at(visit, report, token)


def look_again(visit: Visit) -> Notice:
    """Look at the same file with another column of numbers."""
    token = visit.form.get("file", "")
    report = _import(visit, _kept(visit, token), Wanted(dry_run=True, **_columns(visit)))
    return _looked_at(visit, report, token)


def take(visit: Visit) -> Notice:
    """Add everybody of the file that was looked at, but for the bad rows."""
    token, wording = visit.form.get("file", ""), visit.form.get("consent", "").strip()[:500]
    wanted = Wanted(
        **_columns(visit), skip_bad=True, consent=Consent(wording, source="console") if wording else None
    )
    report = _import(visit, _kept(visit, token), wanted)
    visit.runtime.hint.made_work()
    kept_files.drop_file(visit.runtime.settings, token, _about(visit))
    note_audit(
        visit.runtime.database,
        "campaign.imported",
        "campaign",
        str(visit.path["campaign"]),
        actor=visit.actor,
    )
    return Notice("campaigns/imported.html", {"campaign": campaign_row(visit), "report": _told(report)})


def _looked_at(visit: Visit, report: ImportReport, token: str) -> Notice:
    data = {"campaign": campaign_row(visit), "report": _told(report), "file": token}
    return Notice("campaigns/preview.html", data)


def _import(visit: Visit, content: bytes, wanted: Wanted) -> ImportReport:
    try:
        return import_people(
            visit.runtime, visit.path["campaign"], source_of(content), wanted, actor=visit.keeper
        )
    except ImportRefused as error:
        raise Refused(400, f"The file cannot be read: {error}.") from None
    except CallRefused as refusal:
        raise _refused(refusal) from None


def _kept(visit: Visit, token: str) -> bytes:
    content = kept_files.kept_file(visit.runtime.settings, token, _about(visit))
    if content is None:
        raise Refused(409, "The file is not kept any more: choose it again.")
    return content


def _about(visit: Visit) -> str:
    return f"people of {visit.path['campaign']} for {visit.actor.user_id}"


def _columns(visit: Visit) -> dict[str, Any]:
    return {
        "phone_column": visit.form.get("phone_column") or None,
        "sheet": visit.form.get("sheet") or None,
    }


def _told(report: ImportReport) -> dict[str, Any]:
    names = (
        "phone_column", "sheet", "variables", "unused", "missing", "columns", "rows", "imported", "rejected", "duplicates", "ready",
        "suppressed",
    )  # fmt: skip
    bad = [
        {"line": one.line, "column": one.column, "cell": one.cell[:80], "reason": REASONS[one.code]}
        for one in report.bad
    ]
    return {name: getattr(report, name) for name in names} | {"bad": bad}


def _change(visit: Visit, changes: dict[str, Any], action: str) -> Move:
    seen = visit.form.get("revision", "")
    # What is no revision is none that is there.
    revision = (int(seen) if REVISION.fullmatch(seen) else 0) if seen else None
    try:
        service.change(visit.runtime, visit.path["campaign"], changes, revision, actor=visit.keeper)
    except CallRefused as refusal:
        raise _refused(refusal) from None
    return _done(visit, action, visit.path["campaign"])


def _done(visit: Visit, action: str, campaign: object) -> Move:
    note_audit(visit.runtime.database, action, "campaign", str(campaign), actor=visit.actor)
    return Move(f"/console/campaigns/{campaign}")


def _refused(refusal: CallRefused) -> Refused:
    status = {"unknown_campaign": 404, "not_allowed": 403, "invalid_request": 400}.get(refusal.code, 409)
    return Refused(status, WORDS.get(refusal.code, refusal.words))


ONE = "/campaigns/<uuid:campaign>"
ROUTES = (
    Route("POST", "/campaigns", "makeCampaign", make, is_once=True, roles=ACTING, form_on=("newCampaign",)),
    Route("POST", f"{ONE}/edit", "saveCampaign", edit, roles=ACTING, form_on=("editCampaign",)),
    Route("POST", f"{ONE}/state", "moveCampaign", move, roles=ACTING),
    Route(
        "POST", f"{ONE}/redial", "redialCampaign", redial, is_once=True, roles=ACTING, form_on=("campaign",)
    ),
    Route(
        "POST",
        f"{ONE}/people",
        "lookAtPeople",
        look,
        roles=ACTING,
        max_body_bytes=MOST_FILE_BYTES,
        form_on=("campaign",),
    ),
    Route("POST", f"{ONE}/people/again", "lookAgain", look_again, roles=ACTING),
    Route("POST", f"{ONE}/people/add", "addPeople", take, roles=ACTING),
)
