"""Read a code out on the phone: slowly, digit by digit, twice.

The code stands in this one document and nowhere else: the carrier's own voice speaks it, so that no clip and no
stored document holds it.
"""

import logging
from typing import TYPE_CHECKING
from uuid import UUID

from voicebot.services import verify_phone
from voicebot.storage import verification_sends, verifications
from voicebot.transports import twiml
from voicebot.transports.twiml import Item, Silence, Spoken

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

LANGUAGE = "en-US"
PAUSE_S = 1
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
log = logging.getLogger(__name__)


def document(runtime: "Runtime", attempt_id: str) -> str:
    """Return the TwiML of the call that the attempt made. Raises DatabaseAway.

    An attempt that is nobody's, or whose code no longer holds, gets an apology.
    """
    key = _uuid(attempt_id)
    one = verifications.read_verification_call(runtime.database, key) if key else None
    if one is None or not one.running:
        log.warning("no code to read out", extra={"key": key})
        return twiml.hang_up(
            [
                Spoken(
                    "Hello. The code that you asked for is no longer valid. Please ask for a new one. Goodbye."
                )
            ],
            language=LANGUAGE,
        )
    digits = _slowly(verify_phone.code_of(runtime, one))
    name = runtime.settings.service_name
    return twiml.hang_up(
        [
            Spoken(
                f"Hello. This is {name}. You asked for a code. Don't share it with anybody. Your code is:"
            ),
            *digits,
            Spoken("Once more, your code is:"),
            *digits,
            Spoken("Goodbye."),
        ],
        language=LANGUAGE,
    )


def record_status(runtime: "Runtime", attempt_id: str, call_sid: str, status: str) -> None:
    """Keep what the carrier tells about such a call, which may settle a dial of unknown fate. Raises DatabaseAway."""
    key = _uuid(attempt_id)
    if key is None or not call_sid:
        return
    known = verification_sends.settle_verification_call(runtime.database, key, call_sid, status)
    log.info(
        "told about a code's call",
        extra={"key": key, "status": status, "outcome": "known" if known else "unknown"},
    )


def _slowly(code: str) -> list[Item]:
    items: list[Item] = []
    for digit in code:
        items += [Silence(PAUSE_S), Spoken(f"{DIGITS[int(digit)]}.")]
    return [*items, Silence(PAUSE_S)]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
