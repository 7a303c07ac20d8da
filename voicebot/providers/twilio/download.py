"""Files at Twilio: fetched piece by piece onto the disk, bounded in size and in time, and deleted."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voicebot.domain.loopback import is_loopback
from voicebot.providers.http.request_errors import translated
from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "twilio"
TIMEOUTS_S = (3.0, 30.0)
TOTAL_S = 300.0
PIECE = 64 * 1024


def download(
    url: str, account: tuple[str, str], file: Path, *, most_bytes: int, params: Mapping[str, str]
) -> int:
    """Write the resource to a file; return its length in bytes. Raises ProviderError; `too_large` beyond `most_bytes`.

    Redirects are not followed: they would carry the account's key elsewhere.
    """
    # Imported at first use, as the SDK is: most processes fetch no file.
    import requests

    until, size = time.monotonic() + TOTAL_S, 0
    with translated(PROVIDER), requests.Session() as session:
        session.trust_env = not is_loopback(url)
        with session.get(
            url, params=dict(params), auth=account, stream=True, timeout=TIMEOUTS_S, allow_redirects=False
        ) as answer:
            _check(answer, 200)
            with file.open("wb") as target:
                for piece in answer.iter_content(PIECE):
                    size += len(piece)
                    if size > most_bytes:
                        raise ProviderError(PROVIDER, "too_large", Outcome.REFUSED)
                    if time.monotonic() > until:
                        raise ProviderError(PROVIDER, "no-answer", Outcome.UNKNOWN)
                    target.write(piece)
    return size


def delete(url: str, account: tuple[str, str]) -> None:
    """Delete the resource; one that is already gone counts as deleted. Raises ProviderError."""
    import requests

    with translated(PROVIDER), requests.Session() as session:
        session.trust_env = not is_loopback(url)
        answer = session.delete(url, auth=account, timeout=TIMEOUTS_S, allow_redirects=False)
        _check(answer, 204, 404)


def _check(answer: Any, *expected: int) -> None:
    if answer.status_code in expected:
        return
    is_final = 300 <= answer.status_code < 500 and answer.status_code != 429
    outcome = Outcome.REFUSED if is_final else Outcome.UNKNOWN
    raise ProviderError(PROVIDER, f"http_{answer.status_code}", outcome)
