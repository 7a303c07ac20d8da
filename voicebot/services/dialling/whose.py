"""Check whose a call is: an account reports only its own calls, and is asked only about them."""

from voicebot.domain.uuid_text import uuid_of
from voicebot.providers.carriers import Carrier
from voicebot.runtime import Runtime
from voicebot.storage import providers
from voicebot.storage.database import DatabaseAway


def may_tell(runtime: Runtime, carrier: Carrier, call_sid: str, attempt_id: str) -> bool:
    """Whether a report signed by an account may be about this call and this dial. Raises DatabaseAway.

    While the database is away only the account of the settings is trusted; a provider's report may wait in the spool
    and count later.
    """
    if not (call_sid or attempt_id) or runtime.carriers.is_alone():
        return True
    try:
        if runtime.carriers.away:
            # Seen a moment ago: no request waits for that again.
            raise DatabaseAway
        return providers.may_tell_of_call(
            runtime.database, carrier.name, call_sid or None, uuid_of(attempt_id)
        )
    except DatabaseAway:
        if carrier is runtime.carriers.main:
            return True
        raise
