"""Settings, keys: who may use the API. A key is shown once; only its hash is kept."""

from datetime import timedelta

from voicebot.console.routes import LEADERS, Move, Notice, Page, Refused, Route, Table, Visit
from voicebot.domain.access.api_key import ROLES
from voicebot.domain.page_cursor import BY_TIME
from voicebot.domain.whole_number import whole_number
from voicebot.services.create_key import KeyRefused, make_key_for
from voicebot.storage.api_keys import api_keys_page, end_api_key

PLACE = "/settings/keys"
LONGEST_NAME, MOST_DAYS = 100, 3650
WORDS = {
    "operator": "everything that the API can do",
    "integrator": "verify phones, and see the calls that it asked for itself",
}
MEMBERS_WORDS = "what you may do in this team at that moment; publishing templates, sign-in links and keys stay for people"
REFUSED = {
    "name_taken": (409, "A key of this name exists: revoke it first, or choose another name."),
    "unknown_role": (400, "There is no such scope: choose one of the list."),
    "not_allowed": (403, "Only owners and admins make and revoke keys."),
    "unknown_key": (404, "There is no such key, or none of yours."),
}
COLUMNS = ("id", "name", "role", "key_prefix", "created_at", "last_used_at", "expires_at", "revoked_at")


def show(visit: Visit) -> Page:
    """The keys, the newest first."""
    page = api_keys_page(visit.runtime.database, visit.part(BY_TIME), actor=visit.actor)
    # The key of a team's is its maker's, too: whoever leaves takes it along.
    in_a_team = visit.actor.organization_id is not None
    words = WORDS | ({"operator": MEMBERS_WORDS} if in_a_team else {})
    scopes = [{"name": role, "words": words[role]} for role in ROLES]
    return Page("settings/keys.html", {"keys": list(page.rows), "next": page.next, "scopes": scopes})


def make(visit: Visit) -> Notice:
    """Make a key, and show it this once."""
    name, days = visit.form.get("name", "").strip(), visit.form.get("days", "").strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refused(400, f"A key needs a name, {LONGEST_NAME} characters at most.", "name")
    holds = whole_number(days, MOST_DAYS)
    if days and holds is None:
        raise Refused(
            400, f"A key holds for 1 to {MOST_DAYS} days, or for ever where you write nothing.", "days"
        )
    expires_at = visit.runtime.now() + timedelta(days=holds) if holds else None
    try:
        key = make_key_for(
            visit.runtime.database,
            name,
            visit.form.get("role", ""),
            actor=visit.actor,
            expires_at=expires_at,
        )
    except KeyRefused as error:
        raise Refused(*REFUSED.get(error.code, (409, "This cannot be done now."))) from None
    return Notice("settings/key.html", {"name": name, "key": key})


def revoke(visit: Visit) -> Move:
    """End a key, from the next request on."""
    refused = end_api_key(visit.runtime.database, visit.path["key"], actor=visit.actor)
    if refused is not None:
        raise Refused(*REFUSED.get(refused, (409, "This cannot be done now.")))
    return Move(f"/console{PLACE}")


ROUTES = (
    Route(
        "GET", PLACE, "keys", show, roles=LEADERS, title="Keys", section="Settings", table=Table("keys", COLUMNS),
    ),
    Route("POST", PLACE, "makeKey", make, is_once=True, roles=LEADERS, form_on=("keys",)),
    Route("POST", f"{PLACE}/<uuid:key>/revoke", "revokeKey", revoke, roles=LEADERS),
)  # fmt: skip
