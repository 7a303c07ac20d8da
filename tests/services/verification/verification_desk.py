"""What the tests of phone verification share: fresh numbers, time that passes, and the code as only its owner sees it."""

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.services.texts.text_house import Connection
from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.verification.codes import CODE_PLACE
from voicebot.runtime import Runtime
from voicebot.services.verification import verify_phone
from voicebot.services.verification.look_for_code import look_for_code
from voicebot.storage.verification import verifications

AREA_CODES = (
    "202",
    "212",
    "303",
    "312",
    "404",
    "415",
    "503",
    "512",
    "602",
    "617",
    "702",
    "713",
    "801",
    "808",
    "907",
)
_numbers = (f"+1{area}55501{last:02}" for last in itertools.count(1) for area in AREA_CODES)


def new_number() -> str:
    """A fictional number that no test has used yet; numbers that follow each other do not share a prefix."""
    return next(_numbers)


def code_of(
    runtime: Runtime, number: str, purpose: str | None = "call", *, actor: Actor = THE_OPERATOR
) -> str:
    """The code that its owner reads on the phone."""
    one = verifications.running_verification(runtime.database, number, purpose, actor=actor)
    assert one is not None
    return verify_phone.code_of(runtime, one)


def words_of(runtime: Runtime, number: str) -> str:
    """The two words that its owner reads on the phone."""
    one = verifications.running_verification(runtime.database, number)
    assert one is not None
    return sent_text(runtime, one.id, "[words]")


def sent_text(runtime: Runtime, verification_id: UUID, content: str = CODE_PLACE) -> str:
    """What the carrier is given for an outgoing text."""

    class Row:
        pass

    row = Row()
    row.content, row.verification_id = content, verification_id
    return verify_phone.fill(runtime, row)


@dataclass(frozen=True)
class Tried:
    """A text as it may be kept, and what came of the code in it; None where there was none."""

    text: str
    outcome: str | None = None


def take_code(runtime: Runtime, number: str, text: str) -> Tried:
    """Look for a code in what somebody sent and try it, as whoever keeps the text does."""
    seen = look_for_code(runtime, number, text)
    if seen.verification_id is None:
        return Tried(seen.text, None)
    right = seen.verification_id if seen.code_ok else None
    checked = verifications.check_verification(
        runtime.database, number, code_ok_for=right, ip=None, purpose=None
    )
    return Tried(seen.text, checked.outcome)


def let_pass(owner, number: str, seconds: float) -> None:
    """Let so much time pass for a number: everything that is known of it becomes older."""
    owner.execute(
        """update public.verifications
              set expires_at = expires_at - %(s)s * interval '1 s', created_at = created_at - %(s)s * interval '1 s'
            where phone_number = %(n)s""",
        {"s": seconds, "n": number},
    )
    owner.execute(
        """update public.verification_counters c
              set members = (select coalesce(jsonb_agg(jsonb_set(u, '{0}', to_jsonb((u ->> 0)::float8 - %(s)s))), '[]')
                               from jsonb_array_elements(c.members) u)
            where scope in ('number', 'asker', 'prefix')
              and (subject = %(n)s or subject = left(%(n)s, -4) or starts_with(subject, %(n)s || ' '))""",
        {"s": seconds, "n": number},
    )


def another(code: str) -> str:
    """A wrong code."""
    return f"{(int(code) + 1) % 10**6:06d}"


def queued(owner: Connection, number: str) -> list[tuple[Any, ...]]:
    """The texts to a number, sent or not."""
    return owner.execute("select id from public.sms_history where to_number = %s", [number]).fetchall()
