"""Ask for a call: what can never be dialled is refused before anything is stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.place import NotCallable, NumberPlace, is_time_zone, place_of
from voicebot.domain.dialling.variables import variables_problem
from voicebot.domain.prices import TALK_USD
from voicebot.runtime import Runtime
from voicebot.storage import queue
from voicebot.storage.catalogue import templates
from voicebot.storage.dials import DialLimits
from voicebot.storage.queue import NewEntry


class CallRefused(Exception):
    """The call is not possible: `field` is the wrong field, `words` explain it to the person who asked."""

    def __init__(self, code: str, words: str, field: str | None = None) -> None:
        super().__init__(code)
        self.code, self.words, self.field = code, words, field


WORDS = {
    "suppressed": "This person asked not to be called.",
    "own_number": "This number is one of ours.",
    "no_consent": "Nobody noted that this person agreed to such calls: send `consent`, or choose another purpose.",
    "window_over": "The time in which it may be dialled is over, or no calling hour lies in it.",
    "unknown_template": "There is no such template.",
    "unpublished_template": "This template was never published.",
    "unknown_caller_number": "Expected a number of ours, or one that its user has verified and the carrier lets through.",
    "unknown_entry": "There is no such entry.",
    "unknown_series": "There is no such series.",
    "unknown_campaign": "There is no such campaign.",
    "changed_meanwhile": "Somebody else changed it meanwhile: look at it again.",
    "wrong_state": "It cannot do that from the state it is in.",
    "over_already": "Expected a time to come.",
    "last_hours": "The hours of * hold where a country has none: they can be set, not dropped.",
    "unknown_hours": "This country has no hours of its own.",
    "not_queued": "Only what waits can be changed: this call was dialled, or is over.",
    "not_allowed": "This key may not ask for calls: it has to be a person's, like those of Settings, Keys in the console.",
    "waiting": "It waits already, or is being dialled.",
    "reached": "Somebody was reached by this call: say that it is to be made all the same.",
    "campaign_over": "Its campaign was not started, or is canceled.",
}
FIELDS = {"suppressed": "to", "own_number": "to", "no_consent": "consent", "window_over": "not_after"}


def dial_limits(runtime: Runtime) -> DialLimits:
    """Return what the main account may do now, as the dialler goes by it."""
    # While facts wait in the spool, a STOP may be among them: what nobody waits for waits for those.
    hold = runtime.spool.holds_back(runtime.now())
    settings = runtime.settings
    return DialLimits(
        settings.calls_per_second,
        hold=hold,
        daily_usd=settings.max_daily_outbound_usd,
        call_usd=min(TALK_USD, settings.max_call_usd),
        require_plan=settings.require_plan,
        longest_call_s=settings.max_call_seconds,
    )


def place_for(runtime: Runtime, entry: NewEntry) -> NumberPlace:
    """Return where the number of an entry is. Raises CallRefused."""
    if entry.timezone is not None and not is_time_zone(entry.timezone):
        raise CallRefused("invalid_request", "Expected a time zone like America/Denver.", "timezone")
    try:
        return place_of(entry.to_number, runtime.settings.allowed_countries, entry.timezone)
    except NotCallable as refusal:
        raise CallRefused(refusal.code, refusal.words, "to") from None


def ask_for_call(
    runtime: Runtime,
    entry: NewEntry,
    *,
    series: Mapping[str, Any] | None = None,
    actor: Actor = THE_OPERATOR,
) -> tuple[Mapping[str, Any], bool]:
    """Put a call into the queue, the first of a `series` if it repeats; return the entry as it stands, and whether it is new.

    Raises CallRefused, DatabaseAway.
    """
    place = place_for(runtime, entry)
    _check_reason(entry.hours_lifted)
    content = published_template(runtime, entry.template, actor) if entry.template else None
    problem = variables_problem(content, entry.variables or {})
    if problem:
        raise CallRefused("invalid_variables", f"{problem[0].upper()}{problem[1:]}.", "variables")
    try:
        return queue.queue_call(
            runtime.database, entry, place, dial_limits(runtime), series=series, actor=actor
        )
    except queue.QueueRefused as refusal:
        raise refused(refusal) from None


def change_call(
    runtime: Runtime,
    entry_id: Any,
    changes: Mapping[str, datetime | str | int | None],
    *,
    was: Mapping[str, Any] | None = None,
    actor: Actor,
) -> Mapping[str, Any]:
    """Change when a waiting entry is dialled. `was`: fields as the actor saw them. Raises CallRefused, DatabaseAway."""
    zone = changes.get("timezone")
    if isinstance(zone, str) and not is_time_zone(zone):
        raise CallRefused("invalid_request", "Expected a time zone like America/Denver.", "timezone")
    _check_reason(changes.get("hours_lifted"))
    written = {name: at.isoformat() if isinstance(at, datetime) else at for name, at in changes.items()}
    try:
        return queue.change_entry(
            runtime.database, entry_id, written, dial_limits(runtime), was=was, actor=actor
        )
    except queue.QueueRefused as refusal:
        raise refused(refusal) from None


def redial_call(
    runtime: Runtime, entry_id: UUID, *, reached: bool = False, actor: Actor
) -> Mapping[str, Any]:
    """Let an entry that is over wait again; `reached`: also when somebody was reached. Raises CallRefused, DatabaseAway."""
    try:
        row = queue.redial_entry(
            runtime.database, entry_id, dial_limits(runtime), reached=reached, actor=actor
        )
    except queue.QueueRefused as refusal:
        raise refused(refusal) from None
    runtime.hint.made_work()
    return row


def _check_reason(hours_lifted: Any) -> None:
    """A reason is kept and read by people: blanks are none."""
    if isinstance(hours_lifted, str) and not hours_lifted.strip():
        raise CallRefused("invalid_request", "Expected the reason in words.", "hours_lifted")


def refused(refusal: queue.QueueRefused) -> CallRefused:
    """Return a refusal of SQL's as one for people."""
    if refusal.code == "key_used":
        told = ", ".join(refusal.fields)
        return CallRefused(
            "key_used", f"This request_key was used for another call: {told} differ.", "request_key"
        )
    if refusal.code == "invalid":
        about = {"recipient_number": "to", "custom_variables": "variables"}
        name = refusal.fields[0] if refusal.fields else None
        words = f"{refusal.words[:1].upper()}{refusal.words[1:]}."
        return CallRefused("invalid_request", words, about.get(name or "", name))
    name = refusal.fields[0] if refusal.fields else FIELDS.get(refusal.code)
    return CallRefused(refusal.code, WORDS.get(refusal.code, "It cannot be done."), name)


def published_template(runtime: Runtime, template: str, actor: Actor) -> Mapping[str, Any]:
    """Return the published content of a template. Raises CallRefused."""
    try:
        stored, _ = templates.show_template(runtime.database, template, actor=actor)
        if stored.version is None:
            raise CallRefused("unpublished_template", WORDS["unpublished_template"], "template")
        published = templates.show_version(runtime.database, stored.id, stored.version, actor=actor)
    except templates.TemplateRefused as refusal:
        raise CallRefused(refusal.code, WORDS["unknown_template"], "template") from None
    return templates.row_of_template(published, None)
