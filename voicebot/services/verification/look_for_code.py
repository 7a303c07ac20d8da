"""Find the code in written, spoken and keyed words before they are stored.

One code a text is tried, and each try is counted. A text must not reveal more about codes than that one try. So while a
code is valid, the code is hidden together with every number, or hiding it ends its verification. Words that were meant
as a code and not understood are no try, and none of them is stored.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from voicebot.domain.verification.codes import CodePurpose
from voicebot.domain.verification.find import UNREAD, CodeScan
from voicebot.runtime import Runtime
from voicebot.services.verification import verify_phone
from voicebot.storage.verification import verifications
from voicebot.storage.verification.verifications import Verification

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TakenCode:
    """A text that may be stored.

    `verification_id` is the verification that its code answers, `code_ok` whether the code is right; both are None
    without a code or without a verification. `words` is the text without numbers, to be judged at once and not stored.
    """

    text: str
    verification_id: UUID | None = None
    code_ok: bool | None = None
    words: str = ""


def look_for_code(runtime: Runtime, number: str, text: str) -> TakenCode:
    """Find a code in the words of `number` without counting it: the transaction that stores the text counts it.

    While a verification runs, every possible code is replaced; afterwards only the former codes. Raises DatabaseAway: a
    text that may hold a code is not stored until that is known.
    """
    scan = CodeScan(text)
    if not number.startswith("+") or not scan.holds_numbers:
        return TakenCode(text, words=text)
    recent = verifications.recent_verifications(runtime.database, number)
    running = [one for one in recent if one.running]
    if not running:
        kept = _without_old_codes(runtime, recent, scan)
        return TakenCode(kept, words=kept)
    hidden = CodeScan(scan.without_numbers())
    if scan.code is None and scan.is_meant_as_code:
        return TakenCode(UNREAD, words=hidden.text)
    _end_what_else_is_known(runtime, running, hidden)
    kept = _without_old_codes(runtime, recent, hidden)
    code = scan.code
    if code is None:
        return TakenCode(kept, words=kept)
    own = [one for one in running if one.secret.purpose != CodePurpose.API]
    if not own:
        # The code belongs into the form of the API client: here it is no try, and nothing shows whether it is right.
        return TakenCode(kept, running[0].id, code_ok=False, words=kept)
    answered = next((one for one in own if verify_phone.answers(runtime, one, code)), None)
    return TakenCode(kept, (answered or own[0]).id, answered is not None, words=kept)


def hide_codes(runtime: Runtime, number: str, text: str) -> str:
    """Return the text without possible codes of `number`. It counts as no try, because nobody wrote it to us. Raises
    DatabaseAway.
    """
    scan = CodeScan(text)
    if not number.startswith("+") or not scan.holds_numbers:
        return text
    return scan.without_numbers() if verifications.recent_verifications(runtime.database, number) else text


def _without_old_codes(runtime: Runtime, recent: Sequence[Verification], scan: CodeScan) -> str:
    if runtime.carriers.main.verifier is not None:
        # Codes that the carrier's own service made are unknown here.
        return scan.without_whole() if recent else scan.text
    return scan.without([code for one in recent for code in verify_phone.codes(runtime, one)])


def _end_what_else_is_known(runtime: Runtime, running: Sequence[Verification], hidden: CodeScan) -> None:
    """End a verification whose code appears inside other digits or words.

    The code is hidden there, and hiding it tells the sender that it was there. Without this rule, a thousand digits in
    one text would be a thousand uncounted guesses.
    """
    if runtime.carriers.main.verifier is not None:
        return
    for one in running:
        if hidden.without(verify_phone.codes(runtime, one)) != hidden.text:
            log.warning("a code was hidden in other digits: it holds no more", extra={"key": one.id})
            verifications.void_verification(runtime.database, one.id)
