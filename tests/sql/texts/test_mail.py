"""Mail is a row first, claimed by one sender, and never sent a second time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.support.servers import remove_rows

pytestmark = pytest.mark.sql
OPERATORS = ["ann@example.com", "bob@example.com"]


@pytest.fixture(autouse=True)
def no_mail(owner):
    remove_rows(owner, "email_notifications", "support_escalations")


def queued(database, key: str = "escalation/1", recipients=("ann@example.com",), **changes):
    wish = {"kind": "test", "recipients": list(recipients), "subject": "A test", "request_key": key}
    return database.call("queue_mail", **(wish | changes))


def claimed(database, token: UUID | None = None, lease_s: float = 30.0):
    return database.call("claim_mail", token=token or uuid4(), lease_s=lease_s)["mail"]


def finished(database, mail_id: str, token: UUID, outcome: str = "sent", **changes):
    return database.call("finish_mail", mail_id=mail_id, token=token, outcome=outcome, **changes)


def row(owner, mail_id: str) -> dict:
    return owner.execute(
        "select to_jsonb(m) from public.email_notifications m where id = %s", [mail_id]
    ).fetchone()[0]


def let_time_pass(owner, **span: float) -> None:
    owner.execute(
        "update public.email_notifications set lease_until = lease_until - %(s)s, not_before = not_before - %(s)s",
        {"s": timedelta(**span)},
    )


def test_the_same_key_is_one_mail_a_recipient(database, owner):
    first = queued(database, recipients=OPERATORS)
    again = queued(database, recipients=[*OPERATORS, "ANN@example.com"])

    assert (first["queued"], again["queued"]) == (2, 0)
    assert [mail["to_address"] for mail in again["mails"]] == OPERATORS
    assert owner.execute("select count(*) from public.email_notifications").fetchone() == (2,)


def test_at_most_ten_people_get_a_mail(database):
    many = queued(database, recipients=[f"a{n}@example.com" for n in range(11)])

    assert many["queued"] == 10


def test_a_subject_is_one_line(database):
    with pytest.raises(Exception, match="23514"):
        queued(database, subject="x\r\nBcc: victim@example.com")


def test_repeating_a_claim_returns_the_same_mail(database):
    queued(database, recipients=OPERATORS)
    token = uuid4()

    first, again = claimed(database, token), claimed(database, token)

    assert first["id"] == again["id"]
    assert claimed(database)["id"] != first["id"]
    assert claimed(database) is None


def test_senders_never_hold_one_mail_together(database):
    for n in range(40):
        queued(database, f"escalation/{n}")
    barrier = threading.Barrier(4)
    seen: list[str] = []

    def send() -> None:
        barrier.wait()
        token = uuid4()
        while mail := claimed(database, token):
            seen.append(mail["id"])
            finished(database, mail["id"], token)
            token = uuid4()

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(send) for _ in range(4)]:
            each.result()

    assert len(seen) == len(set(seen)) == 40


def test_two_workers_that_queue_at_once_queue_one_digest(database, dsn):
    digest = {"kind": "digest", "day": "2026-11-27"}
    with psycopg.connect(dsn) as slow, ThreadPoolExecutor(1) as pool:
        slow.execute(
            """select public.queue_mail('digest', '["ann@example.com"]', 'A day', 'digest/2026-11-27', null, '2026-11-27')"""
        )
        second = pool.submit(queued, database, "digest/2026-11-27", **digest)
        slow.commit()
        slow_one = second.result()

    assert slow_one["queued"] == 0
    assert len(slow_one["mails"]) == 1


def test_a_mail_whose_sender_died_is_unknown_and_never_sent_again(database, owner):
    queued(database)
    token = uuid4()
    mail = claimed(database, token, lease_s=5)
    let_time_pass(owner, seconds=6)

    assert claimed(database) is None
    kept = row(owner, mail["id"])
    assert (kept["state"], kept["error"]) == ("unknown", "sender_gone")
    assert finished(database, mail["id"], token, "not_sent") == {"result": "fenced"}
    assert claimed(database) is None


def test_a_lease_that_is_over_is_lost_even_if_nobody_has_noticed(database, owner):
    queued(database)
    token = uuid4()
    mail = claimed(database, token, lease_s=5)
    let_time_pass(owner, seconds=6)

    assert finished(database, mail["id"], token, "not_sent") == {"result": "fenced"}
    assert row(owner, mail["id"])["state"] == "unknown"


def test_a_sender_that_lost_its_lease_may_still_tell_that_it_was_sent(database, owner):
    queued(database)
    token = uuid4()
    mail = claimed(database, token, lease_s=5)
    let_time_pass(owner, seconds=6)
    claimed(database)

    assert finished(database, mail["id"], token)["state"] == "sent"
    assert row(owner, mail["id"])["sent_at"] is not None


def test_a_stranger_finishes_nothing(database, owner):
    queued(database)
    mail = claimed(database)

    assert finished(database, mail["id"], uuid4()) == {"result": "fenced"}
    assert row(owner, mail["id"])["state"] == "sending"


def test_a_mail_that_was_not_taken_is_tried_later_and_ever_later(database, owner):
    queued(database)
    pauses = []
    for _ in range(4):
        token = uuid4()
        mail = claimed(database, token)
        finished(database, mail["id"], token, "not_sent", error="to-451")
        assert claimed(database) is None
        pauses.append(
            owner.execute(
                "select extract(epoch from not_before - now())::float from public.email_notifications"
            ).fetchone()[0]
        )
        let_time_pass(owner, hours=1)

    assert [round(pause / 15) for pause in pauses] == sorted({round(pause / 15) for pause in pauses})
    assert 14 < pauses[0] < 19
    assert row(owner, mail["id"])["error"] == "to-451"


def test_a_server_may_ask_for_a_longer_pause(database, owner):
    queued(database)
    token = uuid4()
    finished(database, claimed(database, token)["id"], token, "not_sent", retry_after_s=600)

    let_time_pass(owner, minutes=9)
    assert claimed(database) is None
    let_time_pass(owner, minutes=5)
    assert claimed(database) is not None


def test_a_mail_is_given_up_after_twenty_tries(database, owner):
    queued(database)
    for _ in range(20):
        token = uuid4()
        mail = claimed(database, token)
        state = finished(database, mail["id"], token, "not_sent", error="unreachable")["state"]
        let_time_pass(owner, hours=1)

    assert state == "failed"
    assert claimed(database) is None
    assert row(owner, mail["id"])["error"] == "unreachable"


@pytest.mark.parametrize(("outcome", "state"), [("refused", "failed"), ("unknown", "unknown")])
def test_what_was_refused_or_is_unknown_stays_so(database, owner, outcome, state):
    queued(database)
    token = uuid4()
    mail = claimed(database, token)

    assert finished(database, mail["id"], token, outcome, error="to-550")["state"] == state
    let_time_pass(owner, days=1)
    assert claimed(database) is None


def test_who_asks_for_a_mail_holds_it_at_once_and_no_worker_does(database):
    token = uuid4()

    (mail,) = queued(database, token=token)["mails"]

    assert mail["claimed"]
    assert claimed(database) is None
    assert finished(database, mail["id"], token)["state"] == "sent"


@pytest.mark.parametrize(
    ("outcome", "again"), [("refused", True), ("not_sent", True), ("sent", False), ("unknown", False)]
)
def test_a_person_may_have_tried_again_what_was_not_sent_and_nothing_else(database, outcome, again):
    token = uuid4()
    (mail,) = queued(database, token=token)["mails"]
    finished(database, mail["id"], token, outcome)

    (asked,) = queued(database, token=uuid4())["mails"]

    assert asked["claimed"] is again


def test_nobody_takes_a_mail_from_a_sender_that_holds_it(database):
    queued(database)
    claimed(database)

    (asked,) = queued(database, token=uuid4())["mails"]

    assert (asked["claimed"], asked["state"]) == (False, "sending")


def test_pages_of_mail_are_the_newest_first_and_complete(database):
    for n in range(5):
        queued(database, f"escalation/{n}", subject=f"{n}")
    pages, after = [], None
    for _ in range(3):
        page = database.call("mail_page", page_size=2, after=after)
        pages.append([mail["subject"] for mail in page["rows"]])
        after = page["next"]

    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert after is None


def test_the_health_of_mail_counts_what_a_person_has_to_know(database, owner):
    for outcome in ("sent", "refused", "refused", "unknown", "not_sent"):
        token = uuid4()
        (mail,) = queued(database, f"{uuid4()}", token=token)["mails"]
        finished(database, mail["id"], token, outcome, error=None if outcome == "sent" else f"to-{outcome}")

    health = database.call("mail_health")

    assert (health["failed"], health["unknown"], health["waiting"]) == (2, 1, 1)
    assert health["last_sent_at"] is not None
    assert health["error"] == "to-not_sent"


def test_an_escalation_that_goes_leaves_the_mail_that_told_of_it(database, owner):
    escalation = owner.execute(
        "insert into public.support_escalations (reason) values ('message') returning id"
    ).fetchone()[0]
    queued(database, kind="escalation", escalation_id=escalation)
    owner.execute("delete from public.support_escalations")

    assert claimed(database)["escalation_id"] is None
    assert database.call("escalation_for_mail", escalation_id=escalation)["result"] == "refused"


def test_old_mail_goes_and_what_waits_stays(database, owner):
    for outcome in ("sent", "not_sent"):
        token = uuid4()
        (mail,) = queued(database, outcome, token=token)["mails"]
        finished(database, mail["id"], token, outcome)
    owner.execute("update public.email_notifications set created_at = now() - interval '91 days'")
    queued(database, "new", token=uuid4())

    assert database.call("sweep_mail")["mails"] == 1
    kept = owner.execute("select request_key from public.email_notifications order by 1").fetchall()
    assert kept == [("new/ann@example.com",), ("not_sent/ann@example.com",)]
