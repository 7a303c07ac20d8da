"""The database rows of the phone page: read only when there is something to read, and only by our own page."""

import threading
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from simulator.config import SimulatorConfig
from simulator.phone.rows import Read, rows_blueprint
from simulator.tests.fake_product import ACCOUNT, TOKEN

ROW = {"at": "2026-01-01T00:00:00+00:00", "table": "call_history", "row": {"id": 1, "call_status": "ringing"}}
URL = "/phone/calls/CA1/rows"


def client(read: Read | None = None, database_url: str = "") -> FlaskClient:
    app = Flask("rows")
    app.register_blueprint(
        rows_blueprint(SimulatorConfig(ACCOUNT, TOKEN, database_url=database_url), read=read)
    )
    return app.test_client()


def test_without_a_database_the_answer_says_so():
    answer = client().get(URL).get_json()

    assert (answer["configured"], answer["rows"]) == (False, [])


def test_rows_come_at_once_to_whoever_has_seen_none():
    answer = client(lambda sid: [ROW | {"row": {"sid": sid}}]).get(f"{URL}?timeout_s=20").get_json()

    assert answer["rows"] == [ROW | {"row": {"sid": "CA1"}}]
    assert (answer["configured"], answer["problem"]) == (True, "")


def test_whoever_has_seen_them_waits_until_one_changes():
    rows: list[dict[str, Any]] = [ROW]
    asked = client(lambda _: list(rows))
    seen = asked.get(URL).get_json()["version"]
    threading.Timer(0.5, lambda: rows.append(ROW)).start()
    began = time.monotonic()

    answer = asked.get(f"{URL}?after={seen}&timeout_s=10").get_json()

    assert len(answer["rows"]) == 2
    assert 0.4 < time.monotonic() - began < 5
    assert answer["version"] != seen


def test_a_wait_in_which_nothing_changes_ends_with_the_same_rows():
    asked = client(lambda _: [ROW])
    seen = asked.get(URL).get_json()["version"]

    answer = asked.get(f"{URL}?after={seen}&timeout_s=0.2").get_json()

    assert answer["version"] == seen


def test_a_database_that_is_away_is_a_sentence_and_no_error():
    answer = client(database_url="postgresql://127.0.0.1:1/nothing").get(URL)

    assert answer.status_code == 200
    assert answer.get_json()["problem"] == "The database cannot be reached just now."
    assert answer.get_json()["rows"] == []


def test_rows_of_a_real_database_are_those_of_the_call(dsn: str):
    asked = client(database_url=dsn)

    assert asked.get(URL).get_json() == asked.get(URL).get_json()
    assert asked.get(URL).get_json()["rows"] == []
    assert asked.get(URL).get_json()["problem"] == ""


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:9100", "example.com:9100", "[::2]"])
def test_a_foreign_name_that_points_here_reads_nothing(host: str):
    refused = client(lambda _: [ROW]).get(URL, headers={"Host": host})

    assert refused.status_code == 403
    assert b"call_history" not in refused.data


@pytest.mark.parametrize("host", ["127.0.0.1:9100", "localhost:9100", "[::1]:9100", "127.0.0.1"])
def test_our_own_names_do(host: str):
    assert client(lambda _: [ROW]).get(URL, headers={"Host": host}).status_code == 200


def test_rows_of_a_person_are_asked_for_by_their_address():
    asked = client(lambda about: [ROW | {"row": {"about": about}}])

    answer = asked.get("/phone/threads/whatsapp%3A%2B12025550123/rows").get_json()

    assert answer["rows"][0]["row"] == {"about": "whatsapp:+12025550123"}


def test_rows_of_nobodys_texts_are_none(dsn: str):
    answer = client(database_url=dsn).get("/phone/threads/%2B12025550123/rows").get_json()

    assert (answer["rows"], answer["problem"]) == ([], "")


def test_the_newest_calls_are_those_of_the_database(dsn: str):
    answer = client(database_url=dsn).get("/phone/earlier").get_json()

    assert (answer["rows"], answer["problem"], answer["configured"]) == ([], "", True)


def test_without_a_database_there_are_no_earlier_calls():
    assert client().get("/phone/earlier").get_json()["rows"] == []


def test_earlier_calls_are_asked_for_about_nobody():
    asked = client(lambda about: [{"call_sid": "CA1"}] if about == "" else [])

    assert asked.get("/phone/earlier").get_json()["rows"] == [{"call_sid": "CA1"}]


def test_who_opted_out_or_is_blocked_is_asked_for_by_a_name_of_its_own():
    asked = client(lambda about: [{"with": about}])

    assert asked.get("/phone/standing").get_json()["rows"] == [{"with": "standing"}]
    assert client().get("/phone/standing").get_json()["configured"] is False
