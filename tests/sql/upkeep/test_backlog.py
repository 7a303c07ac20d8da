"""What waits is counted exactly, and so is its age: an alert rests on it."""

from typing import Any

import pytest

from tests.sql.texts.texting import ago, someone

pytestmark = pytest.mark.sql


def backlog(texting) -> dict[str, Any]:
    return dict(texting.database.call("backlog"))


def test_an_idle_house_has_no_backlog(texting):
    found = backlog(texting)

    assert {
        found[name] for name in ("threads", "oldest_thread_s", "texts", "oldest_text_s", "unconfirmed")
    } == {0}


def test_threads_are_counted_with_the_age_of_the_oldest_and_texts_that_nobody_knows_of(texting):
    for _ in range(3):
        texting.receive(sender=someone())
    texting.owner.execute(
        "update public.conversations set waiting_since = now() - interval '95 seconds' where id = (select min(id::text)::uuid from public.conversations)"
    )
    texting.queue()
    texting.finish(texting.outgoing()[0], "unknown")

    found = backlog(texting)

    assert (found["threads"], found["texts"], found["unconfirmed"]) == (3, 0, 1)
    assert found["oldest_thread_s"] == pytest.approx(95, abs=3)


def test_what_waits_to_be_sent_has_its_age(texting):
    old = texting.queue(someone())
    texting.queue(someone())
    texting.queue(someone(), not_before=ago(hours=-1))
    texting.owner.execute(
        "update public.sms_history set created_at = %s where id = %s", [ago(seconds=40), old]
    )

    found = backlog(texting)

    assert found["texts"] == 2
    assert found["oldest_text_s"] == pytest.approx(40, abs=3)


def test_a_worker_and_its_rounds_that_stop_are_seen_by_their_age(texting):
    before = backlog(texting)
    texting.owner.execute(
        "insert into jobs.procrastinate_workers (last_heartbeat) values (now() - interval '70 seconds')"
    )
    for ago_s in (300, 130):
        texting.owner.execute(
            """insert into jobs.procrastinate_periodic_defers (task_name, defer_timestamp)
               values ('sweep_stalled', extract(epoch from now())::bigint - %s)""",
            [ago_s],
        )

    after = backlog(texting)

    assert (before["heartbeat_age_s"], before["rounds_age_s"]) == (None, None)
    assert after["heartbeat_age_s"] == pytest.approx(70, abs=3)
    assert after["rounds_age_s"] == pytest.approx(130, abs=3)
