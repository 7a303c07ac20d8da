"""Calls over ConversationRelay in real processes: webhook, document, signed socket, and a process that is killed."""

import http.client
import os
import signal
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4
from xml.etree import ElementTree

import orjson
import psutil
import pytest

from tests.house import CALLER, NUMBER, House, open_house
from tests.support.waiting import wait_for
from voicebot.settings import Settings
from voicebot.sockets.client import RefusedUpgrade, connect
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import WebSocket
from voicebot.transports.twilio.signatures import signature_of


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dsn: str) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("relay")
    with open_house(folder, dsn) as house:
        house.rows("update public.call_templates set transport = 'relay'")
        house.rows("select public.publish_template(t.id, t.revision) from public.call_templates t")
        yield house


class Twilio:
    """Twilio's side of one call: signed forms, and the socket that a document asks for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.settings: Settings = house.settings
        self.answered_by: int | None = None
        """The process that answered, where that was to be traced."""
        self.call_sid = f"CA{uuid4().hex}"
        self.said = ""

    def posts(self, url: str, *, traced: bool = False, **form: str) -> ElementTree.Element:
        url = url.partition("#")[0]
        account = self.settings.twilio_account_sid
        fields = {
            "AccountSid": account,
            "CallSid": self.call_sid,
            "From": CALLER,
            "To": NUMBER,
            "Direction": "inbound",
            **form,
        }
        signature = signature_of(
            url, {name: [value] for name, value in fields.items()}, self.settings.twilio_auth_tokens[0]
        )
        place = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(place.netloc, timeout=20)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(
            "POST", url.removeprefix(f"http://{place.netloc}"), urllib.parse.urlencode(fields), headers
        )
        with connection.getresponse() as answer:
            document = ElementTree.fromstring(answer.read())
            self.answered_by = carrier_of(self.house, connection.sock.getsockname()[1]) if traced else None
        connection.close()
        return document

    def connects(self, document: ElementTree.Element) -> WebSocket:
        """Open the socket that the document asks for, and say who it is."""
        relay = document.find("Connect/ConversationRelay")
        assert relay is not None, ElementTree.tostring(document)
        url = relay.get("url") or ""
        socket = connect(
            url,
            headers={"X-Twilio-Signature": signature_of(url, {}, self.settings.twilio_auth_tokens[0])},
            limits=SocketLimits(),
        )
        given = {each.get("name"): each.get("value") for each in relay.iter("Parameter")}
        setup = {"type": "setup", "callSid": self.call_sid, "sessionId": "VX1", "customParameters": given}
        socket.send(orjson.dumps(setup).decode())
        return socket

    def hears(self, socket: WebSocket, words: str) -> str:
        """Take tokens, and report them as played, until these words were among them."""
        self.said = ""
        while words not in self.said:
            message = socket.receive(20)
            assert isinstance(message, str), f"{words!r} was not said: {self.said!r}"
            token = orjson.loads(message).get("token", "")
            self.said += token
            if token:
                socket.send(orjson.dumps({"type": "info", "name": "tokensPlayed", "value": token}).decode())
        return self.said


def carrier_of(house: House, port: int) -> int:
    """The process that has an open socket with us on this local port."""
    (pid,) = {
        pid
        for pid in house.web_pids()
        for each in psutil.Process(pid).net_connections("tcp")
        if each.raddr and each.raddr.port == port and each.status == psutil.CONN_ESTABLISHED
    }
    return pid


def healthy(house: House) -> bool:
    """Whether both processes know that sockets reach the service: of many who call at once each gets some."""

    def arrives(_: int) -> tuple[int | None, bool]:
        twilio = Twilio(house)
        document = twilio.posts(f"{house.url}/twilio/voice", traced=True)
        return twilio.answered_by, document.find("Connect") is not None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(arrives, range(16)))
    return {pid for pid, _ in answers} == set(house.web_pids()) and all(good for _, good in answers)


def test_a_killed_process_costs_a_call_nothing_that_was_heard(house: House):
    wait_for(lambda: healthy(house), 60)
    twilio = Twilio(house)
    socket = twilio.connects(twilio.posts(f"{house.url}/twilio/voice"))
    greeting = twilio.hears(socket, "?")
    wait_for(lambda: said(house, twilio, "heard = content") == ["bot"], 10)
    os.kill(carrier_of(house, socket._client.getsockname()[1]), signal.SIGKILL)
    document = twilio.posts(
        f"{house.url}/twilio/relay/action",
        SessionStatus="failed",
        ErrorCode="64105",
        CallStatus="in-progress",
    )
    again = twilio.connects(document)
    again.send('{"type": "prompt", "voicePrompt": "When do you open?", "lang": "en-US", "last": true}')
    answer = twilio.hears(again, ".")
    again.close()

    assert greeting.strip() not in answer
    wait_for(lambda: said(house, twilio)[:3] == ["bot", "caller", "bot"], 10)


def said(house: House, twilio: Twilio, only: str = "true") -> list[str]:
    """Who said something in the call, in order."""
    rows = house.rows(
        f"""select t.speaker from public.transcripts t join public.call_history c on c.id = t.session_id
             where c.call_sid = %s and {only} order by t.sequence_number""",
        twilio.call_sid,
    )
    return [row["speaker"] for row in rows]


def test_a_socket_of_nobody_is_refused_before_it_is_one(house: House):
    url = f"{Twilio(house).settings.public_ws_url}/twilio/relay"

    with pytest.raises(RefusedUpgrade, match="403"):
        connect(url, headers={"X-Twilio-Signature": "x" * 27 + "="}, limits=SocketLimits())
