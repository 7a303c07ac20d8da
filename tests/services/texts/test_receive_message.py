"""A text is kept once, with what it asks for; a code in it is not kept at all."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest

from tests.services.texts.text_house import (
    OPERATOR,
    OURS,
    Connection,
    inbound,
    outgoing,
    rows,
    sid,
    somebody,
    texts,
    thread,
)
from voicebot.domain.verification.find import UNREAD
from voicebot.runtime import Runtime
from voicebot.services.texts.receive import receive
from voicebot.services.verification import verify_phone
from voicebot.settings import load_settings
from voicebot.storage.database import DatabaseAway, PostgresDatabase
from voicebot.storage.spool.flusher import SpoolFlusher
from voicebot.storage.texts import conversations
from voicebot.storage.verification import verifications

pytestmark = pytest.mark.sql


def test_a_text_is_kept_and_its_thread_waits(runtime: Runtime, owner: Connection):
    number = somebody()

    text = texts(runtime, number, "Are you open today?")

    [row] = rows(owner, number)
    assert (row["message_sid"], row["direction"], row["content"], row["to_number"]) == (
        text.message_sid,
        "inbound",
        "Are you open today?",
        OURS,
    )
    assert thread(owner, number)["waiting_since"] is not None


def test_a_repeated_text_changes_nothing(runtime: Runtime, owner: Connection):
    text = inbound(somebody(), "Hello")

    results = [receive(runtime, text) for _ in range(3)]

    assert results == ["stored", "duplicate", "duplicate"]
    assert len(rows(owner, text.from_number)) == 1


@pytest.mark.parametrize(
    "sender", ["12345", "MYBANK", "", "whatsapp:US.1234", "client:bob", "+", "whatsapp:"]
)
def test_senders_that_are_no_numbers_are_kept_as_they_came(runtime: Runtime, owner: Connection, sender: str):
    text = inbound(sender, "Hi", channel="whatsapp" if sender.startswith("whatsapp") else "sms")

    assert receive(runtime, text) == "stored"

    found = owner.execute(
        "select from_number from public.sms_history where message_sid = %s", [text.message_sid]
    ).fetchone()
    assert found == (sender,)


def test_an_empty_body_with_pictures_is_kept(runtime: Runtime, owner: Connection):
    number = somebody()
    media = [{"url": f"https://api.twilio.com/m/{place}", "content_type": "image/png"} for place in range(10)]

    texts(runtime, number, "", media=media, channel="mms")

    [row] = rows(owner, number)
    assert (row["content"], len(row["media"]), row["channel"]) == ("", 10, "mms")
    assert thread(owner, number)["channel"] == "sms"


def test_a_text_without_a_name_is_dropped(runtime: Runtime):
    assert receive(runtime, inbound(somebody(), "Hello", message_sid="")) == "dropped"


def test_a_thread_that_people_answer_is_kept_and_told_to_the_operator(
    make_runtime: Callable[..., Runtime], owner: Connection, tmp_path
):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR})
    runtime, number = make_runtime(settings=settings), somebody()
    owner.execute("delete from public.sms_history where to_number = %s", [OPERATOR])
    texts(runtime, number, "Hello")
    conversations.set_ai_mode(runtime.database, _id(owner, number), "OFF")

    texts(runtime, number, "Is anybody there?")

    assert thread(owner, number)["waiting_since"] is None
    [notice] = outgoing(owner, OPERATOR)
    assert notice["kind"] == "operator_notice"
    assert "anybody" not in notice["content"]
    assert number not in notice["content"]
    [(reason,)] = owner.execute(
        "select reason from public.support_escalations where conversation_id = %s", [_id(owner, number)]
    ).fetchall()
    assert reason == "ai_off"


def test_a_code_is_checked_and_kept_nowhere(runtime: Runtime, owner: Connection):
    number = somebody()
    code = _code(runtime, number)

    texts(runtime, number, f"my code is {code}")

    row = rows(owner, number, "inbound")[-1]
    assert (row["content"], row["code_outcome"]) == ("my code is [code]", "approved")
    assert code not in owner.execute("select string_agg(m::text, '') from public.sms_history m").fetchone()[0]


@pytest.mark.parametrize(
    "words", ["{0}", "it's {0}", "my code is {0} and then I forgot", "four eight two", "cuatro ocho"]
)
def test_a_text_in_which_no_code_is_understood_is_no_try_and_is_not_kept(
    runtime: Runtime, owner: Connection, words: str
):
    number = somebody()
    code = _code(runtime, number)

    texts(runtime, number, words.format(code[:4]))

    row = rows(owner, number, "inbound")[-1]
    assert (row["content"], row["code_outcome"]) == (UNREAD, None)
    assert owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchone() == (0,)


def test_who_wants_no_more_texts_is_heard_also_beside_half_a_code(runtime: Runtime, owner: Connection):
    number = somebody()
    _code(runtime, number)

    texts(runtime, number, "4829 no more texts please")

    assert runtime.database.call("is_suppressed", number=number)


class Unstored:
    """The database, away whenever a text is to be stored."""

    def __init__(self, database):
        self._database = database

    def call(self, function, /, **params):
        if function == "message_received":
            raise DatabaseAway(function)
        return self._database.call(function, **params)


def test_a_text_that_answers_a_verification_never_lies_in_the_spool(
    runtime: Runtime, make_runtime: Callable[..., Runtime]
):
    number = somebody()
    code = _code(runtime, number)
    away = make_runtime(database=Unstored(runtime.database))
    away.spool.probe()

    with pytest.raises(DatabaseAway):
        receive(away, inbound(number, code))

    assert away.spool.waiting() == []
    assert receive(away, inbound(somebody(), "Are you open today?")) == "spooled"


def test_who_texted_while_the_database_was_away_stays_in_order(
    runtime: Runtime, make_runtime: Callable[..., Runtime], owner: Connection
):
    number, other = somebody(), somebody()
    away = make_runtime(database=Unstored(runtime.database))
    away.spool.probe()

    first = receive(away, inbound(number, "first"))
    later = [receive(runtime, inbound(who, "later")) for who in (number, other)]
    SpoolFlusher(runtime.spool, runtime.database).flush()

    assert (first, later) == ("spooled", ["spooled", "stored"])
    assert [row["content"] for row in rows(owner, number)] == ["first", "later"]


def test_a_repeated_wrong_code_counts_once(runtime: Runtime, owner: Connection):
    number = somebody()
    code = _code(runtime, number)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    text = inbound(number, wrong)

    for _ in range(3):
        receive(runtime, text)

    [(attempts,)] = owner.execute(
        "select attempts from public.verifications where phone_number = %s", [number]
    ).fetchall()
    assert attempts == 1


def test_a_text_that_may_hold_a_code_is_kept_nowhere_while_that_cannot_be_asked(make_runtime):
    nowhere = PostgresDatabase(psycopg.conninfo.make_conninfo(host="/nonexistent", dbname="x"))
    runtime = make_runtime(database=nowhere)

    with pytest.raises(DatabaseAway):
        receive(runtime, inbound(somebody(), "123456"))

    nowhere.close()


def test_nothing_of_a_text_reaches_the_log(runtime: Runtime, caplog):
    caplog.set_level("DEBUG")
    number = somebody()

    texts(runtime, number, "a secret word", message_sid=sid())

    logged = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "secret" not in logged
    assert number not in logged


def _code(runtime: Runtime, number: str) -> str:
    asked = verify_phone.start(runtime, number, "sms")
    assert asked.id is not None
    one = verifications.running_verification(runtime.database, number, None)
    assert one is not None
    return verify_phone.code_of(runtime, one)


def _id(owner: Connection, number: str) -> UUID:
    return UUID(thread(owner, number)["id"])
