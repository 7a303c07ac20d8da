"""Requests of a stream to the carrier about its call, over REST: the socket itself can only fall silent (handbook 3.3)."""

import logging
import threading
import time
from collections.abc import Callable

from voicebot.providers.ports import Outcome, ProviderError, Telephony
from voicebot.services.calls.streams.socket import StreamSocket

TRIES, PAUSE_S = 3, 0.5
KEPT_WITHIN_S, LOOK_S = 1.5, 0.02
"""How long to wait until a decision is committed: the process that goes on with the call reads it."""

log = logging.getLogger(__name__)


class RestCarrier:
    """Ends, redirects and records one call; each once, in a thread of its own."""

    def __init__(
        self,
        telephony: Telephony,
        socket: StreamSocket,
        call_sid: str,
        *,
        go_on_url: Callable[[bool], str],
        recording_url: str,
    ) -> None:
        """`go_on_url` tells the carrier where the call goes on, with another stream or (True) by Gather."""
        self._telephony, self._socket, self._call_sid = telephony, socket, call_sid
        self._go_on_url, self._recording_url = go_on_url, recording_url

    def hang_up(self) -> None:
        """End the call; where the carrier cannot be told, the document behind the stream ends it."""
        self._do(lambda: self._telephony.end_call(self._call_sid), closes=True)

    def go_on(self, *, by_gather: bool, kept: Callable[[], bool]) -> None:
        """Have the carrier ask us where the call goes on; where it cannot be told, it asks once the socket is closed."""

        def redirect() -> None:
            until = time.monotonic() + KEPT_WITHIN_S
            while not kept() and time.monotonic() < until:
                time.sleep(LOOK_S)
            self._telephony.redirect_call(self._call_sid, url=self._go_on_url(by_gather))

        self._do(redirect, closes=True)

    def record(self) -> None:
        """Start the recording."""
        self._do(
            lambda: self._telephony.start_recording(self._call_sid, callback_url=self._recording_url),
            closes=False,
        )

    def _do(self, ask: Callable[[], object], *, closes: bool) -> None:
        threading.Thread(target=self._ask, args=(ask, closes), daemon=True).start()

    def _ask(self, ask: Callable[[], object], closes: bool) -> None:
        try:
            for tried in range(TRIES):
                if tried:
                    time.sleep(PAUSE_S)
                try:
                    ask()
                except ProviderError as error:
                    log.warning(
                        "the carrier was not told", extra={"code": error.code, "outcome": error.outcome}
                    )
                    if error.outcome is Outcome.REFUSED:
                        # The call is over, or nothing that we say again would change the answer.
                        return
                else:
                    return
        finally:
            if closes:
                self._socket.close(1000)
