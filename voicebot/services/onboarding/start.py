"""Begin a person's onboarding by text, for an operator or after a call that broke off in the middle of it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID, uuid4

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.person.effects import SetProfile
from voicebot.domain.person.phone import is_dialable, mask, parse_e164
from voicebot.domain.thread.events import OnboardingWanted
from voicebot.runtime import Runtime
from voicebot.services.texts.send import NOT_TEXTABLE
from voicebot.services.texts.steps import person_of, reply_of, start_verifications, voices_to_choose
from voicebot.storage.texts import threads
from voicebot.storage.texts.threads import ClaimedThread, Commit

MOST_ROWS = 10_000
NUMBER_COLUMNS = ("phone_number", "phone", "number", "mobile", "tel")
NAME_COLUMNS = {"first_name": ("first_name", "firstname"), "last_name": ("last_name", "lastname", "surname")}
LONGEST_NAME = 80


class ImportRefused(Exception):
    """The file cannot be read as a list of people; the message says why."""


@dataclass(frozen=True)
class Invitation:
    """Whom to ask, and what an operator knows of them already. `number` is E.164."""

    number: str
    first_name: str = ""
    last_name: str = ""
    call_dropped: bool = False
    our_number: str = ""
    """From which of our numbers; blank: the usual one."""
    request_key: str = ""
    """The same one again has no effect; blank: every invitation is a new one."""


class Invited(StrEnum):
    """What came of an invitation, or would come of it."""

    STARTED = "started"
    COMPLETED = "completed"
    """Long ago."""
    REFUSED = "refused"
    VALID = "valid"
    """Nothing was done: only the file was looked at."""


@dataclass(frozen=True)
class Started:
    """What came of an invitation.

    `code`, when it was refused: not_a_number, not_textable, not_allowed (to the actor), suppressed, ai_off, busy (they
    are writing just now), running or repeated (the request key was used).
    """

    result: Invited
    code: str | None = None
    conversation_id: UUID | None = None


@dataclass(frozen=True)
class RowReport:
    """What came of one row of a file; `line` as an editor counts, `number` masked."""

    line: int
    number: str
    result: Invited
    code: str | None = None


def start_onboarding(runtime: Runtime, invitation: Invitation, actor: Actor = THE_OPERATOR) -> Started:
    """Queue the first question, or the very next one; at most once for an onboarding that runs. Raises DatabaseAway."""
    settings, token = runtime.settings, uuid4()
    if not is_dialable(invitation.number, settings.allowed_countries):
        return Started(Invited.REFUSED, NOT_TEXTABLE)
    opened = threads.open_thread(
        runtime.database,
        invitation.number,
        invitation.our_number or runtime.carriers.main.number,
        channel="sms",
        token=token,
        lease_s=runtime.limits.thread.onboarding_lease_s,
        actor=actor,
    )
    if opened.claimed is None:
        return Started(Invited.REFUSED, opened.refused)
    started = _begin(runtime, invitation, opened.claimed, token)
    if started.result is Invited.STARTED:
        runtime.hint.made_work()
    else:
        threads.release_thread(
            runtime.database, opened.claimed.conversation_id, token=token, retry_after_s=0.0
        )
    return started


def _begin(runtime: Runtime, invitation: Invitation, claimed: ClaimedThread, token: UUID) -> Started:
    reply, person = reply_of(runtime, claimed), person_of(runtime, claimed)
    if person.onboarding_status == "completed":
        return Started(Invited.COMPLETED, None, claimed.conversation_id)
    if reply.state.onboarding.unfinished and not invitation.call_dropped:
        return Started(Invited.REFUSED, "running", claimed.conversation_id)
    if names := _names_to_keep(invitation, person.first_name, person.last_name):
        reply.effects.append(names)
    person = replace(
        person,
        first_name=person.first_name or invitation.first_name,
        last_name=person.last_name or invitation.last_name,
    )
    reply.take(
        OnboardingWanted(person, voices_to_choose(runtime, claimed), call_dropped=invitation.call_dropped)
    )
    start_verifications(runtime, claimed, reply)
    outcome = threads.push_texts(
        runtime.database,
        claimed,
        token=token,
        request_key=invitation.request_key or f"onboarding:{token}",
        state=reply.state,
        texts=reply.texts,
        effects=reply.effects,
    )
    if outcome is not Commit.COMMITTED:
        code = "repeated" if outcome is Commit.REPEATED else "busy"
        return Started(Invited.REFUSED, code, claimed.conversation_id)
    return Started(Invited.STARTED, None, claimed.conversation_id)


def import_people(
    runtime: Runtime,
    text: str,
    *,
    dry_run: bool = False,
    actor: Actor = THE_OPERATOR,
    most_rows: int = MOST_ROWS,
) -> Iterator[RowReport]:
    """Start the onboarding of everybody in a CSV file and report row by row, as it goes; a number counts once.

    The first line names the columns: phone_number (or phone, number, mobile), first_name, last_name. Numbers without
    a country code are of our own number's country. Raises ImportRefused before anything is done.
    """
    rows, number_column = _table(text, most_rows)
    region = runtime.settings.home_country
    seen: set[str] = set()
    for line, row in rows:
        given = (row.get(number_column) or "").strip()
        number = parse_e164(given, region)
        if number is None:
            yield RowReport(line, mask(given), Invited.REFUSED, "not_a_number")
            continue
        if number in seen:
            yield RowReport(line, mask(number), Invited.REFUSED, "repeated")
            continue
        seen.add(number)
        invitation = Invitation(number, _name(row, "first_name"), _name(row, "last_name"))
        if dry_run:
            able = is_dialable(number, runtime.settings.allowed_countries)
            yield RowReport(
                line,
                mask(number),
                Invited.VALID if able else Invited.REFUSED,
                None if able else NOT_TEXTABLE,
            )
            continue
        started = start_onboarding(runtime, invitation, actor)
        yield RowReport(line, mask(number), started.result, started.code)


def _table(text: str, most_rows: int) -> tuple[list[tuple[int, dict[str, str]]], str]:
    """Read the whole file before anything is done."""
    if "\0" in text:
        raise ImportRefused("the file is not text")
    # Without newline="" a carriage return alone is an error, and some programs still end lines with it.
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), skipinitialspace=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        names = {(name or "").strip().lower().replace(" ", "_"): name for name in reader.fieldnames or ()}
        column = next((names[name] for name in NUMBER_COLUMNS if name in names), None)
        if column is None:
            raise ImportRefused(f"the first line names no column with numbers: expected {NUMBER_COLUMNS[0]}")
        for row in reader:
            if len(rows) == most_rows:
                raise ImportRefused(f"more than {most_rows} rows")
            rows.append((reader.line_num, {name: value for name, value in row.items() if name}))
    except csv.Error as error:
        raise ImportRefused(f"line {reader.line_num}: {error}") from None
    return rows, column


def _name(row: dict[str, str], field: str) -> str:
    for column, value in row.items():
        if column.strip().lower().replace(" ", "_") in NAME_COLUMNS[field] and isinstance(value, str):
            return " ".join(value.split())[:LONGEST_NAME]
    return ""


def _names_to_keep(invitation: Invitation, first_name: str, last_name: str) -> SetProfile | None:
    """A list does not overwrite a person's own words."""
    kept = SetProfile(
        first_name=invitation.first_name if invitation.first_name and not first_name else None,
        last_name=invitation.last_name if invitation.last_name and not last_name else None,
    )
    return kept if kept != SetProfile() else None
