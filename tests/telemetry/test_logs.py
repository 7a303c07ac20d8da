"""Log lines: JSON, listed fields only, and nothing in them that must not leave."""

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from voicebot.settings import load_settings
from voicebot.telemetry.logs import FIELDS, JsonFormatter, configure_logging, scrub


@pytest.fixture
def stream(tmp_path) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    written = io.StringIO()
    configure_logging(load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)}), written)
    yield written
    root.handlers[:], root.level = before


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_holds_the_message_and_the_listed_fields(stream):
    logging.getLogger("voicebot.test").info(
        "turn served", extra={"turn": 3, "outcome": None, "body": "secret"}
    )

    (line,) = lines(stream)
    assert (line["level"], line["logger"], line["message"], line["turn"]) == (
        "info",
        "voicebot.test",
        "turn served",
        3,
    )
    assert "body" not in line


def test_no_listed_field_could_hold_what_a_caller_said():
    assert not FIELDS & {
        "body",
        "text",
        "speech",
        "transcript",
        "form",
        "to",
        "from",
        "digits",
        "otp",
        "params",
    }


def test_what_the_pool_complains_of_again_and_again_is_said_once(stream):
    for refused in ("refused", "timed out", "refused"):
        logging.getLogger("psycopg.pool").warning("error connecting in %r: %s", "voicebot", refused)

    (line,) = lines(stream)
    assert line["message"] == "error connecting in 'voicebot': refused"


def test_a_message_of_several_lines_stays_one_line(stream):
    logging.getLogger("voicebot.test").warning("first\n{}\nthird")

    assert len(stream.getvalue().splitlines()) == 1


def test_libraries_are_heard_from_warnings_on_even_when_we_debug(stream, tmp_path):
    environ = {"VOICEBOT_DATA_DIR": str(tmp_path), "VOICEBOT_LOG_LEVEL": "debug"}
    configure_logging(load_settings(environ), stream)

    logging.getLogger("voicebot.test").debug("ours")
    logging.getLogger("twilio.http_client").info("a whole request")
    logging.getLogger("twilio.http_client").warning("trouble")

    assert [line["message"] for line in lines(stream)] == ["ours", "trouble"]


def test_configuring_twice_writes_every_line_once(stream, tmp_path):
    configure_logging(load_settings({"VOICEBOT_DATA_DIR": str(tmp_path)}), stream)

    logging.getLogger("voicebot.test").warning("once")

    assert len(lines(stream)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "to +12025550123 failed",
        "POST /Messages.json?To=%2B12025550123",
        "number=2025550123;",
        "+1 (202) 555-0123",
        "GET /speech/abcDEF123456 HTTP/1.1",
        "Authorization: Bearer abcDEF123456",
        "Authorization: Basic abcDEF123456==",
        "key sk-proj-abcDEF123456",
        "key sb_secret_abcDEF123456",
        "key vb_abcDEF123456",
        "postgresql://postgres:abcDEF123456@db.example/postgres",
        "https://h/?token=abcDEF123456&x=1",
        "jwt eyJhbGciOi.eyJzdWIiOi.abcDEF123456",
    ],
)
def test_numbers_and_secrets_are_masked_wherever_they_stand(stream, text):
    logging.getLogger("some.library").error("failed: %s", text, extra={"reason": text})

    assert "abcDEF123456" not in stream.getvalue()
    assert "555012" not in stream.getvalue()
    assert "555-0" not in stream.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "CA0123456789abcdef0123456789abcdef",
        "listening on 127.0.0.1:8080",
        "0005_call_turns.sql",
        "took 0.123456 s",
        "2026-11-20T10:00:00",
        "d5b4a7e0-1111-4222-8333-444455556666",
    ],
)
def test_ids_addresses_and_times_stay_readable(text):
    assert scrub(text) == text


@pytest.mark.parametrize("piece", ["x", "eyJ", "1 ", "a://b:"])
def test_a_long_text_is_cut_without_taking_long(piece):
    started = time.perf_counter()

    assert len(scrub(piece * 1_000_000)) < 1000
    assert time.perf_counter() - started < 0.5


def test_of_a_librarys_exception_the_kind_and_the_place_are_kept_but_not_the_text(stream):
    try:
        try:
            raise ValueError("said: my code is 4711")
        except ValueError as error:
            raise KeyError("my name is canary") from error
    except KeyError:
        logging.getLogger("voicebot.test").exception("a webhook failed")

    (line,) = lines(stream)
    assert (line["error"], line["cause"]) == ("builtins.KeyError", "builtins.ValueError")
    assert "test_logs.py" in line["stack"][0]
    assert "canary" not in stream.getvalue()
    assert "4711" not in stream.getvalue()


def test_our_own_exceptions_speak_for_themselves(stream):
    from voicebot.storage.database import DatabaseBug

    try:
        raise DatabaseBug("begin_call", "23505", "calls_pkey")
    except DatabaseBug:
        logging.getLogger("voicebot.test").exception("a write failed")

    assert lines(stream)[0]["error_text"] == "begin_call failed with 23505: calls_pkey"


def test_a_library_that_counts_its_arguments_wrongly_does_not_cost_us_the_line():
    record = logging.LogRecord("some.library", logging.ERROR, "x.py", 1, "%s and %s", ("one",), None)

    assert json.loads(JsonFormatter().format(record))["message"] == "%s and %s"
