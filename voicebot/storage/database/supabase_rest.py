"""The port over Supabase's REST API: needs no database password, costs about ten times the CPU."""

from typing import Any

import orjson

from voicebot.storage.database.clean import clean
from voicebot.storage.database.failure import AWAY_HTTP_STATUSES, REPEATABLE, is_away, safe_detail
from voicebot.storage.database.health import Health
from voicebot.storage.database.port import DatabaseAway, DatabaseBug, Json

CONNECT_TIMEOUT_S = 2.0
POOL_WAIT_S = 1.0
# The server's own limit for a statement is 3 s; this is that and the way there and back.
READ_TIMEOUT_S = 4.0
TRIES = 3


class SupabaseDatabase:
    """Calls SQL functions through `.rpc()` with the service-role key. Connects at the first call."""

    def __init__(
        self, url: str, key: str, *, read_timeout_s: float = READ_TIMEOUT_S, health: Health | None = None
    ) -> None:
        # Loading these takes half a second and 40 MB, which only this transport should cost.
        import httpx
        import postgrest
        import supabase

        self._health = health or Health()
        timeout = httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S, pool=POOL_WAIT_S)
        self._http = httpx.Client(timeout=timeout)
        options = supabase.ClientOptions(
            httpx_client=self._http,
            auto_refresh_token=False,
            persist_session=False,
            # Retrying is decided here and in the spool, with pauses that fit a phone call.
            postgrest_client_retry=False,
        )
        self._client = supabase.create_client(url, key, options)
        self._unreached = httpx.TransportError
        self._refused = postgrest.APIError

    @property
    def health(self) -> Health:
        """Whether the database was there a moment ago."""
        return self._health

    def call(self, function: str, /, **params: Json) -> Json:
        """Return the function's JSON. Raises DatabaseAway or DatabaseBug."""
        # orjson writes times and UUIDs as the server reads them; the client's own encoder refuses them.
        values = orjson.loads(orjson.dumps(clean(params)))
        self._health.admit()
        for tries_left in reversed(range(TRIES)):
            try:
                answer = self._client.rpc(function, values).execute().data
            except self._unreached as error:
                self._health.failed()
                raise DatabaseAway(f"{function}: {type(error).__name__}") from None
            except self._refused as error:
                if not (tries_left and error.code in REPEATABLE):
                    # The server's message can quote what was sent: it must not reach a traceback.
                    raise self._translated(function, error) from None
            else:
                self._health.answered()
                return answer
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _translated(self, function: str, error: Any) -> Exception:
        code = str(error.code or "")
        if is_away(code) or (code.isdigit() and int(code) in AWAY_HTTP_STATUSES):
            self._health.failed()
            return DatabaseAway(f"{function}: {code}")
        self._health.answered()
        return DatabaseBug(function, code, safe_detail(code, error.message or ""))
