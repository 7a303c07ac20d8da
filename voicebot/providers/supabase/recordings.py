"""Recordings in Supabase Storage: a private bucket, read by addresses that are signed for a minute."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from voicebot.providers.http.request_errors import translated
from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "supabase"
BUCKET = "recordings"
SIGNED_FOR_S = 60
TIMEOUTS_S = (3.0, 30.0)
PIECE = 64 * 1024
TOO_LARGE = "too_large"
"""The file is over the store's limit for uploads: asking again changes nothing."""


class SupabaseRecordings:
    """`Recordings` over the Storage HTTP API. Safe to share between threads and greenlets."""

    def __init__(self, url: str, api_key: str) -> None:
        self._base, self._api_key = f"{url.rstrip('/')}/storage/v1", api_key

    def save(self, name: str, file: Path) -> None:
        """Keep a file's content; the bucket is made, closed to everybody, with the first one. Raises ProviderError, `too_large` as well."""
        answer = self._upload(name, file)
        _refuse_too_large(answer)
        if answer.status_code in (400, 404):
            # No such bucket yet.
            self._ask("POST", "/bucket", json={"id": BUCKET, "name": BUCKET, "public": False})
            answer = self._upload(name, file)
            _refuse_too_large(answer)
        _check(answer)

    def size(self, name: str) -> int | None:
        """Return how many bytes it has; None: there is none of that name. Raises ProviderError."""
        with self._open(name, 0, 0) as answer:
            if answer.status_code in (400, 404):
                return None
            _check(answer)
            total = answer.headers.get("Content-Range", "").rpartition("/")[2]
            return int(total) if total.isdigit() else int(answer.headers.get("Content-Length") or 0)

    def read(self, name: str, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last`, both with them, in pieces."""
        with self._open(name, first, last) as answer:
            _check(answer)
            if answer.status_code != 206 and first:
                raise ProviderError(PROVIDER, "no-range", Outcome.REFUSED)
            left = last - first + 1
            with translated(PROVIDER):
                for piece in answer.iter_content(PIECE):
                    yield piece[:left]
                    left -= len(piece)
                    if left <= 0:
                        return

    def remove(self, name: str) -> None:
        """Take it away; one that is not there is what was asked for."""
        answer = self._ask("DELETE", self._object(name))
        if answer.status_code not in (400, 404):
            _check(answer)

    def _upload(self, name: str, file: Path) -> requests.Response:
        headers = {"x-upsert": "true", "Content-Type": "audio/wav"}
        with file.open("rb") as source:
            return self._ask("POST", self._object(name), headers=headers, data=source)

    def _open(self, name: str, first: int, last: int) -> requests.Response:
        signed = self._ask("POST", f"/object/sign/{BUCKET}/{quote(name)}", json={"expiresIn": SIGNED_FOR_S})
        if signed.status_code in (400, 404):
            return signed
        _check(signed)
        path = str(signed.json().get("signedURL") or "")
        if not path.startswith("/object/sign/"):
            raise ProviderError(PROVIDER, "unreadable", Outcome.REFUSED)
        # The address alone opens it: our key does not travel with it.
        with translated(PROVIDER):
            return requests.get(
                self._base + path,
                headers={"Range": f"bytes={first}-{last}"},
                stream=True,
                timeout=TIMEOUTS_S,
                allow_redirects=False,
            )

    def _object(self, name: str) -> str:
        return f"/object/{BUCKET}/{quote(name)}"

    def _ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **about: Any
    ) -> requests.Response:
        keys = {"Authorization": f"Bearer {self._api_key}", "apikey": self._api_key}
        with translated(PROVIDER):
            return requests.request(
                method,
                self._base + path,
                headers={**keys, **(headers or {})},
                timeout=TIMEOUTS_S,
                allow_redirects=False,
                **about,
            )


def _refuse_too_large(answer: requests.Response) -> None:
    # The store wraps the status of what is behind it in a 400.
    if answer.status_code == 413 or (answer.status_code == 400 and b'"413"' in answer.content[:2000]):
        raise ProviderError(PROVIDER, TOO_LARGE, Outcome.REFUSED)


def _check(answer: requests.Response) -> None:
    if answer.status_code >= 500:
        raise ProviderError(PROVIDER, f"http-{answer.status_code}", Outcome.UNKNOWN)
    if answer.status_code >= 300:
        raise ProviderError(PROVIDER, f"http-{answer.status_code}", Outcome.REFUSED)
