"""The outcome of each error of `requests`."""

from collections.abc import Iterator
from contextlib import contextmanager

from voicebot.providers.ports import Outcome, ProviderError


@contextmanager
def translated(provider: str) -> Iterator[None]:
    """Raise ProviderError with code `certificate`, `unreachable`, `no-answer` or `unreadable` instead."""
    # Imported at first use, as the SDKs are: most processes ask nobody this way.
    import requests

    try:
        yield
    except requests.exceptions.SSLError as error:
        raise ProviderError(provider, "certificate", Outcome.NOT_SENT) from error
    except requests.exceptions.ReadTimeout as error:
        raise ProviderError(provider, "no-answer", Outcome.UNKNOWN) from error
    except requests.exceptions.ConnectionError as error:
        raise ProviderError(provider, "unreachable", Outcome.NOT_SENT) from error
    except requests.exceptions.RequestException as error:
        raise ProviderError(provider, "unreadable", Outcome.UNKNOWN) from error
