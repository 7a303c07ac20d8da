"""Reminders of an open question: two at most, by day where the person is, and to nobody who should be left alone."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from tests.services.text_house import Connection, answer_all, onboarded, outgoing, somebody, texts, thread
from tests.support.reminders import DAY, NIGHT, quiet_for, reminded
from voicebot.runtime import Runtime
from voicebot.services.onboarding.remind import remind_onboarding
from voicebot.services.onboarding.start import Invitation, start_onboarding
from voicebot.storage.texts import conversations
from voicebot.storage.texts.threads import due_reminders

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


def test_there_are_two_reminders_and_no_third(make_runtime, runtime: Runtime, owner: Connection):
    number = somebody()
    start_onboarding(runtime, Invitation(number))
    counts = []

    for _ in range(4):
        quiet_for(owner, 100)
        counts.append(reminded(make_runtime, DAY))

    assert counts == [1, 1, 0, 0]
    assert [row["kind"] for row in outgoing(owner, number)] == ["onboarding", "reminder", "reminder"]


def test_nobody_is_reminded_at_night_or_too_soon(make_runtime, runtime: Runtime, owner: Connection):
    start_onboarding(runtime, Invitation(somebody()))

    quiet_for(owner, 23)
    assert reminded(make_runtime, DAY) == 0
    quiet_for(owner, 25)
    assert reminded(make_runtime, NIGHT) == 0
    assert reminded(make_runtime, DAY) == 1
    # The second comes after three days.
    quiet_for(owner, 70)
    assert reminded(make_runtime, DAY) == 0


def test_their_own_time_zone_counts_more_than_their_numbers(
    make_runtime, runtime: Runtime, owner: Connection
):
    number = somebody()
    start_onboarding(runtime, Invitation(number))
    quiet_for(owner, 30)
    owner.execute(
        "update public.preferences set timezone = 'Asia/Tokyo' where user_id = (select user_id from public.phone_links where phone_number = %s)",
        [number],
    )

    assert reminded(make_runtime, DAY) == 0
    assert reminded(make_runtime, DAY - timedelta(hours=11)) == 1


def test_who_said_stop_or_is_done_is_not_reminded(make_runtime, runtime: Runtime, owner: Connection):
    stopped, done = somebody(), somebody()
    for number in (stopped, done):
        start_onboarding(runtime, Invitation(number))
    texts(runtime, stopped, "STOP")
    onboarded(runtime, owner, done)
    quiet_for(owner, 200)

    assert reminded(make_runtime, DAY) == 0


def test_of_two_rounds_that_found_the_same_person_one_reminds(
    make_runtime, runtime: Runtime, owner: Connection
):
    number = somebody()
    start_onboarding(runtime, Invitation(number))
    quiet_for(owner, 100)
    overtaking: list[int] = []

    def now() -> datetime:
        # Between looking and reminding, another round does both; and the person was quiet long enough for the second.
        if not overtaking:
            overtaking.append(reminded(make_runtime, DAY))
            quiet_for(owner, 100)
        return DAY

    assert remind_onboarding(make_runtime(now=now)) == 0

    assert overtaking == [1]
    assert [row["kind"] for row in outgoing(owner, number)] == ["onboarding", "reminder"]


def due(runtime: Runtime) -> list[str]:
    return [each.number for each in due_reminders(runtime.database, after=[timedelta(hours=1)] * 2)]


def test_nobody_is_found_who_is_not_to_be_reminded(make_runtime, runtime: Runtime, owner: Connection):
    stopped, theirs, waits, twice, blocked, fine = (somebody() for _ in range(6))
    for number in (stopped, theirs, waits, twice, blocked, fine):
        start_onboarding(runtime, Invitation(number))
    conversations.set_ai_mode(runtime.database, UUID(thread(owner, theirs)["id"]), "OFF")
    runtime.database.call("suppress", number=stopped, scope="texts", reason="21610")
    runtime.database.call("block_caller", number=blocked)
    texts(runtime, waits, "one moment")
    owner.execute(
        "update public.conversations set reminders = 2 where customer_identifier = %s",
        [twice],
    )
    quiet_for(owner, 200)

    assert due(runtime) == [fine]
    assert reminded(make_runtime, DAY) == 1
    assert len(outgoing(owner, fine)) == 2


def test_an_answer_that_comes_while_a_reminder_is_made_is_taken_instead(
    make_runtime, runtime: Runtime, owner: Connection
):
    number = somebody()
    start_onboarding(runtime, Invitation(number))
    quiet_for(owner, 30)

    def now() -> datetime:
        texts(runtime, number, "Ann Smith")
        return DAY

    assert remind_onboarding(make_runtime(now=now)) == 0
    answer_all(runtime)

    assert [row["kind"] for row in outgoing(owner, number)] == ["onboarding", "onboarding"]


def test_people_who_sleep_do_not_hide_those_who_are_awake(make_runtime, runtime: Runtime, owner: Connection):
    sleeper, awake = somebody(), somebody()
    for number in (sleeper, awake):
        start_onboarding(runtime, Invitation(number))
    quiet_for(owner, 30)
    # The one who sleeps has waited longer, and is alone on the first page.
    owner.execute(
        "update public.conversations set last_message_at = last_message_at - interval '1 hour' where customer_identifier = %s",
        [sleeper],
    )
    owner.execute(
        "update public.preferences set timezone = 'Asia/Tokyo' where user_id = (select user_id from public.phone_links where phone_number = %s)",
        [sleeper],
    )

    pages = due_reminders(runtime.database, after=[timedelta(hours=1)] * 2, page_size=1)

    assert [due.number for due in pages] == [sleeper, awake]
    assert reminded(make_runtime, DAY) == 1
