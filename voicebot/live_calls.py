"""The calls of this process: how many it has taken on, and how many would suffer if it stopped now.

On Gather a call lives in no process: any process may serve its next turn. The call counts, until it has ended, only in
the process that answered it, so each process takes on as many calls as it may. A call needs its process only while an
uncommitted answer is made there, and a stopping process waits only for that. A call on a socket counts, and needs its
process, from its first event to its last.
"""

import threading
from collections import Counter
from collections.abc import Collection


class LiveCalls:
    """Counts calls, by their CallSid. Safe to share between threads."""

    def __init__(self) -> None:
        self._change = threading.Lock()
        self._taken: dict[str, bool] = {}
        """Calls that were answered here; False while the first answer is not committed."""
        self._needing: Counter[int] = Counter()

    def __len__(self) -> int:
        """How many calls were answered here and are not known to be over."""
        return len(self._taken)

    @property
    def needing(self) -> int:
        """How many calls need this process now."""
        return len(self._needing)

    def admit(self, call_sid: str, limit: int) -> bool:
        """Take on a call if there is room for one more, or if it is one of ours already."""
        with self._change:
            if call_sid not in self._taken and len(self._taken) >= limit:
                return False
            self._taken.setdefault(call_sid, False)
            return True

    def begun(self, call_sid: str) -> None:
        """The call stands in the database now: from there its end may be learned."""
        with self._change:
            if call_sid in self._taken:
                self._taken[call_sid] = True

    def not_begun(self, call_sid: str) -> None:
        """The call did not begin; a repeated request of a call that had begun changes nothing."""
        with self._change:
            if not self._taken.get(call_sid, False):
                self._taken.pop(call_sid, None)

    def ended(self, call_sid: str) -> None:
        """The call is over."""
        with self._change:
            self._taken.pop(call_sid, None)

    def begun_calls(self) -> list[str]:
        """Return the calls whose end may stand in the database."""
        with self._change:
            return [sid for sid, begun in self._taken.items() if begun]

    def forget(self, call_sids: Collection[str]) -> None:
        """Other processes were told that these are over."""
        with self._change:
            for sid in call_sids:
                self._taken.pop(sid, None)

    def hold(self, call_id: int) -> None:
        """Something of the call exists in this process alone, until `release`."""
        with self._change:
            self._needing[call_id] += 1

    def release(self, call_id: int) -> None:
        """The answer in the making is committed, or lost."""
        with self._change:
            self._needing -= Counter([call_id])
