"""Sign people in with Supabase's auth: the password goes there, and the token that comes back is checked here.

Keys are those of the project's JWKS (ES256, RS256); a project that signs with a shared secret (HS256) needs
SUPABASE_JWT_SECRET. Which kind of key a token is checked with follows from its algorithm, never from its key.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import jwt
import orjson
import requests

from voicebot.providers.http.request_errors import translated
from voicebot.providers.ports import Identity, Outcome, ProviderError

PROVIDER = "supabase"
TIMEOUTS_S = (2.0, 5.0)
LONGEST_ANSWER = 256 * 1024
MOST_KEYS = 20
LONGEST_TOKEN = 16 * 1024
KEYS_HOLD_S = 600.0
KEYS_ASKED_EVERY_S = 30.0
"""Tokens of an unknown key make us look at the keys again, but not more often than so."""
LEEWAY_S = 10
ASYMMETRIC = ("ES256", "RS256")


class SupabaseIdentity:
    """One a process; the keys are kept for a while."""

    def __init__(
        self,
        url: str,
        api_key: str = "",
        *,
        jwt_secret: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = f"{url.rstrip('/')}/auth/v1"
        self._api_key, self._secret, self._clock = api_key, jwt_secret, clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at: float | None = None
        self._lock = threading.Lock()

    def sign_in(self, email: str, password: str) -> Identity | None:
        """Return whose e-mail and password they are; None when they are nobody's. Raises ProviderError."""
        status, answer = self._ask(
            "POST", "/token?grant_type=password", {"email": email, "password": password}
        )
        if status in (400, 401, 403, 422):
            return None
        if status == 429:
            raise ProviderError(PROVIDER, "limited", Outcome.NOT_SENT)
        if status != 200 or not isinstance(answer.get("access_token"), str):
            raise ProviderError(PROVIDER, f"http-{status}", Outcome.UNKNOWN)
        return self.identity_of(answer["access_token"])

    def identity_of(self, token: str) -> Identity:
        """Return whose token it is. Raises ProviderError for a token that this project did not sign for people."""
        try:
            if len(token) > LONGEST_TOKEN:
                raise ValueError("longer than any project's")
            header = jwt.get_unverified_header(token)
            key, algorithm = self._key_for(header)
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience="authenticated",
                issuer=self._base,
                leeway=LEEWAY_S,
                options={"require": ["exp", "sub", "aud", "iss"]},
            )
            metadata = claims.get("app_metadata")
            is_administrator = isinstance(metadata, dict) and metadata.get("role") == "admin"
            return Identity(UUID(claims["sub"]), str(claims.get("email") or "").lower(), is_administrator)
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ProviderError(PROVIDER, "wrong-token", Outcome.REFUSED) from error

    def _key_for(self, header: Mapping[str, Any]) -> tuple[Any, str]:
        algorithm = header.get("alg")
        if algorithm == "HS256" and self._secret:
            return self._secret, "HS256"
        if algorithm not in ASYMMETRIC:
            raise ValueError("not a way in which a project signs")
        key = self._known_key(str(header.get("kid") or ""))
        if key is None or key.algorithm_name != algorithm:
            raise ValueError("not a key of this project")
        return key.key, algorithm

    def _known_key(self, kid: str) -> jwt.PyJWK | None:
        with self._lock:
            age = KEYS_HOLD_S if self._asked_at is None else self._clock() - self._asked_at
            if age >= KEYS_HOLD_S or (kid not in self._keys and age >= KEYS_ASKED_EVERY_S):
                status, answer = self._ask("GET", "/.well-known/jwks.json")
                if status != 200 or not isinstance(answer.get("keys"), list):
                    raise ProviderError(PROVIDER, "no-keys", Outcome.UNKNOWN)
                self._keys = dict(_readable(answer["keys"][:MOST_KEYS]))
                self._asked_at = self._clock()
            return self._keys.get(kid)

    def _ask(
        self, method: str, path: str, body: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"apikey": self._api_key} if self._api_key else {}
        with (
            translated(PROVIDER),
            requests.request(
                method,
                self._base + path,
                json=body,
                headers=headers,
                timeout=TIMEOUTS_S,
                stream=True,
                allow_redirects=False,
            ) as answer,
        ):
            text = answer.raw.read(LONGEST_ANSWER + 1, decode_content=True)
        try:
            found = orjson.loads(text) if len(text) <= LONGEST_ANSWER else None
        except ValueError:
            found = None
        return answer.status_code, found if isinstance(found, dict) else {}


def _readable(keys: Sequence[Any]) -> Iterator[tuple[str, jwt.PyJWK]]:
    """Yield the keys that can check tokens; a broken or unknown one does not affect the others."""
    for one in keys:
        if isinstance(one, dict) and one.get("kid") and one.get("kty") in ("EC", "RSA"):
            with suppress(jwt.PyJWTError, ValueError, TypeError):
                yield str(one["kid"]), jwt.PyJWK.from_dict(one)
