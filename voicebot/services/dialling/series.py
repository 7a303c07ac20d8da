"""Calls that repeat: begun with the first of them, edited, and made ahead by the worker, each once."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.recurrence import AHEAD, Recurrence, recurrence_of
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import CallRefused, ask_for_call, place_for, refused
from voicebot.storage.dialling import series as stored
from voicebot.storage.dialling.series import DueSeries, Row, SeriesPlan
from voicebot.storage.queue import NewEntry, QueueRefused

LASTS = timedelta(hours=1)
LONGEST, SHORTEST = timedelta(hours=24), timedelta(minutes=1)
SHOWN = 5
"""How many of the next times people are shown."""
LATE = timedelta(days=1)


@dataclass(frozen=True)
class SeriesChange:
    """What is to be changed of a series; None stays."""

    state: str | None = None
    repeat: str | None = None
    scheduled_time: datetime | None = None
    """When the first call of the new rule is; None: today or later, at the hour of the old one."""
    priority: int | None = None


def ask_for_series(
    runtime: Runtime, entry: NewEntry, repeat: str, *, actor: Actor = THE_OPERATOR
) -> tuple[Row, bool]:
    """Queue the first of the calls that a rule names, and let the others follow; return the first entry, and whether it is new.

    The clock is that of the person's place; a number that may be in several zones needs the right one. Raises
    CallRefused, DatabaseAway.
    """
    now, place = runtime.now(), place_for(runtime, entry)
    if len(place.zones) != 1:
        told = ", ".join(place.zones[:4])
        raise CallRefused("unclear_zone", f"The number may be in {told}: give `timezone`.", "timezone")
    plan = _planned(
        _read(repeat, entry.scheduled_time or entry.not_before, place.zones[0], now), _lasts(entry), now
    )
    first = plan.occurrences[0]
    if entry.scheduled_time is None and entry.not_before:
        entry = replace(entry, not_before=first, not_after=first + plan.lasts)
    else:
        entry = replace(entry, scheduled_time=first, not_before=None, not_after=None)
    return ask_for_call(runtime, entry, series=plan.to_json(), actor=actor)


def _lasts(entry: NewEntry) -> timedelta:
    if entry.scheduled_time is not None or entry.not_before is None or entry.not_after is None:
        return LASTS
    lasts = entry.not_after - entry.not_before
    if not SHORTEST <= lasts <= LONGEST:
        raise CallRefused(
            "invalid_request", "The window of a call that repeats lasts up to a day.", "not_after"
        )
    return lasts


def change(
    runtime: Runtime,
    series_id: UUID,
    wanted: SeriesChange,
    revision: int | None = None,
    *,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Change what is not dialled yet of a series. Raises CallRefused, DatabaseAway."""
    try:
        plan = None
        if wanted.repeat is not None or wanted.scheduled_time is not None:
            row = stored.show_series(runtime.database, series_id, actor=actor)
            plan = _changed_plan(row, wanted, runtime.now())
            # The plan was made of what stood then.
            revision = revision or row["revision"]
        changed = stored.change_series(
            runtime.database,
            series_id,
            state=wanted.state,
            plan=plan,
            priority=wanted.priority,
            revision=revision,
            actor=actor,
        )
    except QueueRefused as refusal:
        raise refused(refusal) from None
    runtime.hint.made_work()
    return changed


def next_times(row: Row, now: datetime) -> list[datetime]:
    """Return when the next calls of a series are, in its zone; none of one that does not go on."""
    if row["state"] != "active":
        waiting = [datetime.fromisoformat(one["occurrence"]) for one in row["entries"]]
        return [at.astimezone(UTC) for at in waiting]
    return stored.recurrence_from_json(row).after(now, SHOWN)


def make_occurrences(runtime: Runtime) -> int:
    """Make the entries that are missing of every series; return how many were made. Raises DatabaseAway."""
    now = runtime.now()
    return sum(_make(runtime, one, now) for one in stored.due_series(runtime.database, now))


def _make(runtime: Runtime, series: DueSeries, now: datetime) -> int:
    # What could still be dialled is made, what would be late is not: nobody is called for a time that is over.
    made = series.made_until or now - LATE
    missed = [at for at in series.recurrence.after(max(made, now - series.lasts), AHEAD) if at <= now]
    coming = [at for at in series.recurrence.after(now, AHEAD) if at > made]
    return stored.add_occurrences(
        runtime.database, series, [*missed, *coming], _look_at(series.recurrence, now)
    )


def _planned(recurrence: Recurrence, lasts: timedelta, now: datetime) -> SeriesPlan:
    times = recurrence.after(now, AHEAD)
    return SeriesPlan(recurrence, lasts, times, _look_at(recurrence, now))


def _look_at(recurrence: Recurrence, now: datetime) -> datetime | None:
    """Return when the next call is to be made: as soon as it is due; None when no further call comes."""
    return next(iter(recurrence.after(now, 1)), None)


def _changed_plan(row: Row, wanted: SeriesChange, now: datetime) -> SeriesPlan:
    before = stored.recurrence_from_json(row)
    starts = wanted.scheduled_time or before.at_its_hour(now)
    recurrence = _read(wanted.repeat or before.rule, starts, before.zone, now)
    return _planned(recurrence, timedelta(seconds=row["lasts_s"]), now)


def _read(rule: str, starts: datetime | None, zone: str, now: datetime) -> Recurrence:
    try:
        return recurrence_of(rule, starts, zone, now)
    except ValueError as error:
        words = str(error)
        raise CallRefused("invalid_request", f"{words[0].upper()}{words[1:]}.", "repeat") from None
