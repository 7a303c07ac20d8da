"""Events while the worker is killed: processes, a real receiver, a real socket."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House, open_house
from tests.support.servers import Server
from tests.support.waiting import wait_for
from tests.support.webhook_receiver import receiving
from voicebot.services.operators.webhooks import add_endpoint
from voicebot.storage.database import PostgresDatabase
from voicebot.wiring import build_runtime

pytestmark = [pytest.mark.sql, pytest.mark.chaos]
STATES = "select state, attempts from public.webhook_deliveries order by created_at"


@pytest.fixture
def house(server: Server, template: str, tmp_path: Path) -> Iterator[House]:
    name = f"test_{uuid.uuid4().hex}"
    with open_house(tmp_path, server.create(name, template), web=1, worker=True) as opened:
        yield opened
    server.drop(name)


def test_a_worker_killed_while_it_posts_is_followed_by_a_post_of_the_same_name(house: House):
    with receiving() as receiver:
        runtime = build_runtime(house.settings, PostgresDatabase(house.dsn, max_size=2))
        try:
            _, secret = add_endpoint(runtime, receiver.url)
        finally:
            runtime.database.close()
        receiver.may_answer.clear()
        house.rows("insert into public.events (type, subject) values ('call.ended', 'x')")
        wait_for(lambda: len(receiver.got) == 1)

        house.children["worker"].kill()
        house.children["worker"].wait()
        assert house.rows(STATES) == [{"state": "sending", "attempts": 1}]
        receiver.may_answer.set()
        house.rows("update public.webhook_deliveries set lease_until = now()")
        house.start("worker", "-m", "voicebot", "worker")
        wait_for(lambda: house.rows(STATES)[0]["state"] == "sent")

        assert house.rows(STATES) == [{"state": "sent", "attempts": 2}]
        names = {headers["webhook-id"] for headers, _ in receiver.got}
        assert (len(receiver.got), len(names)) == (2, 1)
        assert receiver.is_valid(0, secret) and receiver.is_valid(1, secret)
