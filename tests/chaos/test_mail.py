"""Mail while the worker is killed: processes, a real server, a real socket."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.house import House, open_house
from tests.support.servers import Server
from tests.support.waiting import wait_for
from voicebot.services.operators.mail_escalation import mail_escalation
from voicebot.storage.database import PostgresDatabase
from voicebot.wiring import build_runtime

pytestmark = [pytest.mark.sql, pytest.mark.chaos, pytest.mark.timeout(240)]
STATES = "select state, attempts from public.email_notifications order by created_at"


@pytest.fixture
def house(server: Server, template: str, tmp_path: Path) -> Iterator[House]:
    name = f"test_{uuid.uuid4().hex}"
    dsn = server.create(name, template)
    # From the beginning, and by no forks: this is how programs start.
    with open_house(tmp_path, dsn, web=1, worker=True, popen=subprocess.Popen) as opened:
        yield opened
    server.drop(name)


def escalate(house: House) -> None:
    (row,) = house.rows(
        "insert into public.support_escalations (reason, message) values ('message', 'Hi') returning id"
    )
    runtime = build_runtime(house.settings, PostgresDatabase(house.dsn, max_size=2))
    try:
        assert mail_escalation(runtime, row["id"]) == 1
    finally:
        runtime.database.close()


def mails(house: House) -> list[dict]:
    return requests.get(f"{house.simulator.url}/phone/mails", timeout=5).json()["mails"]


def test_a_worker_killed_after_the_server_took_a_mail_sends_it_once(house: House):
    """The mail after it leaves as if nothing had been."""
    hang = {"at": "content", "do": "hang", "taken": True, "times": 1}
    requests.post(f"{house.simulator.url}/mail/knobs", json=hang, timeout=5).raise_for_status()
    escalate(house)
    wait_for(lambda: len(mails(house)) == 1)

    house.children["worker"].kill()
    house.children["worker"].wait()
    assert house.rows(STATES) == [{"state": "sending", "attempts": 1}]
    house.rows("update public.email_notifications set lease_until = now()")
    house.start("worker", "-m", "voicebot", "worker")
    wait_for(lambda: house.rows(STATES)[0]["state"] == "unknown")
    escalate(house)
    wait_for(lambda: house.rows(STATES)[-1]["state"] == "sent")

    assert house.rows(STATES) == [{"state": "unknown", "attempts": 1}, {"state": "sent", "attempts": 1}]
    assert len(mails(house)) == 2
    assert "Mail is sent through 127.0.0.1:" in house.log("worker")
    assert "Mail is sent through 127.0.0.1:" in house.log("web")
