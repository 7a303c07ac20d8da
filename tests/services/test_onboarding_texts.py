"""Onboardings that operators begin, lists of people, and reminders: few, by day, and only while a question is open."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.services.test_answer_threads import answer_all, onboarded
from tests.services.text_house import Connection, empty, outgoing, somebody, texts, thread
from voicebot.runtime import Runtime
from voicebot.services.remind_onboarding import remind_onboarding
from voicebot.services.start_onboarding import (
    ImportRefused,
    Invitation,
    Started,
    import_people,
    start_onboarding,
)
from voicebot.storage.threads import due_reminders

pytestmark = pytest.mark.sql

# In New York it is 10 in the morning, and 3 at night.
DAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_texts(owner: Connection) -> Iterator[None]:
    empty(owner)
    yield


def status_of(owner: Connection, number: str) -> str:
    [(status,)] = owner.execute(
        "select onboarding_status from public.user_profiles where phone_number = %s", [number]
    ).fetchall()
    return str(status)


def quiet_for(owner: Connection, hours: float) -> None:
    owner.execute(
        "update public.conversations set last_message_at = now() - make_interval(secs => %s)", [hours * 3600]
    )


# --- beginning ------------------------------------------------------------------------------------


def test_an_operator_begins_an_onboarding(runtime: Runtime, owner: Connection):
    number = somebody()

    started = start_onboarding(runtime, Invitation(number))

    assert started.result == "started"
    [row] = outgoing(owner, number)
    assert (row["kind"], row["outbox_state"]) == ("onboarding", "generated")
    assert status_of(owner, number) == "sms_sent"
    assert owner.execute(
        "select message_type from public.onboarding_messages where phone_number = %s", [number]
    ).fetchall() == [("welcome",)]


def test_an_onboarding_that_runs_is_not_begun_again(runtime: Runtime, owner: Connection):
    number = somebody()
    start_onboarding(runtime, Invitation(number))

    again = start_onboarding(runtime, Invitation(number))

    assert (again.result, again.code) == ("refused", "running")
    assert len(outgoing(owner, number)) == 1


def test_who_is_onboarded_is_left_alone(runtime: Runtime, owner: Connection):
    number = somebody()
    onboarded(runtime, owner, number)

    assert start_onboarding(runtime, Invitation(number)).result == "completed"
    assert outgoing(owner, number) == []


def test_who_said_stop_is_not_invited(runtime: Runtime, owner: Connection):
    number = somebody()
    texts(runtime, number, "STOP")

    assert start_onboarding(runtime, Invitation(number)) == Started("refused", "suppressed")


@pytest.mark.parametrize("number", ["+881612345678", "+19005550123", "+442071838750"])
def test_numbers_that_may_not_be_texted_are_refused(runtime: Runtime, number: str):
    assert start_onboarding(runtime, Invitation(number)) == Started("refused", "not_textable")


def test_who_is_writing_just_now_is_answered_instead(runtime: Runtime, owner: Connection):
    number = somebody()
    texts(runtime, number, "Hello")

    assert start_onboarding(runtime, Invitation(number)) == Started("refused", "busy")


def test_a_known_name_is_kept_and_not_asked_for(runtime: Runtime, owner: Connection):
    number = somebody()

    start_onboarding(runtime, Invitation(number, "Ann", "Smith"))

    assert owner.execute(
        "select first_name, last_name from public.user_profiles where phone_number = %s", [number]
    ).fetchone() == ("Ann", "Smith")
    assert thread(owner, number)["state"]["onboarding"]["question"] == "location"


def test_a_dropped_call_goes_on_with_the_very_next_question(runtime: Runtime, owner: Connection):
    number = somebody()
    for words in ("Hello", "Ann Smith"):
        texts(runtime, number, words)
        answer_all(runtime)
    before = outgoing(owner, number)

    started = start_onboarding(runtime, Invitation(number, call_dropped=True))

    assert started.result == "started"
    [new] = outgoing(owner, number)[len(before) :]
    assert "city" in new["content"]


# --- lists ----------------------------------------------------------------------------------------


def test_a_list_is_reported_row_by_row(runtime: Runtime, owner: Connection):
    first, second = somebody(), somebody()
    text = (
        "\ufeffName, Phone Number ,First Name\n"
        f"x,{first},Ann\n"
        f"x,({second[2:5]}) {second[5:8]}-{second[8:]},Bob\n"
        f"x,{first},Ann again\n"
        "x,not a number,\n"
        "x,+881612345678,\n"
    )

    report = list(import_people(runtime, text))

    assert [(row.line, row.result, row.code) for row in report] == [
        (2, "started", None),
        (3, "started", None),
        (4, "refused", "repeated"),
        (5, "refused", "not_a_number"),
        (6, "refused", "not_textable"),
    ]
    assert all(first not in row.number for row in report)
    assert len(outgoing(owner, second)) == 1


def test_a_list_can_be_tried_first(runtime: Runtime, owner: Connection):
    number = somebody()

    [row] = import_people(runtime, f"phone\n{number}\n", dry_run=True)

    assert row.result == "valid"
    assert outgoing(owner, number) == []


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "phone\0\n", 'phone\n"' + "x" * 200_000])
def test_what_is_no_list_is_refused_before_anything_happens(runtime: Runtime, text: str):
    with pytest.raises(ImportRefused):
        list(import_people(runtime, text))


# --- reminders ------------------------------------------------------------------------------------


def reminded(make_runtime: Callable[..., Runtime], moment: datetime) -> int:
    return remind_onboarding(make_runtime(now=lambda: moment))


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


def test_two_rounds_at_once_remind_once(make_runtime, runtime: Runtime, owner: Connection):
    number = somebody()
    start_onboarding(runtime, Invitation(number))
    quiet_for(owner, 30)

    counts = [reminded(make_runtime, DAY) for _ in range(2)]

    assert sorted(counts) == [0, 1]


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

    pages = due_reminders(runtime.database, first_after_s=3600, second_after_s=3600, page_size=1)

    assert [due.number for due in pages] == [sleeper, awake]
    assert reminded(make_runtime, DAY) == 1


# --- stop, and start again ------------------------------------------------------------------------


def test_stop_in_the_middle_fails_the_onboarding_at_once_and_start_tells_how_to_go_on(
    runtime: Runtime, owner: Connection
):
    number = somebody()
    for words in ("Hello", "Ann Smith"):
        texts(runtime, number, words)
        answer_all(runtime)

    texts(runtime, number, "STOP")
    answer_all(runtime)
    assert status_of(owner, number) == "failed"
    before = len(outgoing(owner, number))

    texts(runtime, number, "START")
    answer_all(runtime)
    [back] = outgoing(owner, number)[before:]
    assert "CONTINUE" in back["content"]
    assert status_of(owner, number) == "failed"

    texts(runtime, number, "continue")
    answer_all(runtime)
    assert "city" in outgoing(owner, number)[-1]["content"]
    assert status_of(owner, number) == "sms_sent"


def test_a_start_that_ends_no_onboardings_stop_is_left_to_the_carrier(runtime: Runtime, owner: Connection):
    number = somebody()
    onboarded(runtime, owner, number)
    for words in ("Hello", "STOP", "START"):
        texts(runtime, number, words)
        answer_all(runtime)

    assert len(outgoing(owner, number)) == 1
    assert status_of(owner, number) == "completed"


# --- what the texts say of themselves -------------------------------------------------------------


def test_the_first_text_says_who_writes_and_how_to_stop(runtime: Runtime, owner: Connection):
    for number, dropped in ((somebody(), False), (somebody(), True)):
        start_onboarding(runtime, Invitation(number, call_dropped=dropped))

        [first] = outgoing(owner, number)
        assert runtime.settings.service_name in first["content"]
        assert "STOP" in first["content"]
        assert "[" not in first["content"]


def test_who_may_have_no_more_codes_is_told_when_instead_of_being_promised_one(
    runtime: Runtime, owner: Connection
):
    number = somebody()
    for words in ("Hello", "Ann Smith", "Boston", "any", "no"):
        texts(runtime, number, words)
        answer_all(runtime)
    # As if it were the third in ten minutes.
    owner.execute(
        """update public.verification_counters
              set members = jsonb_build_array(
                  jsonb_build_array(extract(epoch from now()) - 300, %(number)s::text, 'US'),
                  jsonb_build_array(extract(epoch from now()) - 200, %(number)s::text, 'US')) || members
            where action = 'send' and scope = 'number' and subject = %(number)s""",
        {"number": number},
    )

    texts(runtime, number, "new code")
    answer_all(runtime)

    assert "Text me CODE in" in outgoing(owner, number)[-1]["content"]
