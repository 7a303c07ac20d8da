"""Send a form to our own public address, along the way that a webhook takes."""

from collections.abc import Mapping

import requests

from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "public address"


def post_form(
    url: str, fields: Mapping[str, str], headers: Mapping[str, str], *, timeout_s: float = 5.0
) -> tuple[int, Mapping[str, str]]:
    """Return status and headers of the answer. Redirects are not followed: Twilio's form would be lost on them.

    Raises ProviderError with code `certificate`, `unreachable`, `no-answer` or `unreadable`.
    """
    try:
        answer = requests.post(
            url, data=dict(fields), headers=dict(headers), timeout=timeout_s, allow_redirects=False
        )
    except requests.exceptions.SSLError as error:
        raise ProviderError(PROVIDER, "certificate", Outcome.NOT_SENT) from error
    except requests.exceptions.ReadTimeout as error:
        raise ProviderError(PROVIDER, "no-answer", Outcome.UNKNOWN) from error
    except requests.exceptions.ConnectionError as error:
        raise ProviderError(PROVIDER, "unreachable", Outcome.NOT_SENT) from error
    except requests.exceptions.RequestException as error:
        raise ProviderError(PROVIDER, "unreadable", Outcome.UNKNOWN) from error
    return answer.status_code, answer.headers
