"""What callbacks never told is found in the carrier's own lists, and repaired once."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter

from tests.services.aftermath import CALLER, new_sid
from tests.services.reconcile_house import MINUTES, arrived, hour_ago, house, phone
from tests.services.text_house import (
    OURS,
    outgoing,
    queue,
    rows,
    somebody,
    texts,
    thread,
)
from tests.support.limits import limits_with
from voicebot.domain.texts.reports import TextReport
from voicebot.providers.ports import Outcome, ProviderCall, ProviderError, ProviderMedia
from voicebot.services.texts.report_status import record_message_status
from voicebot.services.texts.send import send_due_texts
from voicebot.services.upkeep import reconcile as reconciling
from voicebot.services.upkeep.reconcile import TrailingWindow, reconcile
from voicebot.storage.database import DatabaseBug
from voicebot.worker.jobs import product_rounds

__all__ = ["house", "phone"]

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


def test_a_text_that_never_reached_us_is_kept_and_waits_for_its_answer(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Did you get this?", 5 * MINUTES)]

    done = reconcile(house, hour_ago())

    assert (done.texts_found, done.too_old) == (1, 0)
    assert [row["content"] for row in rows(owner, number)] == ["Did you get this?"]
    assert thread(owner, number)["waiting_since"] is not None


def test_what_was_found_too_late_is_kept_and_not_answered(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Hello?", timedelta(hours=3))]

    done = reconcile(house, hour_ago())

    assert (done.texts_found, done.too_old) == (1, 1)
    assert thread(owner, number)["waiting_since"] is None


def test_running_it_again_changes_nothing(house, carrier, owner):
    carrier.messages = [arrived(somebody(), "Hello?", 5 * MINUTES)]
    reconcile(house, hour_ago())

    again = reconcile(house, hour_ago())

    assert (again.texts_found, again.statuses_moved, again.calls_moved) == (0, 0, 0)


def test_a_text_that_is_only_just_in_is_left_to_its_webhook(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Hello?", timedelta(seconds=5))]

    reconcile(house, hour_ago())

    assert rows(owner, number) == []


def test_texts_to_numbers_of_other_programs_are_not_ours(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Hello?", 5 * MINUTES, to_number="+12025550198")]

    reconcile(house, hour_ago())

    assert rows(owner, number) == []


def test_pictures_of_a_found_text_are_kept_with_it(house, carrier, owner):
    number = somebody()
    message = arrived(number, "", 5 * MINUTES, media_count=1)
    carrier.messages = [message]
    carrier.media = {message.sid: [ProviderMedia("https://api.twilio.com/m/1", "image/png")]}

    reconcile(house, hour_ago())

    [row] = rows(owner, number)
    assert (row["channel"], row["media"][0]["content_type"]) == ("mms", "image/png")


def test_a_stop_that_was_missed_holds_from_when_it_was_said(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "STOP", 10 * MINUTES)]
    texts(house, number, "START", observed_at=datetime.now(UTC) - 5 * MINUTES)

    reconcile(house, hour_ago())

    assert owner.execute(
        "select count(*) from public.suppressions where phone_number = %s and until is null", [number]
    ).fetchone() == (0,)


def test_a_delivery_that_nobody_told_is_made_up_for(house, carrier, owner):
    number = somebody()
    queue(house, number)
    send_due_texts(house)
    carrier.messages = [replace(carrier.messages[0], status="delivered", sent_at=datetime.now(UTC) - MINUTES)]

    done = reconcile(house, hour_ago())

    assert done.statuses_moved == 1
    assert outgoing(owner, number)[0]["status"] == "delivered"


def test_a_text_that_stands_still_for_long_is_asked_for_by_name(house, carrier, owner):
    number = somebody()
    queue(house, number)
    send_due_texts(house)
    owner.execute("update public.sms_history set sending_at = now() - interval '1 hour'")
    # Never sent, so without a time: no list by time has it.
    carrier.messages = [replace(carrier.messages[0], status="failed", error_code="30003")]

    reconcile(house, hour_ago())

    row = outgoing(owner, number)[0]
    assert (row["status"], row["error_code"]) == ("failed", "30003")


def test_what_was_found_too_late_says_so_and_is_for_a_person(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Hello?", timedelta(hours=3))]

    reconcile(house, hour_ago())

    [row] = rows(owner, number)
    assert row["details"]["too_late_to_answer"] is True
    assert owner.execute("select reason from public.support_escalations").fetchall() == [("too_late",)]


class Picky:
    """The database, but of one text it says each time that its fact is a fault of ours."""

    def __init__(self, database, refused):
        self._database, self._refused = database, refused

    def call(self, function, /, **params):
        if params.get("message_sid") == self._refused:
            raise DatabaseBug(function, "22P02")
        return self._database.call(function, **params)


def test_a_text_that_cannot_be_kept_does_not_hold_up_the_others(house, carrier, owner, make_runtime, phone):
    poison, good = (arrived(somebody(), "Hello?", minutes * MINUTES) for minutes in (3, 5))
    carrier.messages = [poison, good]
    picky = make_runtime(database=Picky(house.database, poison.sid), messaging=carrier, telephony=phone)

    done = reconcile(picky, hour_ago())

    assert (done.texts_found, done.failed) == (1, 1)
    assert len(rows(owner, good.from_number)) == 1


def test_a_text_whose_pictures_are_gone_is_kept_without_them(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Look!", 5 * MINUTES, media_count=1)]
    carrier.list_media = _gone

    assert reconcile(house, hour_ago()).texts_found == 1
    assert [(row["content"], row["media"]) for row in rows(owner, number)] == [("Look!", [])]


def _gone(_sid):
    raise ProviderError("twilio", "20404", Outcome.REFUSED)


def test_the_round_looks_back_over_all_the_time_in_which_nobody_did(house, carrier, owner):
    asked: list[timedelta] = []
    listing, clock = carrier.list_messages, {"now": datetime.now(UTC)}

    def listed(*, sent_after, limit):
        asked.append(clock["now"] - sent_after)
        if clock.get("away"):
            raise ProviderError("twilio", "timeout", Outcome.UNKNOWN)
        return listing(sent_after=sent_after, limit=limit)

    carrier.list_messages = listed
    house.now = lambda: clock["now"]
    round_ = TrailingWindow()
    for minutes, away in ((0, False), (5, False), (10, True), (180, True), (185, False), (190, False)):
        clock |= {"now": clock["now"] + (minutes - clock.get("at", 0)) * MINUTES, "at": minutes, "away": away}
        round_(house)

    hours = [span / timedelta(hours=1) for span in asked]
    # A start looks back a day; the failures of two hours and more are made up for by the round after them.
    assert hours == pytest.approx([24, 1 + 5 / 60, 1 + 5 / 60, 1 + 175 / 60, 4, 1 + 5 / 60])


def test_a_round_that_left_something_out_is_not_the_last_word(house, carrier, phone, make_runtime):
    poison = arrived(somebody(), "Hello?", 5 * MINUTES)
    carrier.messages = [poison]
    picky = make_runtime(database=Picky(house.database, poison.sid), messaging=carrier, telephony=phone)
    picky.now = lambda: datetime.now(UTC) + timedelta(hours=6)
    round_ = TrailingWindow()

    round_(picky)
    house.now = picky.now
    round_(house)

    assert len(house.database.call("known_message_sids", sids=[poison.sid])["known"]) == 1


def test_a_text_that_the_carrier_does_not_know_by_name_does_not_hold_up_the_others(house, carrier, owner):
    strange, number = somebody(), somebody()
    for each in (strange, number):
        queue(house, each)
        send_due_texts(house)
    owner.execute("update public.sms_history set sending_at = now() - interval '1 hour'")
    carrier.messages = [replace(carrier.messages[0], status="delivered")]

    assert reconcile(house, hour_ago()).statuses_moved == 1
    assert [outgoing(owner, each)[0]["status"] for each in (strange, number)] == ["queued", "delivered"]


@pytest.fixture
def account(house, owner):
    """Numbers of the account as `numbers sync` leaves them: none is connected."""
    listed = [{"phone_id": "PN1", "full_number": OURS}, {"phone_id": "PN2", "full_number": "+12025550198"}]
    house.database.call("sync_numbers", provider_name="twilio", numbers=listed)
    yield listed
    owner.execute("delete from public.provider_phone_numbers")


def test_what_comes_in_on_a_number_that_is_not_connected_is_another_programs(
    house, carrier, phone, owner, account
):
    number, call, dialled = somebody(), new_sid(), new_sid()
    carrier.messages = [arrived(number, "Hello?", 5 * MINUTES)]
    phone.calls[call] = ProviderCall(call, "completed", "inbound", CALLER, OURS)
    phone.calls[dialled] = ProviderCall(dialled, "completed", "outbound-api", OURS, CALLER)

    done = reconcile(house, hour_ago())

    # Nor did we place the call that was dialled with our number: no attempt of ours names it.
    assert (done.texts_found, done.calls) == (0, 0)
    assert rows(owner, number) == []


def test_a_connected_number_beside_the_configured_one_is_ours(house, carrier, owner, account):
    number = somebody()
    house.database.call("connect_number", provider_name="twilio", number=account[1], before={}, registered={})
    carrier.messages = [arrived(number, "Hello?", 5 * MINUTES, to_number="+12025550198")]

    assert reconcile(house, hour_ago()).texts_found == 1


@pytest.mark.parametrize("count", [1, 2, 5, 6])
def test_however_long_the_carriers_list_is_nothing_of_it_is_left_out(house, carrier, count):
    house.limits = limits_with(text={"page": 2})
    carrier.messages = [arrived(somebody(), "Hello?", 5 * MINUTES) for _ in range(count)]

    assert reconcile(house, hour_ago()).texts_found == count


def test_of_a_twentieth_of_the_callbacks_that_got_lost_the_next_round_knows_everything(house, carrier, owner):
    chance = random.Random(35)
    people = [somebody() for _ in range(40)]
    carrier.messages = [arrived(number, f"Text of {number}", 5 * MINUTES) for number in people]
    heard = [message for message in carrier.messages if chance.random() > 0.05]
    for message in heard:
        texts(house, message.from_number, message.body, message_sid=message.sid)
    for number in people:
        queue(house, number)
    while send_due_texts(house):
        pass
    ends = {"delivered": None, "undelivered": "30003", "failed": "30007"}
    for place, message in enumerate(carrier.messages):
        if message.direction != "inbound":
            status = chance.choice(sorted(ends))
            moved = {"status": status, "error_code": ends[status], "sent_at": datetime.now(UTC) - MINUTES}
            carrier.messages[place] = replace(message, **moved)
            if chance.random() > 0.05:
                told = TextReport(message.sid, status, error_code=ends[status])
                record_message_status(house, told)

    done = reconcile(house, hour_ago())

    books = {message.sid: (message.status, message.error_code) for message in carrier.messages}
    kept = owner.execute("select message_sid, status, error_code from public.sms_history").fetchall()
    assert {name: (status, code) for name, status, code in kept} == books
    assert done.texts_found == len(people) - len(heard) > 0
    assert done.statuses_moved > 0


def test_the_round_comes_often_enough_for_what_was_missed_to_be_answered():
    cron, _ = product_rounds()["reconcile"]
    moments = croniter(cron, datetime(2026, 11, 20, tzinfo=UTC))
    first, second = moments.get_next(datetime), moments.get_next(datetime)

    assert second - first <= timedelta(minutes=15)
    assert second - first + reconciling.LEAVE_ALONE < reconciling.WINDOW <= reconciling.TOO_OLD_TO_ANSWER


def test_a_carrier_that_is_away_is_asked_in_the_next_round(house, carrier, caplog):
    carrier.list_messages = _away

    TrailingWindow()(house)

    assert [record.message for record in caplog.records] == ["not reconciled"]


def _away(**_):
    raise ProviderError("twilio", "timeout", Outcome.UNKNOWN)
    yield
