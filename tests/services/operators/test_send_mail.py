"""Mail from a row to a server on a real socket, and what became of it when something broke on the way."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.limits import limits_with
from tests.support.mail_house import PostOffice, mail_house
from tests.support.servers import remove_rows
from tests.support.waiting import wait_for
from voicebot.domain.operators.mail import Mail
from voicebot.limits import FinishLimits
from voicebot.providers.smtp_mailer import SmtpMailer
from voicebot.runtime import Runtime
from voicebot.services.operators.mail_escalation import mail_escalation
from voicebot.services.operators.send_digest import digest_wish, send_digest, yesterday
from voicebot.services.operators.send_mail import send_due_mail, send_now, trial_wish
from voicebot.settings import load_settings
from voicebot.storage.database import DatabaseAway
from voicebot.worker.loops import product_loops

pytestmark = pytest.mark.sql
BERLIN = "Europe/Berlin"
MORNING = datetime(2026, 11, 28, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_mail(owner):
    remove_rows(owner, "email_notifications", "support_escalations", "call_history")


@pytest.fixture
def house() -> Iterator[PostOffice]:
    with mail_house() as opened:
        yield opened


@pytest.fixture
def make(make_runtime: Callable[..., Runtime], house: PostOffice, tmp_path: Path) -> Callable[..., Runtime]:
    """Build processes that mail through the house."""

    def made(now: datetime = MORNING, **environ: str) -> Runtime:
        settings = load_settings(
            {
                "VOICEBOT_DATA_DIR": str(tmp_path),
                "SMTP_URL": f"{house.url}?timeout=1",
                "MAIL_FROM": "Voicebot <voicebot@example.com>",
                "OPERATOR_EMAIL": "ann@example.com",
                "VOICEBOT_DIGEST_AT": "07:30",
                "VOICEBOT_TIMEZONE": BERLIN,
                **environ,
            }
        )
        mailer = SmtpMailer(settings.smtp_url, settings.mail_from)
        return make_runtime(settings=settings, mailer=mailer, now=lambda: now)

    return made


def escalated(owner, reason: str = "message", message: str = "Please call me about the bicycle") -> str:
    call = owner.execute(
        """insert into public.call_history (call_sid, phone_number, direction, from_number, to_number)
           values (%s, '+12025550123', 'inbound', '+12025550123', '+12025550100') returning id""",
        [uuid4().hex],
    ).fetchone()[0]
    row = owner.execute(
        "insert into public.support_escalations (reason, message, call_id) values (%s, %s, %s) returning id",
        [reason, message, call],
    )
    return str(row.fetchone()[0])


def rows(owner) -> list[dict]:
    found = owner.execute(
        "select to_jsonb(m) from public.email_notifications m order by created_at, to_address"
    )
    return [row for (row,) in found.fetchall()]


def let_leases_end(owner) -> None:
    owner.execute("update public.email_notifications set lease_until = now() - interval '1 second'")


# --- escalations ----------------------------------------------------------------------------------


def test_an_escalation_reaches_everybody_who_gets_mail_once(make, house, owner):
    runtime = make(OPERATOR_EMAIL="ann@example.com,bob@example.com")
    escalation = escalated(owner)

    assert [mail_escalation(runtime, escalation) for _ in range(2)] == [2, 0]
    assert [send_due_mail(runtime) for _ in range(3)] == [1, 1, 0]

    assert sorted(mail["to"][0] for mail in house.mails) == ["ann@example.com", "bob@example.com"]
    assert house.mails[0]["subject"] == "Voicebot: a caller left a message"
    assert "+12025550123" in house.mails[0]["text"]
    assert "Please call me about the bicycle" in house.mails[0]["text"]
    assert mail_escalation(runtime, escalation) == 0


def test_the_mail_says_where_and_when_somebody_wants_to_be_called(make, house, owner):
    runtime = make(OPERATOR_EMAIL="ann@example.com")
    escalation = escalated(owner, "call_back")
    owner.execute(
        "update public.support_escalations set call_back_number = '+12025550188', call_back_when = 'after five'"
        " where id = %s",
        [escalation],
    )

    mail_escalation(runtime, escalation)
    send_due_mail(runtime)

    assert "+12025550188, after five" in house.mails[0]["text"]


def test_nothing_that_a_caller_said_is_kept_beside_what_it_speaks_of(make, owner):
    runtime = make()
    mail_escalation(runtime, escalated(owner))
    send_due_mail(runtime)

    (row,) = rows(owner)
    assert row["state"] == "sent"
    assert "bicycle" not in str(row)
    assert "2025550123" not in str(row)


def test_the_log_has_neither_words_nor_addresses(make, owner, caplog):
    runtime = make()
    mail_escalation(runtime, escalated(owner))
    with caplog.at_level("INFO"):
        send_due_mail(runtime)

    told = str([vars(record) for record in caplog.records])
    assert "mail handed over" in told
    assert not any(word in told for word in ("bicycle", "ann@", "2025550123"))


def test_what_an_escalation_was_about_may_be_gone_before_its_mail_left(make, house, owner):
    runtime = make()
    mail_escalation(runtime, escalated(owner))
    owner.execute("delete from public.support_escalations")

    send_due_mail(runtime)

    (row,) = rows(owner)
    assert (row["state"], row["error"]) == ("failed", "escalation_gone")
    assert house.mails == []


def test_without_a_server_or_an_address_nothing_is_queued(make, make_runtime, owner):
    escalation = escalated(owner)

    assert mail_escalation(make_runtime(settings=make().settings), escalation) == 0
    assert mail_escalation(make(OPERATOR_EMAIL="", VOICEBOT_DIGEST_AT=""), escalation) == 0
    assert mail_escalation(make(), uuid4()) == 0
    assert send_due_mail(make_runtime()) == 0
    assert rows(owner) == []


# --- what may go wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "code", "state"),
    [("to", 451, "generated"), ("data", 421, "generated"), ("content", 554, "failed")],
)
def test_what_the_server_says_is_kept(make, house, owner, at, code, state):
    runtime = make()
    mail_escalation(runtime, escalated(owner))
    house.turn(at, code=code, times=1)

    send_due_mail(runtime)

    (row,) = rows(owner)
    assert (row["state"], row["error"]) == (state, f"{at}-{code}")
    owner.execute("update public.email_notifications set not_before = now()")
    send_due_mail(runtime)
    assert len(house.mails) == (state == "generated")


@pytest.mark.parametrize("do", ["drop", "hang"])
def test_a_mail_of_unknown_fate_is_not_sent_again(make, house, owner, do):
    runtime = make()
    mail_escalation(runtime, escalated(owner))
    house.turn("content", do, taken=True, times=1)

    send_due_mail(runtime)
    let_leases_end(owner)

    assert send_due_mail(runtime) == 0
    (row,) = rows(owner)
    assert (row["state"], row["error"]) == ("unknown", "no-answer")
    assert len(house.mails) == 1


class Killed(BaseException):
    """What a process feels of `kill -9`: nothing after it runs."""


def test_a_worker_killed_between_handing_over_and_its_record_sends_nothing_twice(
    make, house, owner, monkeypatch
):
    dying, heir = make(), make()
    mail_escalation(dying, escalated(owner))
    send = dying.mailer.send

    def send_and_die(mail: Mail) -> None:
        send(mail)
        raise Killed

    monkeypatch.setattr(dying.mailer, "send", send_and_die)
    with pytest.raises(Killed):
        send_due_mail(dying)
    assert send_due_mail(heir) == 0
    let_leases_end(owner)

    assert send_due_mail(heir) == 0
    (row,) = rows(owner)
    assert (row["state"], row["error"]) == ("unknown", "sender_gone")
    assert len(house.mails) == 1


def test_a_database_that_is_away_after_the_mail_left_is_told_later(make, house, owner, monkeypatch):
    runtime = make()
    mail_escalation(runtime, escalated(owner))
    call, refused = runtime.database.call, []

    def away_for_a_moment(function: str, **parameters):
        if function == "finish_mail" and len(refused) < 2:
            refused.append(function)
            raise DatabaseAway("gone")
        return call(function, **parameters)

    monkeypatch.setattr(runtime.database, "call", away_for_a_moment)
    runtime.limits = limits_with(mail={"finish": FinishLimits(pause_s=0.01)})
    send_due_mail(runtime)

    assert len(refused) == 2
    assert rows(owner)[0]["state"] == "sent"
    assert len(house.mails) == 1


def test_the_worker_sends_what_is_queued(make, house, owner):
    from voicebot.worker.loops import WorkerLoops

    runtime = make()
    loops = WorkerLoops(runtime, [kind for kind in product_loops() if kind.name == "send-mail"])
    loops.start()
    mail_escalation(runtime, escalated(owner))
    loops.hint()

    wait_for(lambda: len(house.mails) == 1)
    assert loops.stop()


# --- the digest -----------------------------------------------------------------------------------


def test_two_workers_send_one_digest_of_the_day_before(make, house, owner):
    workers = [make(), make()]
    barrier = threading.Barrier(2)

    def work(runtime: Runtime) -> None:
        barrier.wait()
        for _ in range(3):
            send_digest(runtime)
            send_due_mail(runtime)

    threads = [threading.Thread(target=work, args=[runtime]) for runtime in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (mail,) = house.mails
    assert mail["subject"] == "Voicebot: Friday 27 November 2026"
    assert "Friday 27 November 2026" in mail["text"]
    assert "<table>" in mail["html"]
    assert [(row["kind"], row["day"], row["state"]) for row in rows(owner)] == [
        ("digest", "2026-11-27", "sent")
    ]


def test_before_its_time_there_is_no_digest_and_after_an_outage_it_still_comes(make):
    at = datetime.fromisoformat

    assert send_digest(make(now=at("2026-11-28T06:29:00+00:00"))) == 0
    assert send_digest(make(now=at("2026-11-28T22:58:00+00:00"))) == 1
    assert send_digest(make(now=at("2026-11-28T22:59:00+00:00"))) == 0
    assert send_digest(make(now=at("2026-11-29T06:29:00+00:00"))) == 0
    assert send_digest(make(now=at("2026-11-29T06:30:00+00:00"))) == 1


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-03-28T12:00:00+00:00", "2026-03-30T12:00:00+00:00"),
        ("2026-10-24T12:00:00+00:00", "2026-10-26T12:00:00+00:00"),
    ],
)
def test_days_on_which_the_clocks_change_have_one_digest_each(make, owner, first, last):
    """02:30 is left out on one of them, and comes twice on the other."""
    moment, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    runtime = make(VOICEBOT_DIGEST_AT="02:30")
    while moment < end:
        runtime.now = lambda moment=moment: moment
        send_digest(runtime)
        moment = datetime.fromtimestamp(moment.timestamp() + 600, UTC)

    days = [row["day"] for row in rows(owner)]
    assert days == sorted(set(days))
    assert len(days) == 3


def test_without_a_time_or_an_address_there_is_no_digest(make):
    assert send_digest(make(VOICEBOT_DIGEST_AT="")) == 0
    assert send_digest(make(VOICEBOT_DIGEST_AT="", OPERATOR_EMAIL="")) == 0


def test_a_digest_that_is_asked_for_is_sent_at_once_and_once(make, house):
    runtime = make()
    wish = digest_wish(runtime, yesterday(runtime))

    first, again = send_now(runtime, wish), send_now(runtime, wish)

    assert [(one.state, one.ours) for one in (*first, *again)] == [("sent", True), ("sent", False)]
    assert send_digest(runtime) == 0
    assert len(house.mails) == 1


def test_a_test_says_what_happened_to_each(make, house):
    runtime = make(OPERATOR_EMAIL="ann@example.com,bob@example.com")
    house.turn("to", code=550, times=1)

    refused, sent = send_now(runtime, trial_wish(runtime))

    assert (refused.to, refused.state, refused.error) == ("ann@example.com", "failed", "to-550")
    assert (sent.to, sent.state, sent.error) == ("bob@example.com", "sent", None)
    assert len({mail["message_id"] for mail in house.mails}) == 1
