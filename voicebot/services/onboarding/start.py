"""Begin a person's onboarding by text, for an operator or after a call that broke off in the middle of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from uuid import UUID, uuid4

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.person.effects import SetProfile
from voicebot.domain.person.name_columns import FIRST_NAME, LAST_NAME
from voicebot.domain.person.phone import is_dialable, mask, parse_e164
from voicebot.domain.thread.events import OnboardingWanted
from voicebot.runtime import Runtime
from voicebot.services.tables.open_file import candidates
from voicebot.services.texts.send import NOT_TEXTABLE
from voicebot.services.texts.steps import person_of, reply_of, start_verifications, voices_to_choose
from voicebot.storage.off_hub import in_batches, off_hub
from voicebot.storage.texts import threads
from voicebot.storage.texts.threads import ClaimedThread, Commit
from voicebot.transports.table_files.cells import cleaned, cleaned_number, is_rounded
from voicebot.transports.table_files.characters import Source
from voicebot.transports.table_files.csv_file import Column, TableLimits
from voicebot.transports.table_files.refused import FileRefused
from voicebot.transports.table_files.table import Table, source_of

MOST_ROWS = 10_000
# The likeliest first; capitals, accents, spaces and hyphens make no difference.
NUMBER_COLUMNS = """
    phone_number phone number mobile tel telephone mobile_number mobile_phone cell cell_phone telefon telefonnummer handy
    phone_1_value phone_2_value phone_no phone_nr phone_mobile phone_cell telephone_number tel_no tel_nr tel_number mobile_no
    mobile_nr mobile_phone_number cell_number cell_no cell_phone_number contact_number contact_no whatsapp whatsapp_number msisdn
    telefon_nr handy_nr telefon_mobil mobiltelefon mobilnummer numero_de_telefono telefono_movil telefono_celular numero_de_movil
    numero_de_celular numero_telefono numero_de_telephone telephone_portable telephone_mobile numero_de_telefone numero_di_telefono
    handynummer mobil rufnummer numero portable movil celular telefone telemovel telefono cellulare
"""
COLUMNS = (
    Column("number", tuple(NUMBER_COLUMNS.split()), needed=True),
    Column("first_name", FIRST_NAME),
    Column("last_name", LAST_NAME),
)
ROWS_AT_ONCE = 200
LONGEST_NAME = 80
LONGEST_NUMBER = 80


class ImportRefused(Exception):
    """The file cannot be read as a list of people; the message says why, and shows where."""

    def __init__(self, error: FileRefused) -> None:
        super().__init__(str(error))
        self.is_text = error.is_text


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
    """The result of one row of a file; `line` counts as in an editor, `number` is masked."""

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


@dataclass(frozen=True)
class _Listed:
    """One row of a file: `number` is E.164, or None with the reason in `code`."""

    line: int
    given: str
    number: str | None
    able: bool
    code: str | None
    first_name: str
    last_name: str


def import_people(
    runtime: Runtime,
    file: Source | bytes | str,
    *,
    dry_run: bool = False,
    actor: Actor = THE_OPERATOR,
    most_rows: int = MOST_ROWS,
) -> Iterator[RowReport]:
    """Start the onboarding of everybody in a CSV file and report row by row, as it goes; a number counts once.

    The first line names the columns: phone_number (or phone, number, mobile), first_name, last_name. Numbers without
    a country code are of our own number's country. Raises ImportRefused before anything is done.
    """
    seen: set[str] = set()
    for batch in in_batches(_listed(runtime, _looked_at(file, most_rows)), ROWS_AT_ONCE):
        for row in batch:
            if row.number is None:
                yield RowReport(row.line, mask(row.given), Invited.REFUSED, row.code)
            elif row.number in seen:
                yield RowReport(row.line, mask(row.number), Invited.REFUSED, "repeated")
            else:
                seen.add(row.number)
                yield _tried(row) if dry_run else _invited(runtime, row, actor)


def _looked_at(file: Source | bytes | str, most_rows: int) -> Table:
    content = file.encode("utf-8", "surrogatepass") if isinstance(file, str) else file
    source = source_of(content) if isinstance(content, bytes) else content
    refused: FileRefused | None = None
    try:
        for one in candidates(source, TableLimits(rows=most_rows), known=COLUMNS[0].names):
            try:
                return off_hub(partial(one.table, COLUMNS))
            except FileRefused as error:
                refused = refused or error
    except FileRefused as error:
        refused = error
    raise ImportRefused(refused or FileRefused("nothing stands in the file")) from None


def _listed(runtime: Runtime, table: Table) -> Iterator[_Listed]:
    region, countries = runtime.settings.home_country, runtime.settings.allowed_countries
    for row in table:
        given = cleaned_number(row.cells["number"])[:LONGEST_NUMBER]
        number = parse_e164(given, region)
        if "number" in row.rounded:
            number = None
        lost = "number" in row.rounded or is_rounded(given)
        code = None if number else "rounded" if lost else "not_a_number"
        able = number is not None and is_dialable(number, countries)
        names = (cleaned(row.cells.get(name, ""))[:LONGEST_NAME] for name in ("first_name", "last_name"))
        yield _Listed(row.line, given, number, able, code, *names)


def _tried(row: _Listed) -> RowReport:
    result, code = (Invited.VALID, None) if row.able else (Invited.REFUSED, NOT_TEXTABLE)
    return RowReport(row.line, mask(row.number or ""), result, code)


def _invited(runtime: Runtime, row: _Listed, actor: Actor) -> RowReport:
    invitation = Invitation(row.number or "", row.first_name, row.last_name)
    started = start_onboarding(runtime, invitation, actor)
    return RowReport(row.line, mask(row.number or ""), started.result, started.code)


def _names_to_keep(invitation: Invitation, first_name: str, last_name: str) -> SetProfile | None:
    """A list does not overwrite a person's own words."""
    kept = SetProfile(
        first_name=invitation.first_name if invitation.first_name and not first_name else None,
        last_name=invitation.last_name if invitation.last_name and not last_name else None,
    )
    return kept if kept != SetProfile() else None
