"""Twilio's own client, led to a simulator."""

from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.tests.fake_product import ACCOUNT, TOKEN


class LocalHttp(TwilioHttpClient):
    """Twilio's own HTTP client with its host replaced."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base_url = base_url

    def request(self, method: str, uri: str, *arguments: Any, **named: Any) -> Any:
        return super().request(
            method, uri.replace("https://api.twilio.com", self._base_url), *arguments, **named
        )


def client_of(base_url: str, *, timeout: float = 10) -> Client:
    """The official client with the tests' account."""
    return Client(ACCOUNT, TOKEN, http_client=LocalHttp(base_url, timeout))
