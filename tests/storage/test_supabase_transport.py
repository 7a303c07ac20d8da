"""What only the REST transport does: reading PostgREST's answers, good and bad, as they come over the wire."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from voicebot.storage.database import DatabaseAway, DatabaseBug, SupabaseDatabase

KEY = "sb_secret_0123456789abcdefghijkl_abcdefgh"


class Scripted(BaseHTTPRequestHandler):
    """Answers each request with the next scripted (status, body); the last one stays."""

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(sent)))
        script = self.server.script
        status, body = script.pop(0) if len(script) > 1 else script[0]
        if status is None:
            self.close_connection = True
            self.connection.close()
            return
        payload = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args):
        return None


@pytest.fixture
def rest():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    server.script, server.requests = [(200, {})], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def database(rest):
    opened = SupabaseDatabase(f"http://127.0.0.1:{rest.server_port}", KEY)
    yield opened
    opened.close()


def error(code, message="said the server"):
    return {"code": code, "message": message, "details": None, "hint": None}


def test_a_call_is_a_post_to_the_function_with_the_key(rest, database):
    rest.script = [(200, {"result": "ok"})]

    answer = database.call("begin_call", call_sid="CA1")

    path, headers, body = rest.requests[0]
    assert answer == {"result": "ok"}
    assert path == "/rest/v1/rpc/begin_call"
    assert {name.lower(): value for name, value in headers.items()}["apikey"] == KEY
    assert body == {"call_sid": "CA1"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, error("PGRST000")),
        (503, error("PGRST001")),
        (503, error("PGRST002")),
        (504, error("PGRST003")),
        (500, error("57014", "canceling statement due to statement timeout")),
        (503, error("53300")),
        (500, error("57P01")),
        (503, error("08006")),
        (405, error("25006", "cannot execute INSERT in a read-only transaction")),
        (500, error("58030", "could not write to file")),
        (502, "<html>Bad Gateway</html>"),
        (503, "upstream connect error"),
        (504, ""),
        (None, ""),
    ],
)
def test_answers_that_mean_that_the_database_is_away(rest, database, status, body):
    rest.script = [(status, body)]

    with pytest.raises(DatabaseAway):
        database.call("begin_call")

    assert len(rest.requests) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, error("PGRST202")),
        (401, error("PGRST301", "JWT expired")),
        (403, error("42501")),
        (409, error("23505")),
        (400, error("22P02")),
        (400, error("P0001")),
        (500, error("XX000")),
        (500, "not json"),
        (404, "<html>no such page</html>"),
    ],
)
def test_answers_that_mean_that_we_are_wrong(rest, database, status, body):
    rest.script = [(status, body)]

    with pytest.raises(DatabaseBug):
        database.call("begin_call")

    assert not database.health.away


def test_a_deadlock_is_tried_again_because_the_server_asks_for_it(rest, database):
    rest.script = [(500, error("40P01")), (500, error("40001")), (200, 7)]

    assert database.call("begin_call") == 7
    assert len(rest.requests) == 3


def test_values_in_the_servers_message_are_not_repeated(rest, database):
    rest.script = [(400, error("22P02", 'invalid input syntax for type uuid: "call me on +12025550123"'))]

    with pytest.raises(DatabaseBug) as failure:
        database.call("begin_call")

    assert "2025550123" not in str(failure.value)


def test_three_failures_close_the_door_without_asking_the_server(rest, database):
    rest.script = [(503, error("PGRST001"))]

    for _ in range(5):
        with pytest.raises(DatabaseAway):
            database.call("begin_call")

    assert len(rest.requests) == 3
