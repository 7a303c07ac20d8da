"""Whether a websocket to PUBLIC_WS_URL reaches this very service: known before a call is told to open one.

A signed socket with PROBE_HEADER is answered by the route itself and reaches no session. Only a holder of our
SECRET_KEY can give the answer.
"""

import secrets
import threading
from collections.abc import Callable
from enum import StrEnum

from voicebot.runtime import Runtime
from voicebot.services.doctor.probe import PROBE_HEADER, probe_answer
from voicebot.settings import Settings
from voicebot.sockets.client import RefusedUpgrade, connect
from voicebot.sockets.ending import SocketClosed
from voicebot.sockets.limits import SocketLimits
from voicebot.telemetry import metrics
from voicebot.transports.twilio.signatures import signature_of

PROBE_PATH = "/twilio/relay"
PROBE_LIMITS = SocketLimits(connect_within_s=3.0, start_within_s=3.0)
AGAIN_S, RETRY_S = 15.0, 2.0
FIRST_RETRY_S = 0.1
"""Asked from the start: the first caller may be there as soon as the process listens. What fails is asked again after this, then twice as long."""


class Reached(StrEnum):
    """What is behind PUBLIC_WS_URL."""

    US = "us"
    NOTHING = "nothing"
    """No connection, or none that TLS trusts."""
    SILENCE = "silence"
    REFUSAL = "refusal"
    """Our signature is refused."""
    NO_SOCKET = "no_socket"
    """Something answers that opens no websocket there."""
    OTHERS = "others"
    """A websocket, and not ours."""


def sockets_healthy(runtime: Runtime) -> bool:
    """Tell whether a call may be sent to a socket; asks nobody."""
    return runtime.sockets_health.is_good


def probe_sockets(settings: Settings, token: str, limits: SocketLimits = PROBE_LIMITS) -> Reached:
    """Open a socket as Twilio would, and see who answers. Takes 6 s at most, and the time that a name takes."""
    url, nonce = settings.public_ws_url + PROBE_PATH, secrets.token_hex(16)
    headers = {"X-Twilio-Signature": signature_of(url, {}, token), PROBE_HEADER: nonce}
    try:
        socket = connect(url, headers=headers, limits=limits)
    except RefusedUpgrade as refused:
        return Reached.REFUSAL if refused.status == 403 else Reached.NO_SOCKET
    except TimeoutError:
        return Reached.SILENCE
    except ConnectionError:
        return Reached.NOTHING
    try:
        answer = socket.receive(limits.start_within_s)
    except SocketClosed:
        return Reached.OTHERS
    finally:
        socket.close()
    if answer is None:
        return Reached.SILENCE
    return Reached.US if answer == probe_answer(settings, nonce) else Reached.OTHERS


def keep_sockets_probed(runtime: Runtime) -> Callable[[], None]:
    """Ask again and again in the background until the process stops; returns what stops it earlier."""
    stopped = threading.Event()
    threading.Thread(target=_keep_probing, args=(runtime, stopped), name="sockets-probe", daemon=True).start()
    return stopped.set


def _keep_probing(runtime: Runtime, stopped: threading.Event) -> None:
    pause_s, retry_s = 0.0, FIRST_RETRY_S
    while not stopped.wait(pause_s) and not runtime.draining.is_set():
        reached = probe_sockets(runtime.settings, runtime.carriers.main.tokens[0])
        runtime.sockets_health.note(came_through=reached is Reached.US)
        metrics.STREAM_HEALTHY.set(runtime.sockets_health.is_good)
        if reached is Reached.US:
            pause_s, retry_s = AGAIN_S, RETRY_S
        else:
            pause_s, retry_s = retry_s, min(2 * retry_s, RETRY_S)
