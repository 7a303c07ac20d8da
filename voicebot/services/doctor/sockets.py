"""Check that calls can open websockets to us."""

from urllib.parse import urlsplit

from voicebot.providers.carriers import Carrier
from voicebot.services.doctor.findings import Finding, ok, warn
from voicebot.services.sockets_health import PROBE_PATH, Reached, probe_sockets
from voicebot.settings import Settings

GATHER = "calls stay on Gather"


def check_public_sockets(settings: Settings, carrier: Carrier) -> Finding:
    """Open a signed websocket to PUBLIC_WS_URL: it must come back from this very service. Without it calls use Gather."""
    host = urlsplit(settings.public_ws_url).netloc.rpartition("@")[2]
    what, do = {
        Reached.US: ("", ""),
        Reached.NOTHING: (
            f"no websocket to {host}: nothing answers, or its certificate is not trusted",
            "start `python -m voicebot serve` without `--role web`, and the proxy or tunnel",
        ),
        Reached.SILENCE: (
            f"{host} takes the websocket and says nothing",
            "look at the proxy's and the service's log",
        ),
        Reached.REFUSAL: (
            f"{host} refuses our signature of a websocket",
            "give it this same PUBLIC_WS_URL and TWILIO_AUTH_TOKEN; the proxy must keep the path",
        ),
        Reached.NO_SOCKET: (
            f"{host} opens no websocket at {PROBE_PATH}",
            "lead it to a process of the role `live` or `all`; the proxy must pass upgrades on (HTTP/1.1)",
        ),
        Reached.OTHERS: (f"another service answers at {host}", "give all machines one SECRET_KEY"),
    }[probe_sockets(settings, carrier.tokens[0])]
    if not what:
        return ok("PUBLIC_WS_URL", "a signed websocket reaches this service and is accepted")
    return warn("PUBLIC_WS_URL", f"{what}: {GATHER}", do)
