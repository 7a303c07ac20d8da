"""Open a call's websocket beside the call: who hangs up meanwhile does not wait for an app that does not answer."""

import threading

from simulator.carrier.live_call import LiveCall
from simulator.carrier.streams.socket import OPEN_WITHIN_S, AppSocket, NoSocket, open_socket

MARGIN_S = 5.0


def open_for(call: LiveCall, url: str) -> AppSocket:
    """Open the URL of a call's TwiML. Raises NoSocket, or a LineSignal when the call ends first."""
    opening = _Opening(call, url)
    opening.start()
    try:
        call.line.wait(OPEN_WITHIN_S + MARGIN_S, lambda: opening.over)
    except BaseException:
        opening.nobody_waits()
        raise
    return opening.result()


class _Opening(threading.Thread):
    def __init__(self, call: LiveCall, url: str) -> None:
        super().__init__(name="stream-opening", daemon=True)
        self._call, self._url = call, url
        self._lock = threading.Lock()
        self._socket: AppSocket | None = None
        self._error: NoSocket | None = None
        self._given_up = False
        self.over = False

    def run(self) -> None:
        """Open it and wake the call."""
        exchange, line = self._call.exchange, self._call.line
        https = exchange.knobs.current.wss_signature == "https"
        try:
            socket = open_socket(self._url, exchange.config.auth_token, line.wake, signed_as_https=https)
        except NoSocket as error:
            self._error = error
        else:
            self._keep(socket)
        self.over = True
        line.wake()

    def nobody_waits(self) -> None:
        """Close the socket, now or when it opens."""
        with self._lock:
            self._given_up = True
            socket = self._socket
        if socket is not None:
            socket.close()

    def result(self) -> AppSocket:
        """The socket. Raises NoSocket."""
        if self._socket is None:
            raise self._error or NoSocket(31901, "Stream - WebSocket - Connection Timeout")
        return self._socket

    def _keep(self, socket: AppSocket) -> None:
        with self._lock:
            given_up = self._given_up
            self._socket = socket
        if given_up:
            socket.close()
