"""How a call begins for the server that is measured: a signed webhook, whose document tells the socket and its token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import aiohttp

from voicebot.transports.twilio.signatures import signature_of


class NoSocket(Exception):
    """The document asks for no socket; the text tells what it is."""


@dataclass(frozen=True)
class Target:
    """A server: its own, which is called by webhook, or another one, whose socket is opened as it is."""

    url: str
    """http of our server; ws of another one."""
    account_sid: str = ""
    auth_token: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether a call begins with a webhook."""
        return self.url.startswith("http")


@dataclass(frozen=True)
class Offered:
    """The socket that a call is to open."""

    url: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


async def arrive(target: Target, session: aiohttp.ClientSession, call_sid: str, number: int) -> Offered:
    """Begin call number so many; return its socket. Raises NoSocket, OSError."""
    if not target.is_ours:
        return Offered(target.url, {}, {})
    form = {
        "AccountSid": target.account_sid, "ApiVersion": "2010-04-01", "CallSid": call_sid, "CallStatus": "ringing",
        "Direction": "inbound", "From": f"+1305{2000000 + number}", "To": "+12025550100",
    }  # fmt: skip
    url, path = target.url, "/twilio/voice"
    signature = signature_of(url + path, {name: [value] for name, value in form.items()}, target.auth_token)
    async with session.post(url + path, data=form, headers={"X-Twilio-Signature": signature}) as response:
        document = await response.read()
    if response.status != 200:
        raise NoSocket(f"HTTP {response.status}")
    connect = ElementTree.fromstring(re.sub(rb"^<\?xml[^>]*>", b"", document)).find("Connect")
    if connect is None or not len(connect):
        raise NoSocket("the call was put on Gather")
    socket = connect[0]
    parameters = {each.get("name", ""): each.get("value", "") for each in socket.iter("Parameter")}
    address = socket.get("url", "")
    return Offered(address, parameters, {"X-Twilio-Signature": signature_of(address, {}, target.auth_token)})
