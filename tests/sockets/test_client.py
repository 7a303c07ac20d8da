"""Sockets of ours to others: a server of the library's own answers, over TLS too; or nobody does, or not as it should."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection, serve

from voicebot.sockets.client import RefusedUpgrade, connect
from voicebot.sockets.ending import Ending, SocketClosed
from voicebot.sockets.limits import SocketLimits

LIMITS = SocketLimits(most_message_bytes=1024 * 1024, takes_binary=True, connect_within_s=5.0)
LONG_S = 5.0


def say_back(connection: ServerConnection) -> None:
    """Greet with what the request says, then be an echo."""
    headers = connection.request.headers
    connection.send(
        f"{headers.get('xi-api-key')} {connection.subprotocol} {headers.get('Sec-WebSocket-Extensions')}"
    )
    for message in connection:
        connection.send(message)


def only_with_a_key(connection: ServerConnection, request: Request) -> Response | None:
    if "xi-api-key" in request.headers:
        return None
    return connection.respond(HTTPStatus.UNAUTHORIZED, "no key\n")


@contextmanager
def listening(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = serve(
        say_back, "127.0.0.1", 0, ssl=context, process_request=only_with_a_key, subprotocols=["token"], close_timeout=0.5
    )  # fmt: skip
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of `localhost`, which nobody but us trusts."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    unsealed = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unsealed)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def converse(url: str, context: ssl.SSLContext | None = None) -> None:
    ours = connect(
        url, headers={"xi-api-key": "secret"}, limits=LIMITS, subprotocols=["token"], tls_context=context
    )
    try:
        assert ours.receive(LONG_S) == "secret token None"
        for message in ("hello", b"\xff" * 160, "x" * 500_000):
            ours.send(message)
            assert ours.receive(LONG_S) == message
        # Many at once, more than the connection takes: the reader and the writer do not hold each other up.
        for number in range(60):
            ours.send(f"{number} {'x' * 15_000}")
        assert [ours.receive(LONG_S).split()[0] for _ in range(60)] == [str(number) for number in range(60)]
        ours.close(1000)
        with pytest.raises(SocketClosed) as closed:
            ours.receive(LONG_S)
        assert (closed.value.code, closed.value.ending) == (1000, Ending.OURS)
    finally:
        ours.finish()


def test_a_server_of_another_make_understands_us_and_we_it():
    with listening() as port:
        converse(f"ws://127.0.0.1:{port}/v1/listen?model=nova")


def test_the_same_over_tls(certificate):
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=certificate)
    theirs.load_cert_chain(certificate)
    with listening(theirs) as port:
        converse(f"wss://localhost:{port}/", ours)


def test_a_certificate_that_is_not_trusted_or_of_another_name_is_refused(certificate):
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=certificate)
    theirs.load_cert_chain(certificate)
    with listening(theirs) as port:
        for host, context in (("localhost", None), ("127.0.0.1", ours)):
            with pytest.raises(ConnectionError):
                connect(f"wss://{host}:{port}/", limits=LIMITS, tls_context=context)


def test_an_answer_that_is_no_websocket_is_told_with_its_status_and_words():
    with listening() as port, pytest.raises(RefusedUpgrade) as refused:
        connect(f"ws://127.0.0.1:{port}/", limits=LIMITS)

    assert (refused.value.status, refused.value.body) == (401, b"no key\n")


def test_what_comes_together_with_the_answer_is_a_message_too():
    def serve_one() -> None:
        theirs, protocol = listener.accept()[0], ServerProtocol()
        with theirs:
            protocol.receive_data(theirs.recv(65536))
            protocol.send_response(protocol.accept(protocol.events_received()[0]))
            protocol.send_text(b"welcome")
            theirs.sendall(b"".join(protocol.data_to_send()))
            theirs.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_one)
        thread.start()
        ours = connect(f"ws://127.0.0.1:{listener.getsockname()[1]}/", limits=LIMITS)

        assert ours.receive(LONG_S) == "welcome"
        ours.finish()
        thread.join()


def answers(data: bytes) -> Callable[[socket.socket], None]:
    def answer(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(data)

    return answer


def drips(client: socket.socket) -> None:
    """Slow on purpose: a head that never ends, a little at a time."""
    client.sendall(b"HTTP/1.1 101 Switching Protocols\r\n")
    while True:
        client.sendall(b"X-More: x\r\n")
        time.sleep(0.05)


def is_silent(client: socket.socket) -> None:
    while client.recv(65536):
        pass


@pytest.mark.parametrize(
    ("behaves", "error"),
    [
        (is_silent, TimeoutError),
        (drips, (TimeoutError, ConnectionError)),
        (lambda client: client.close(), ConnectionError),
        (answers(b"220 mail.example.com ESMTP\r\n"), ConnectionError),
        (
            answers(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
            ConnectionError,
        ),
        (
            answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 500_000),
            (TimeoutError, ConnectionError),
        ),
    ],
)
def test_a_server_that_answers_wrongly_or_not_at_all_is_given_up_in_time(behaves, error):
    def serve_one() -> None:
        client, _ = listener.accept()
        with client:
            try:
                behaves(client)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_one)
        thread.start()
        began = time.monotonic()

        with pytest.raises(error):
            connect(
                f"ws://127.0.0.1:{listener.getsockname()[1]}/", limits=replace(LIMITS, connect_within_s=0.4)
            )

        assert time.monotonic() - began < LONG_S
        thread.join()


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/", "ws://no-such-host.invalid/"])
def test_an_address_where_nobody_is_is_a_connection_error(url):
    with pytest.raises(ConnectionError):
        connect(url, limits=LIMITS)
