"""Send a form to our own public address, along the way that a webhook takes."""

from collections.abc import Mapping

import requests

from voicebot.providers.http.request_errors import translated

PROVIDER = "public address"


def post_form(
    url: str, fields: Mapping[str, str], headers: Mapping[str, str], *, timeout_s: float = 5.0
) -> tuple[int, Mapping[str, str]]:
    """Return status and headers of the answer. Redirects are not followed: Twilio's form would be lost on them.

    Raises ProviderError with code `certificate`, `unreachable`, `no-answer` or `unreadable`.
    """
    with translated(PROVIDER):
        answer = requests.post(
            url, data=dict(fields), headers=dict(headers), timeout=timeout_s, allow_redirects=False
        )
    return answer.status_code, answer.headers
