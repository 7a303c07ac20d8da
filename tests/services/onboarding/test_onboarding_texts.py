"""Onboardings that operators begin, one or a list of them, and what of them is kept."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.services.texts.text_house import (
    OURS,
    Connection,
    answer_all,
    onboarded,
    outgoing,
    somebody,
    texts,
    thread,
)
from tests.services.verification.verification_desk import code_of
from voicebot.domain.person.effects import SetOnboarding
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.thread.state import ThreadState
from voicebot.runtime import Runtime
from voicebot.services.onboarding.start import (
    ImportRefused,
    Invitation,
    Started,
    import_people,
    start_onboarding,
)
from voicebot.storage.texts import conversations, threads
from voicebot.storage.texts.threads import ReplyText

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


def status_of(owner: Connection, number: str) -> str:
    [(status,)] = owner.execute(
        "select onboarding_status from public.user_profiles where phone_number = %s", [number]
    ).fetchall()
    return str(status)


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


def test_a_thread_that_people_answer_is_not_written_into(runtime: Runtime, owner: Connection):
    number = somebody()
    texts(runtime, number, "Hello")
    conversations.set_ai_mode(runtime.database, UUID(thread(owner, number)["id"]), "OFF")

    assert start_onboarding(runtime, Invitation(number)) == Started("refused", "ai_off")
    assert outgoing(owner, number) == []


def test_who_is_writing_just_now_is_answered_instead(runtime: Runtime, owner: Connection):
    number = somebody()
    texts(runtime, number, "Hello")

    assert start_onboarding(runtime, Invitation(number)) == Started("refused", "busy")


@pytest.mark.parametrize(("holder", "outcome"), [("ours", "newer"), ("another's", "fenced")])
def test_who_writes_while_a_first_text_is_made_is_answered_instead(
    runtime: Runtime, owner: Connection, holder: str, outcome: str
):
    number, token = somebody(), uuid4()
    opened = threads.open_thread(
        runtime.database, number, OURS, channel="sms", token=token, lease_s=15.0
    ).claimed
    assert opened is not None
    texts(runtime, number, "Hello")

    came = threads.push_texts(
        runtime.database,
        opened,
        token=token if holder == "ours" else uuid4(),
        request_key=f"test:{token}",
        state=ThreadState(),
        texts=[ReplyText("Welcome!", TextKind.ONBOARDING)],
        effects=[SetOnboarding("sms_sent")],
    )

    assert came == outcome
    assert outgoing(owner, number) == []
    assert status_of(owner, number) == "pending"


def test_a_known_name_is_kept_and_not_asked_for(runtime: Runtime, owner: Connection):
    number = somebody()

    start_onboarding(runtime, Invitation(number, "Ann", "Smith"))

    assert owner.execute(
        "select first_name, last_name from public.user_profiles where phone_number = %s", [number]
    ).fetchone() == ("Ann", "Smith")
    assert thread(owner, number)["state"]["onboarding"]["question"] == "location"


def test_what_a_person_is_called_already_is_not_written_over_by_a_list(runtime: Runtime, owner: Connection):
    number = somebody()
    runtime.database.call("ensure_user", phone=number)
    owner.execute("update public.user_profiles set first_name = 'Lea' where phone_number = %s", [number])

    start_onboarding(runtime, Invitation(number, "Ann", "Smith"))

    assert owner.execute(
        "select first_name, last_name from public.user_profiles where phone_number = %s", [number]
    ).fetchone() == ("Lea", "Smith")


def test_an_invitation_that_was_refused_holds_up_no_answer(runtime: Runtime, owner: Connection):
    number = somebody()
    start_onboarding(runtime, Invitation(number))
    assert start_onboarding(runtime, Invitation(number)).code == "running"

    texts(runtime, number, "Ann Smith")
    answer_all(runtime)

    assert "city" in outgoing(owner, number)[-1]["content"]


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


def test_a_whole_onboarding_is_kept_with_who_agreed_to_which_words_in_which_text_and_when(
    runtime: Runtime, owner: Connection
):
    number = somebody()
    for words in ("Hello", "Ann Smith", "Boston"):
        texts(runtime, number, words)
        answer_all(runtime)
    if thread(owner, number)["state"]["onboarding"]["question"] == "voice":
        texts(runtime, number, "any")
        answer_all(runtime)
    agreed = texts(runtime, number, "AGREE", observed_at=datetime.now(UTC) - timedelta(minutes=5))
    answer_all(runtime)
    texts(runtime, number, code_of(runtime, number, "onboarding"))
    answer_all(runtime)

    assert owner.execute(
        """select purpose, state, channel, wording_version, source_sid, given_at from public.consents
            where phone_number = %s""",
        [number],
    ).fetchall() == [("marketing", "granted", "sms", "onboarding-1", agreed.message_sid, agreed.observed_at)]
    assert owner.execute(
        """select onboarding_status, status, phone_verified, onboarding_sent_at is not null,
                  onboarding_completed_at is not null
             from public.user_profiles where phone_number = %s""",
        [number],
    ).fetchone() == ("completed", "active", True, True, True)
    assert owner.execute(
        "select message_type from public.onboarding_messages where phone_number = %s order by id", [number]
    ).fetchall() == [("welcome",), ("verification",)]


@pytest.mark.parametrize("later", ["sms_sent", "failed", "completed"])
def test_a_completed_onboarding_stays_so_whatever_comes_late(runtime: Runtime, owner: Connection, later: str):
    """A reminder, a STOP or a second welcome that was decided before the last answer came."""
    number = somebody()
    start_onboarding(runtime, Invitation(number))
    onboarded(runtime, owner, number)
    owner.execute(
        "update public.user_profiles set onboarding_completed_at = '2024-03-04' where phone_number = %s",
        [number],
    )

    owner.execute(
        "select private.set_onboarding(user_id, %s) from public.phone_links where phone_number = %s",
        [later, number],
    )

    assert owner.execute(
        "select onboarding_status, onboarding_completed_at::date::text from public.user_profiles where phone_number = %s",
        [number],
    ).fetchone() == ("completed", "2024-03-04")


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


def test_names_of_a_list_are_kept_without_needless_spaces_and_not_endless(
    runtime: Runtime, owner: Connection
):
    number = somebody()

    list(import_people(runtime, f"phone,first_name,Surname\n{number},  Mary   Ann ,{'x' * 200}\n"))

    assert owner.execute(
        "select first_name, last_name from public.user_profiles where phone_number = %s", [number]
    ).fetchone() == ("Mary Ann", "x" * 80)


def test_a_list_can_be_tried_first(runtime: Runtime, owner: Connection):
    number = somebody()

    [row] = import_people(runtime, f"phone\n{number}\n", dry_run=True)

    assert row.result == "valid"
    assert outgoing(owner, number) == []


@pytest.mark.parametrize(
    "column",
    ["Phone 1 - Value", "Mobile No.", "Phone (mobile)", "Número de teléfono", "Numéro de téléphone", "Handy-Nr.", "WhatsApp"],
)  # fmt: skip
def test_the_number_stands_under_the_names_that_address_books_give_it(runtime: Runtime, column: str):
    [row] = import_people(runtime, f"First,{column},,\nAnn,{somebody()},a,b\n", dry_run=True)

    assert row.result == "valid"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "phone\0\n", 'phone\n"' + "x" * 200_000])
def test_what_is_no_list_is_refused_before_anything_happens(runtime: Runtime, text: str):
    with pytest.raises(ImportRefused):
        list(import_people(runtime, text))


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
