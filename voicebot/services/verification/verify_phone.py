"""Prove that a person has a phone: ask for a code, and try a code.

A code is derived from the database's nonce whenever it is needed and stored nowhere. `look_for_code` finds the code in
a person's answer.
"""

import logging
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.person.phone import country, mask
from voicebot.domain.verification.codes import (
    CODE_PLACE,
    WORDS_PLACE,
    CodeOutcome,
    CodePurpose,
    Nonce,
    address_group,
    code_text,
    cost_usd,
    derive_code,
    derive_words,
    filled,
    is_same,
    why_no_code,
)
from voicebot.domain.verification.find import CodeScan
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.storage.verification import verifications
from voicebot.storage.verification.verifications import Checked, CodeRequest, Requested, Verification

NOBODY = Nonce("00000000-0000-0000-0000-000000000000", "", "", "")
"""Derived from where no verification runs, so that this takes as long as where one does."""

log = logging.getLogger(__name__)


class CodeOver(Exception):
    """The text's code is no longer good for anything: it must not be sent."""

    code = "code_over"


class OutgoingCode(Protocol):
    """What `fill` needs of an outgoing row."""

    @property
    def content(self) -> str:
        """The text, with places for code and words."""
        ...

    @property
    def verification_id(self) -> UUID | None:
        """The verification that the text's code belongs to; None for a text without a code."""
        ...


# --- asking for a code, trying one ----------------------------------------------------------------


def start(
    runtime: Runtime,
    to: str,
    channel: str,
    ip: str | None = None,
    purpose: CodePurpose = CodePurpose.CALL,
    *,
    user_id: UUID | None = None,
    actor: Actor = THE_OPERATOR,
    language: str = "",
) -> Requested:
    """Send a code to an E.164 number by `sms` or `call`; the worker sends it. `language` is that of its words; blank
    means the service's.

    The answer is the same for every number, and whether or not a code leaves. Raises DatabaseAway, and ValueError for
    an invalid `ip`.
    """
    request = code_request(runtime, to, channel, ip, purpose, user_id=user_id, actor=actor, language=language)
    asked = verifications.start_verification(runtime.database, request)
    about = {
        "number": mask(to),
        "outcome": "limited" if asked.limited else "pending",
        "limit": asked.scope,
        "key": asked.id,
    }
    if asked.scope in ("global", "money", "country"):
        log.error("codes are stopped by a limit", extra=about)
    elif asked.alarm:
        log.error("few codes come back: they may be pumped", extra=about)
    else:
        log.info("code asked for", extra=about)
    return asked


def code_request(
    runtime: Runtime,
    to: str,
    channel: str,
    ip: str | None = None,
    purpose: CodePurpose = CodePurpose.CALL,
    *,
    user_id: UUID | None = None,
    actor: Actor = THE_OPERATOR,
    language: str = "",
) -> CodeRequest:
    """Return what the database is asked for when a code is wanted."""
    settings, carrier, where = runtime.settings, runtime.carriers.main, country(to)
    by_call = channel == "call"
    return CodeRequest(
        to_number=to,
        channel=channel,
        purpose=purpose,
        content=code_text(
            settings.service_name, _domain(settings.public_url), purpose, language or settings.home_language
        ),
        language=language or None,
        our_number=carrier.number,
        ip=address_group(ip) if ip else None,
        country=where,
        user_id=user_id,
        actor=actor,
        blocked="own_number"
        if runtime.carriers.is_own(to)
        else why_no_code(to, channel, settings.allowed_countries),
        through="verify" if carrier.verifier else "us",
        limits={
            "money_usd": settings.max_daily_code_calls_usd if by_call else settings.max_daily_texts_usd,
            "cost_usd": cost_usd(channel, where),
            "operator_number": settings.operator_phone_number,
            "our_number": carrier.number,
        },
    )


def check(
    runtime: Runtime,
    to: str,
    code: str,
    ip: str | None = None,
    purpose: CodePurpose | None = CodePurpose.CALL,
    *,
    actor: Actor = THE_OPERATOR,
) -> Checked:
    """Try a code for an E.164 number, or the two words where they were sent. Raises DatabaseAway and, with Verify, ProviderError."""
    group = address_group(ip) if ip else None
    running = verifications.running_verification(runtime.database, to, purpose, actor=actor)
    value = CodeScan(code).code or code
    if runtime.carriers.main.verifier is None:
        right = _is_right(runtime, running.secret if running else NOBODY, value)
        return _told(
            to,
            verifications.check_verification(
                runtime.database,
                to,
                code_ok_for=running.id if running and right else None,
                ip=group,
                purpose=purpose,
                actor=actor,
            ),
        )
    # Counted before the service is asked, so that it is never asked a sixth time.
    counted = verifications.check_verification(
        runtime.database, to, code_ok_for=None, ip=group, purpose=purpose, actor=actor
    )
    if (
        counted.outcome is CodeOutcome.WRONG
        and running
        and value.isdigit()
        and runtime.carriers.main.verifier.is_right(to, value)
    ):
        return _told(to, verifications.confirm_verification(runtime.database, running.id))
    return _told(to, counted)


# --- sending it -----------------------------------------------------------------------------------


def fill(runtime: Runtime, row: OutgoingCode) -> str:
    """Return the text to send: made at the last moment, for the carrier only. Raises CodeOver."""
    if row.verification_id is None or not (CODE_PLACE in row.content or WORDS_PLACE in row.content):
        return row.content
    one = verifications.read_verification(runtime.database, row.verification_id)
    if one is None or not one.running:
        raise CodeOver
    code, words = codes(runtime, one)
    return filled(row.content, code, words)


def code_of(runtime: Runtime, one: Verification) -> str:
    """Return the six digits of a verification, to be said at once and kept nowhere."""
    return derive_code(_key(runtime), one.secret)


def sweep(runtime: Runtime) -> None:
    """Forget what is counted no more, and mark the codes that ran out."""
    verifications.sweep_verifications(runtime.database)


def answers(runtime: Runtime, one: Verification, value: str) -> bool:
    """Tell whether a value that was found in a text is the verification's code, or its words.

    The carrier's own service that cannot be asked leaves the code wrong: the text must not be lost for it.
    """
    if runtime.carriers.main.verifier is None:
        return _is_right(runtime, one.secret, value)
    if not one.holds or not value.isdigit():
        return False
    try:
        with provider_call("verify", "check_code"):
            return runtime.carriers.main.verifier.is_right(one.secret.number, value)
    except ProviderError as error:
        log.warning("a code could not be checked", extra={"key": one.id, "code": error.code})
        return False


def _is_right(runtime: Runtime, secret: Nonce, value: str) -> bool:
    key = _key(runtime)
    digits, words = is_same(value, derive_code(key, secret)), is_same(value, derive_words(key, secret))
    return secret is not NOBODY and (digits or (words and secret.purpose != CodePurpose.API))


def codes(runtime: Runtime, one: Verification) -> tuple[str, str]:
    """Return the six digits and the two words of a verification, to be compared and kept nowhere."""
    key = _key(runtime)
    return derive_code(key, one.secret), derive_words(key, one.secret)


def _key(runtime: Runtime) -> bytes:
    return runtime.settings.derived_key("verification")


def _domain(public_url: str) -> str | None:
    parts = urlsplit(public_url)
    return parts.hostname if parts.scheme == "https" else None


def _told(number: str, checked: Checked) -> Checked:
    log.info("code checked", extra={"number": mask(number), "outcome": checked.outcome})
    return checked
