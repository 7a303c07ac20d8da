"""Who got no answer because of country, kind of line or a cap is counted and listed for the operator."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.services.texts.text_house import answer_all, empty, queue, somebody, texts, with_settings
from tests.support.carriers import TextCarrier
from tests.support.command_line import Run, environ, run
from tests.support.servers import remove_rows
from voicebot.domain.page_cursor import BY_TIME_AND_NAME
from voicebot.domain.texts.unanswered import why_unanswered, words_for
from voicebot.services.texts.send import send_due_texts
from voicebot.services.verification import verify_phone
from voicebot.storage.pages import Part
from voicebot.storage.unanswered import UnansweredFilter, count_unanswered, list_unanswered

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]


@pytest.fixture
def house(make_runtime, owner, tmp_path):
    empty(owner)
    remove_rows(owner, "verifications")
    return with_settings(make_runtime, TextCarrier(), tmp_path, ALLOWED_COUNTRIES="US")


def since():
    return datetime.now(UTC) - timedelta(days=1)


def seen(house):
    rows = list_unanswered(house.database, UnansweredFilter(since())).rows
    allowed = house.settings.allowed_countries
    return {
        (row["number"], row["channel"], why_unanswered(row["why"], row["number"], allowed)): row["times"]
        for row in rows
    }


def test_whoever_wrote_in_vain_is_listed_once_with_the_reason_and_counted(house):
    for sender in (
        "+447400123456",
        "+447400123456",
        "+19005550123",
        "whatsapp:+5215512345678",
        "anonymous",
        "12345",
    ):
        channel = "whatsapp" if sender.startswith("whatsapp") else "sms"
        texts(house, sender, "Hello?", channel=channel)
        answer_all(house)

    assert seen(house) == {
        ("+447400123456", "sms", "country"): 2,
        ("+19005550123", "sms", "line"): 1,
        ("+525512345678", "whatsapp", "country"): 1,
        ("anonymous", "sms", "withheld"): 1,
        ("12345", "sms", "line"): 1,
    }
    counted = count_unanswered(house.database, since())
    assert (counted.people, counted.times) == (5, 6)


def test_a_text_of_ours_that_may_not_leave_is_listed(house):
    queue(house, "+447400123457")
    while send_due_texts(house):
        pass

    assert seen(house) == {("+447400123457", "sms", "country"): 1}


def test_codes_that_were_asked_for_in_vain_are_listed(house):
    verify_phone.start(house, "+447400123458", "sms")

    assert seen(house) == {("+447400123458", "code", "country"): 1}


def test_whoever_gets_too_many_replies_is_listed(house, owner):
    number = somebody()
    refused = queue(house, number)
    owner.execute(
        "update public.sms_history set outbox_state = 'failed', error_code = 'capped', part = 0 where id = %s",
        [refused],
    )

    assert seen(house) == {(number, "sms", "capped"): 1}


def test_whoever_is_answered_is_not_listed(house):
    for sender in (somebody(), "+17872345678", "whatsapp:+17872345679"):
        texts(house, sender, "Hello", channel="whatsapp" if sender.startswith("whatsapp") else "sms")
    answer_all(house)

    assert seen(house) == {}


def test_a_row_of_before_says_when_the_settings_have_changed_since():
    assert why_unanswered("not_textable", "+447400123456", {"GB"}) == "allowed_now"
    assert words_for("country", "+447400123456") == "GB is not in ALLOWED_COUNTRIES"


def test_pages_show_each_telephone_once(house):
    for place in range(5):
        texts(house, f"+44740012346{place}", "Hello?")
        answer_all(house)

    first = list_unanswered(house.database, UnansweredFilter(since()), Part(3))
    shown = [row["number"] for row in first.rows]
    rest = list_unanswered(
        house.database, UnansweredFilter(since()), Part(3, BY_TIME_AND_NAME.read(first.next))
    )

    assert sorted(shown + [row["number"] for row in rest.rows]) == [
        f"+44740012346{place}" for place in range(5)
    ]
    assert rest.next is None


def test_the_command_lists_and_counts_them(house, run: Run):
    texts(house, "+447400123459", "Hello?")
    answer_all(house)

    code, told, _ = run("texts", "unanswered")
    _, listed, _ = run("texts", "unanswered", "--json", "--full")
    _, threads, _ = run("texts", "list")

    assert code == 0
    assert "GB is not in ALLOWED_COUNTRIES" in told
    assert "+447400123459" not in told
    assert "nobody: see `texts unanswered`" in threads
    assert "1 telephones in 7 days, 1 times." in told
    (row,) = json.loads(listed)["unanswered"]
    assert (row["number"], row["why"], row["times"]) == ("+447400123459", "country", 1)
