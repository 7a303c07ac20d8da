"""What is wrong with the dialling is opened once, said, and closed when it is over; what has a reason is no incident."""

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.conftest import NOON, Queue
from tests.sql.dialling.why_cases import ENDS, WAITS, Case, case_of, forget

pytestmark = pytest.mark.sql
OPERATOR = "+12025550177"


class Watch:
    """Somebody who looks at the dialling."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.database, self.owner = queue, queue.database, queue.owner

    def look(self, at: datetime = NOON, **limits: Any) -> list[str]:
        """Look once; return what is open then, by kind."""
        self.database.call("check_incidents", limits={"concurrent": 1000, **limits}, at=at)
        return self.open()

    def open(self) -> list[str]:
        """What is open."""
        rows = self.owner.execute("select kind from public.incidents where closed_at is null order by kind")
        return [kind for (kind,) in rows.fetchall()]

    def rows(self) -> list[tuple[str, str, bool]]:
        """Everything that there was: kind, subject, whether it is over."""
        return self.owner.execute(
            "select kind, subject, closed_at is not null from public.incidents order by opened_at, kind"
        ).fetchall()  # type: ignore[no-any-return]

    def worker(self, seen: datetime | None) -> None:
        """Let a worker have been seen then; None: there never was one."""
        self.owner.execute("delete from jobs.procrastinate_workers")
        if seen:
            self.owner.execute("insert into jobs.procrastinate_workers (last_heartbeat) values (%s)", [seen])

    def due(self, minutes: float, **columns: Any) -> str:
        """Put an entry that is due for so long at NOON."""
        (entry,) = self.queue.put(**columns)
        self.queue.set(entry, next_attempt_at=NOON - timedelta(minutes=minutes))
        return entry


@pytest.fixture
def watch(queue: Queue) -> Any:
    kit = Watch(queue)
    kit.worker(NOON)
    yield kit
    kit.owner.execute("delete from jobs.procrastinate_workers")
    kit.owner.execute("delete from public.sms_history where kind = 'operator_notice'")
    kit.owner.execute("delete from public.webhook_endpoints")


# --- due, and nothing is claimed --------------------------------------------------------------------


def test_a_call_that_is_due_for_a_minute_and_not_claimed_is_an_incident_until_it_is(
    watch: Watch, queue: Queue
) -> None:
    entry = watch.due(1)

    assert watch.look() == ["not_claimed"]
    assert watch.look(NOON + timedelta(seconds=30)) == ["not_claimed"]
    assert queue.claim(NOON + timedelta(seconds=40)) == [entry]
    assert watch.look(NOON + timedelta(seconds=45)) == []
    assert watch.rows() == [("not_claimed", "queue", True)]
    (reason,) = watch.owner.execute("select reason from public.incidents").fetchone()
    assert reason == "Calls could be dialled since 2035-12-04 17:59:00 UTC, and none was."


def test_a_call_that_is_due_for_less_than_a_minute_is_none(watch: Watch) -> None:
    watch.due(0.9)

    assert watch.look() == []


def test_a_call_that_is_due_for_long_is_none_while_others_are_claimed(watch: Watch, queue: Queue) -> None:
    watch.due(30)
    queue.put(priority=9)
    queue.claim(NOON - timedelta(seconds=10), batch=1)

    assert watch.look() == []
    assert watch.look(NOON + timedelta(seconds=51)) == ["not_claimed"]


@pytest.mark.parametrize("reason", sorted({*WAITS, *ENDS}))
def test_what_may_not_be_dialled_for_a_reason_is_none(watch: Watch, queue: Queue, reason: str) -> None:
    number = queue.number()
    case = Case(queue, NOON, watch.due(30, recipient_number=number), number)
    limits = {"calls_per_second": 1000, "daily_usd": 1000, "call_usd": 1}
    assert watch.look(**limits) == ["not_claimed"]

    WAITS[reason][0](case) if reason in WAITS else ENDS[reason](case)

    # A provider that is left alone is one of its own.
    assert watch.look(**limits) == (["breaker_open"] if reason == "account_broken" else [])
    forget(queue)


def test_who_may_be_called_since_a_moment_ago_is_none(watch: Watch, queue: Queue) -> None:
    entry = watch.due(60 * 9)
    eight = NOON - timedelta(hours=3)

    assert watch.look(eight - timedelta(minutes=1)) == []
    assert watch.look(eight + timedelta(seconds=59)) == []
    assert watch.look(eight + timedelta(seconds=60)) == ["not_claimed"]
    assert queue.claim(eight + timedelta(seconds=61)) == [entry]


def test_who_could_be_called_until_a_moment_ago_is_none(watch: Watch) -> None:
    evening = NOON + timedelta(hours=10)
    watch.due(-60 * 9)
    watch.worker(evening)

    assert watch.look(evening - timedelta(seconds=1)) == ["not_claimed"]
    assert watch.look(evening) == []


@pytest.mark.parametrize("state", ["draft", "paused", "canceled", "done"])
def test_people_of_a_campaign_that_does_not_run_are_none(watch: Watch, queue: Queue, state: str) -> None:
    watch.due(30, campaign_id=queue.campaign(state))

    assert watch.look() == []


def test_a_campaign_that_was_started_a_moment_ago_is_none(watch: Watch, queue: Queue) -> None:
    campaign = queue.campaign("paused")
    watch.due(30, campaign_id=campaign)
    queue.owner.execute("alter table public.campaigns disable trigger touch_updated_at")
    for ago, expected in ((30, []), (61, ["not_claimed"])):
        queue.owner.execute(
            "update public.campaigns set state = 'running', updated_at = %s where id = %s",
            [NOON - timedelta(seconds=ago), campaign],
        )
        assert watch.look() == expected
    queue.owner.execute("alter table public.campaigns enable trigger touch_updated_at")


def test_what_has_no_line_no_rate_or_waits_for_an_outage_is_none(watch: Watch, queue: Queue) -> None:
    queue.put(2)
    queue.claim(NOON - timedelta(hours=1))
    watch.due(30)

    assert watch.look(concurrent=2) == []
    assert watch.look(hold=True) == []
    queue.owner.execute(
        "update public.dialling_accounts set next_dial_at = %s", [NOON + timedelta(seconds=9)]
    )
    assert watch.look(calls_per_second=0.1) == []
    assert watch.look() == ["not_claimed"]


def test_a_line_that_became_free_a_moment_ago_makes_none(watch: Watch, queue: Queue) -> None:
    watch.due(30)
    for ago, expected in ((30, []), (61, ["not_claimed"])):
        queue.owner.execute("delete from public.dialling_load")
        queue.owner.execute(
            "insert into public.dialling_load (subject, calls, freed_at) values ('account:twilio', 0, %s)",
            [NOON - timedelta(seconds=ago)],
        )
        assert watch.look(concurrent=2) == expected


def test_an_ended_call_says_when_its_line_became_free(watch: Watch, queue: Queue) -> None:
    queue.put()
    token = uuid4()
    ((_, attempt),) = queue.taken(token=token)
    queue.end(attempt, "completed", token)

    rows = queue.owner.execute("select subject, freed_at is not null from public.dialling_load").fetchall()

    assert rows and all(freed for _, freed in rows)


# --- a campaign stands still ---------------------------------------------------------------------------


def test_a_running_campaign_that_dials_nobody_for_five_minutes_stands_still(
    watch: Watch, queue: Queue
) -> None:
    campaign = queue.campaign()
    watch.due(30, campaign_id=campaign)
    watch.due(30, campaign_id=campaign)
    queue.owner.execute("update public.dialling_lanes set last_dial_at = %s", [NOON - timedelta(minutes=5)])
    queue.owner.execute(
        "insert into public.dialling_lanes (lane, due_at, last_dial_at) values (%s, 'infinity', %s)",
        [uuid4(), NOON],
    )

    assert watch.look(NOON - timedelta(seconds=1)) == []
    assert watch.look() == ["stalled"]
    queue.claim(NOON + timedelta(seconds=1), batch=1)
    assert watch.look(NOON + timedelta(seconds=2)) == []
    assert watch.rows() == [("stalled", str(campaign), True)]


@pytest.mark.parametrize("limit", ["concurrent", "calls_per_second"])
def test_a_campaign_that_waits_for_its_own_limit_does_not_stand_still(
    watch: Watch, queue: Queue, limit: str
) -> None:
    campaign = queue.campaign(**{limit: {"concurrent": 1, "calls_per_second": 0.001}[limit]})
    queue.put(2, campaign_id=campaign)
    queue.claim(NOON - timedelta(minutes=10), batch=1)
    queue.owner.execute("update public.call_queue set next_attempt_at = %s", [NOON - timedelta(minutes=10)])

    assert watch.look() == []


# --- no worker -----------------------------------------------------------------------------------------


def test_a_worker_that_is_not_seen_for_a_minute_is_an_incident_until_one_is(watch: Watch) -> None:
    watch.worker(NOON - timedelta(seconds=59))
    assert watch.look() == []

    watch.worker(NOON - timedelta(seconds=61))
    assert watch.look() == ["no_worker"]
    watch.worker(NOON)
    assert watch.look(NOON + timedelta(seconds=1)) == []
    assert watch.rows() == [("no_worker", "worker", True)]


def test_a_house_that_never_had_a_worker_misses_it_once_calls_are_due(watch: Watch) -> None:
    watch.worker(None)
    assert watch.look() == []

    watch.due(2)
    assert watch.look() == ["no_worker", "not_claimed"]


def test_what_is_wrong_is_read_without_anybody_who_watches(watch: Watch, queue: Queue) -> None:
    watch.worker(NOON - timedelta(minutes=5))
    watch.due(2)

    health = queue.database.call("incident_health", limits={"concurrent": 1000}, at=NOON)

    assert health["open"] == []
    assert sorted(row["kind"] for row in health["causes"]) == ["no_worker", "not_claimed"]


# --- opened once, told, closed ---------------------------------------------------------------------------


def test_of_eight_who_look_at_once_one_opens_it(watch: Watch, dsn: str) -> None:
    watch.due(2)

    def look() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(
                "select public.check_incidents('{\"concurrent\": 1000}', at => %s, notice => %s)",
                [NOON, Jsonb({"to": OPERATOR, "from": "+12025550100", "content": "look"})],
            )

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert watch.rows() == [("not_claimed", "queue", False)]
    assert _texts(watch) == 1


def test_while_one_looks_the_others_have_nothing_to_do(watch: Watch, dsn: str) -> None:
    watch.due(2)
    with psycopg.connect(dsn) as busy:
        busy.execute("select public.check_incidents(at => %s)", [NOON])

        seen = watch.database.call("check_incidents", limits={"concurrent": 9}, at=NOON)

    assert seen == {"result": "busy", "opened": 0, "closed": 0}


def test_the_operator_is_told_once_of_all_that_is_new_and_not_again_while_it_comes_and_goes(
    watch: Watch,
) -> None:
    notice = {"to": OPERATOR, "from": "+12025550100", "content": "look at the incidents"}
    watch.worker(NOON - timedelta(minutes=5))
    watch.due(2)

    for seconds in (0, 15, 30):
        watch.database.call(
            "check_incidents", limits={"concurrent": 9}, notice=notice, at=NOON + timedelta(seconds=seconds)
        )
    assert _texts(watch) == 1
    watch.worker(NOON)
    watch.look(NOON)
    watch.worker(NOON - timedelta(minutes=5))
    watch.database.call(
        "check_incidents", limits={"concurrent": 9}, notice=notice, at=NOON + timedelta(minutes=1)
    )
    assert _texts(watch) == 1
    watch.worker(NOON)
    watch.look(NOON)
    watch.worker(NOON - timedelta(minutes=5))
    watch.database.call(
        "check_incidents", limits={"concurrent": 9}, notice=notice, at=NOON + timedelta(minutes=20)
    )
    assert _texts(watch) == 2


def _texts(watch: Watch) -> int:
    (count,) = watch.owner.execute(
        "select count(*) from public.sms_history where kind = 'operator_notice'"
    ).fetchone()
    return int(count)


def test_the_same_thing_twice_is_two_incidents_one_after_the_other(watch: Watch) -> None:
    for minutes in (0, 10):
        watch.worker(NOON)
        watch.look(NOON + timedelta(minutes=minutes + 2))
        watch.worker(NOON + timedelta(minutes=minutes + 2))
        watch.look(NOON + timedelta(minutes=minutes + 2))

    assert watch.rows() == [("no_worker", "worker", True)] * 2


def test_systems_outside_are_told_when_it_opens_and_when_it_closes(watch: Watch, queue: Queue) -> None:
    queue.owner.execute(
        """insert into public.webhook_endpoints (url, secret, event_types)
           values ('https://example.com/hook', 'sealed', '{incident.opened,incident.closed}')"""
    )
    watch.worker(NOON - timedelta(minutes=5))
    watch.look()
    watch.worker(NOON)
    watch.look(NOON + timedelta(minutes=1))

    rows = queue.owner.execute(
        "select type, payload from public.events where type like 'incident.%' order by id desc limit 2"
    ).fetchall()
    (closed, last), (opened, first) = rows
    assert (opened, closed) == ("incident.opened", "incident.closed")
    assert first["incident_id"] == last["incident_id"]
    assert (first["kind"], first["subject"], first["closed_at"]) == ("no_worker", "worker", None)
    assert last["closed_at"] is not None
    deliveries = queue.owner.execute("select count(*) from public.webhook_deliveries").fetchone()
    assert deliveries == (2,)


def test_a_provider_that_is_left_alone_is_an_incident_until_it_is_well(watch: Watch, queue: Queue) -> None:
    make, lift = WAITS["account_broken"]
    case = case_of(queue, NOON)
    case.set(next_attempt_at=NOON + timedelta(hours=1))
    make(case)
    assert [watch.look(), watch.look()] == [["breaker_open"]] * 2

    lift(case)

    assert watch.look() == []
    assert watch.rows() == [("breaker_open", "twilio", True)]


def test_a_provider_that_an_operator_has_switched_off_is_no_incident(watch: Watch, queue: Queue) -> None:
    case = case_of(queue, NOON)
    for reason in ("account_broken", "account_off"):
        WAITS[reason][0](case)

    assert watch.look() == []
    forget(queue)


def test_a_number_that_is_red_no_more_closes_its_incident_whoever_made_it_so(
    watch: Watch, queue: Queue
) -> None:
    queue.owner.execute("select private.open_incident('number_red', '+13035550190', 'seen')")

    assert watch.look() == []


def test_incidents_are_listed_the_newest_first_and_those_that_are_open(watch: Watch, queue: Queue) -> None:
    watch.worker(NOON - timedelta(minutes=5))
    watch.look()
    queue.owner.execute(
        "select private.open_incident('breaker_open', 'twilio', 'failed', %s)", [NOON - timedelta(days=1)]
    )
    queue.owner.execute("select private.close_incident('breaker_open', 'twilio', %s)", [NOON])

    page = queue.database.call("incidents_page")["rows"]
    opened = queue.database.call("incidents_page", state="open")["rows"]
    over = queue.database.call("incidents_page", state="closed")["rows"]
    of_kind = queue.database.call("incidents_page", kind="breaker_open")["rows"]

    assert [row["kind"] for row in page] == ["no_worker", "breaker_open"]
    assert [row["kind"] for row in opened] == ["no_worker"]
    assert over == of_kind == page[1:]
    assert UUID(page[0]["id"])
    assert (page[0]["state"], page[1]["state"]) == ("open", "closed")
