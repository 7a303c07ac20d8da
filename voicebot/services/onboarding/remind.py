"""Remind people whose onboarding stands still: twice at most, and only by day where they are."""

import logging
from uuid import uuid4

from voicebot.domain.onboarding.moves import REMIND_AFTER
from voicebot.domain.person.addresses import bare_number
from voicebot.domain.person.daytime import is_daytime
from voicebot.domain.person.phone import mask
from voicebot.domain.thread.events import ReminderDue
from voicebot.runtime import Runtime
from voicebot.services.texts.steps import reply_of, start_verifications
from voicebot.storage.database import DatabaseAway
from voicebot.storage.texts import threads
from voicebot.storage.texts.threads import Commit, DueReminder

log = logging.getLogger(__name__)


def remind_onboarding(runtime: Runtime) -> int:
    """Queue every reminder that is due and may be sent now; return how many. Repeating it is safe."""
    due = threads.due_reminders(runtime.database, after=REMIND_AFTER)
    reminded = sum(_attempt(runtime, each) for each in due)
    if reminded:
        log.info("reminders queued", extra={"count": reminded})
        runtime.hint.made_work()
    return reminded


def _attempt(runtime: Runtime, due: DueReminder) -> bool:
    """Remind one person. A fault in one thread must not stop the reminders of the others."""
    try:
        return _remind(runtime, due)
    except DatabaseAway:
        raise
    except Exception:
        # Its claim runs out by itself; the next round tries it again.
        log.exception("somebody could not be reminded", extra={"number": mask(bare_number(due.number))})
        return False


def _remind(runtime: Runtime, due: DueReminder) -> bool:
    if not is_daytime(runtime.now(), bare_number(due.number), timezone=due.timezone):
        return False
    token = uuid4()
    claimed = threads.open_thread(
        runtime.database,
        due.number,
        due.our_number,
        channel=due.channel,
        token=token,
        lease_s=runtime.limits.thread.onboarding_lease_s,
    ).claimed
    if claimed is None:
        return False
    reply = reply_of(runtime, claimed)
    number = reply.state.onboarding.reminders + 1
    if number != due.reminders + 1:
        # Another round was faster.
        threads.release_thread(runtime.database, claimed.conversation_id, token=token, retry_after_s=0.0)
        return False
    reply.take(ReminderDue(number))
    start_verifications(runtime, claimed, reply)
    outcome = threads.push_texts(
        runtime.database,
        claimed,
        token=token,
        request_key=f"reminder:{claimed.conversation_id}:{claimed.messages[-1].id if claimed.messages else 0}:{number}",
        state=reply.state,
        texts=reply.texts,
        effects=reply.effects,
    )
    return outcome is Commit.COMMITTED and bool(reply.texts)
