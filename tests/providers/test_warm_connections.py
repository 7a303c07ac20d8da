"""Connections stand ready before they are needed, and one serves many turns; a server that takes its time to be connected to tells."""

import logging
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.providers.broken_provider import stream
from tests.support.slow_door import door
from tests.support.waiting import wait_for
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat
from voicebot.providers.elevenlabs.speaker import ElevenLabsSpeaker
from voicebot.providers.http import warm
from voicebot.providers.http.closable import Exchange
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelRequest

REQUEST = ModelRequest(messages=[{"role": "user", "content": "Hello"}])
WORDS = b'data: {"choices": [{"index": 0, "delta": {"content": "We are open."}}]}\n\n'
END = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
SOUND = b'{"audio_base64": "//////////8="}\n'


def spare(warmed) -> int:
    return len(warmed._spare)


def test_many_turns_use_one_connection(provider):
    provider.will(*[stream(WORDS, END)] * 5)
    with door(provider.url) as doors:
        model = OpenAIModel("key", f"{doors.url}/v1", "m")
        for _ in range(5):
            assert len(list(model.stream(REQUEST))) == 2
        model.close()

    assert doors.connections == 1


def test_many_sentences_use_one_connection(provider):
    provider.will(*[stream(SOUND, content_type="application/json")] * 5)
    with door(provider.url) as doors:
        account = ElevenLabsAccount("key", doors.url)
        speaker = ElevenLabsSpeaker(account, "v", SpokenFormat())
        for _ in range(5):
            assert list(speaker.chunks("v", "en", "Hello.", "", Exchange()))
        account.close()

    assert doors.connections == 1


def test_a_call_that_begins_finds_connections_that_stand(provider):
    provider.will(stream(WORDS, END))
    with door(provider.url) as doors:
        model = OpenAIModel("key", f"{doors.url}/v1", "m")
        for _ in range(3):
            model.prewarm()
        wait_for(lambda: spare(model._warm) == warm.WANTED)

        list(model.stream(REQUEST))

        assert doors.connections == warm.WANTED
        model.prewarm()
        assert (spare(model._warm), doors.connections) == (1, warm.WANTED)
        model.close()


def test_a_cancelled_answer_has_its_connection_replaced_before_the_next(provider):
    provider.will(stream(WORDS, end="hung_up"), stream(WORDS, END))
    with door(provider.url) as doors:
        model = OpenAIModel("key", f"{doors.url}/v1", "m")
        cancelled = model.stream(REQUEST)
        next(cancelled)

        cancelled.close()

        # The door counts a moment after whoever connected.
        wait_for(lambda: spare(model._warm) == warm.WANTED and doors.connections == 1 + warm.WANTED)
        before = doors.connections
        assert len(list(model.stream(REQUEST))) == 2
        assert doors.connections == before
        model.close()


def test_what_a_slow_connection_costs_is_paid_before_anybody_waits(provider):
    slow_s = 0.4
    provider.will(*[stream(WORDS, END)] * 2)
    took = []
    for ahead in (False, True):
        with door(provider.url, slow_s=slow_s) as doors:
            model = OpenAIModel("key", f"{doors.url}/v1", "m")
            if ahead:
                model.prewarm()
                wait_for(lambda doors=doors: doors.of_use)
            began = time.monotonic()
            next(model.stream(REQUEST))
            took.append(time.monotonic() - began)
            model.close()

    assert took[0] >= slow_s
    assert took[1] < took[0] - slow_s / 2


def test_a_connection_that_the_server_ended_meanwhile_is_not_used(provider):
    provider.will(stream(WORDS, END))
    listener = socket.create_server(("127.0.0.1", 0))
    model = OpenAIModel("key", f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "m")
    model.prewarm()
    ended = [listener.accept()[0] for _ in range(warm.WANTED)]
    wait_for(lambda: spare(model._warm) == warm.WANTED)
    for connection in ended:
        connection.close()

    wait_for(lambda: model._warm._give("127.0.0.1", listener.getsockname()[1]) is None)

    assert spare(model._warm) == 0
    listener.close()
    model.close()


def test_old_connections_are_not_used_and_nobody_listening_is_no_harm(provider, closed_port):
    now = [0.0]
    account = ElevenLabsAccount("key", provider.url)
    warmed = warm.WarmConnections(account.client, provider.url, clock=lambda: now[0])
    warmed.prewarm()
    wait_for(lambda: spare(warmed) == warm.WANTED)
    now[0] += warm.KEEP_S + 1
    assert warmed._give("127.0.0.1", int(provider.url.rpartition(":")[2])) is None
    assert spare(warmed) == 0

    nobody = warm.WarmConnections(account.client, closed_port, clock=lambda: now[0])
    nobody.prewarm()
    wait_for(lambda: nobody._opening == 0)
    assert spare(nobody) == 0


def test_where_nobody_listens_no_call_asks_again_for_a_while(provider, closed_port, caplog):
    caplog.set_level(logging.INFO, logger=warm.__name__)
    now = [0.0]
    account = ElevenLabsAccount("key", provider.url)
    nobody = warm.WarmConnections(account.client, closed_port, wanted=1, clock=lambda: now[0])

    for passed in (0.0, 0.0, warm.PAUSE_S):
        now[0] += passed
        nobody.prewarm()
        wait_for(lambda: nobody._opening == 0)

    asked = [each for each in caplog.records if each.message == "a connection was not opened ahead"]
    assert len(asked) == 2
    account.close()


class _Word(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_tls_stands_too_and_is_not_begun_again(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer(("localhost", 0), _Word)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    account = ElevenLabsAccount("key", f"https://localhost:{server.server_port}")
    account.client._transport._pool._ssl_context = ssl.create_default_context(cafile=str(certificate))

    account.prewarm()
    wait_for(lambda: spare(account._warm) == warm.WANTED)
    # With the server gone only what stands already can answer.
    server.socket.close()
    answer = account.client.get(f"{account.url}/")

    assert answer.text == "hello"
    account.close()
    server.shutdown()


def test_nothing_is_opened_ahead_where_a_proxy_stands_between(monkeypatch, provider):
    monkeypatch.setenv("HTTPS_PROXY", provider.url)
    account = ElevenLabsAccount("key", "https://voice.example")

    account.prewarm()

    assert account._warm._opening == spare(account._warm) == 0
    account.close()
