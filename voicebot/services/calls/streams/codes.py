"""Words of the caller before anybody keeps them: a code in them is tried, and nothing of it goes on."""

import logging
import threading

from voicebot.domain.call.events import CallerMaybeDone, CallerSaid, CodeChecked, Event
from voicebot.domain.person.phone import caller_key, country
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.domain.verification.find import CodeScan
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Report
from voicebot.services.calls.streams.log import StreamLease
from voicebot.services.verification.look_for_code import look_for_code
from voicebot.storage.calls import streams
from voicebot.storage.calls.turns import CodeTry
from voicebot.storage.database import DatabaseAway

log = logging.getLogger(__name__)


class CodeGuard:
    """Stands between a line and the inbox of its owner. Words without numbers pass at once; the order stays."""

    def __init__(
        self, runtime: Runtime, lease: StreamLease, numbers: tuple[str, str], report: Report
    ) -> None:
        """`numbers` are the caller's, as the carrier tells it, and ours."""
        self._runtime, self._lease, self._report = runtime, lease, report
        theirs, ours = numbers
        self._caller = caller_key(theirs, country(ours) or runtime.settings.home_country)
        self._one_at_a_time = threading.Lock()

    def report(self, event: Event) -> None:
        """Pass an event on; words with numbers after they were looked at, which takes a question to the database."""
        match event:
            case CallerSaid(text) if CodeScan(text).holds_numbers:
                threading.Thread(target=self._check, args=(event,), daemon=True).start()
            case CallerMaybeDone(text) if CodeScan(text).may_be_begun_code:
                # It may be half a code: no model is asked before the caller has finished.
                pass
            case _:
                self._report(event)

    def _check(self, said: CallerSaid) -> None:
        with self._one_at_a_time:
            try:
                self._report(self._checked(said))
            except DatabaseAway:
                # Nobody can tell whether it is a code: what may be one is kept nowhere.
                log.warning("words were kept without their numbers", extra={"call_id": self._lease.call_id})
                self._report(CallerSaid(CodeScan(said.text).without_numbers(), said.confidence))

    def _checked(self, said: CallerSaid) -> Event:
        taken = look_for_code(self._runtime, self._caller, said.text)
        if taken.verification_id is None:
            return CallerSaid(taken.text, said.confidence)
        code = CodeTry(taken.verification_id, bool(taken.code_ok))
        outcome = streams.try_code(self._runtime.database, self._lease.call_id, code, lease=self._lease.token)
        return CodeChecked(CodeOutcome(outcome), taken.text) if outcome else CallerSaid(taken.text)
