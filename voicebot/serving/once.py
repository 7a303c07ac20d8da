"""What gunicorn finds out anew for every request, found out once: its settings, which peers it believes, the time of a second."""

import time
from functools import lru_cache
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http import message, wsgi  # type: ignore[import-untyped]

KNOWN_PEERS = 1_000


def look_once(config: Config) -> None:
    """Let this process look once: its configuration stays as it is."""
    # A setting is looked for among those of the object first.
    vars(config).update({name: setting.get() for name, setting in config.settings.items()})
    begins: dict[str, Any] = wsgi.base_environ(config)
    believed, networks = config.forwarded_allow_ips, config.forwarded_allow_networks()

    @lru_cache(maxsize=KNOWN_PEERS)
    def believes(address: str) -> bool:
        return bool(message._ip_in_allow_list(address, believed, networks))

    def is_believed(request: message.Request) -> bool:
        return not isinstance(request.peer_addr, tuple) or believes(request.peer_addr[0])

    message.Request._peer_is_trusted_proxy = is_believed
    # Whoever gets it adds to it.
    wsgi.base_environ = lambda _: dict(begins)
    http_date = lru_cache(maxsize=2)(util.http_date)
    util.http_date = lambda timestamp=None: http_date(int(time.time() if timestamp is None else timestamp))
