"""How many texts of one number and one prefix are answered, and what one more is told."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.services.texts.text_house import Connection, answer_all, onboarded, outgoing, rows, texts
from tests.support.providers import ScriptedModel
from tests.support.servers import remove_rows
from voicebot.domain.thread.phrases import TEXTS_TOO_MANY, TEXTS_TOO_MUCH
from voicebot.runtime import Runtime
from voicebot.settings import load_settings
from voicebot.storage.caps import list_refused

pytestmark = pytest.mark.sql
OPERATOR = "+12025550199"
MANY, MUCH = TEXTS_TOO_MANY.split(",")[0], TEXTS_TOO_MUCH.split(".")[0]
_numbers = (f"+1{area}55501{last:02d}" for last in itertools.count(1) for area in (202, 212, 303, 312, 404))


@pytest.fixture(autouse=True)
def nobody_wrote_yet(owner: Connection) -> Iterator[None]:
    remove_rows(
        owner,
        "caller_counters",
        "daily_spending",
        "sms_history",
        "conversations",
        "support_escalations",
        "suppressions",
    )
    yield


@pytest.fixture
def house(make_runtime: Callable[..., Runtime], tmp_path: Any) -> Callable[..., Runtime]:
    def make(**settings: str) -> Runtime:
        told = {"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR, **settings}
        return make_runtime(settings=load_settings(told))

    return make


@pytest.fixture
def person(runtime: Runtime, owner: Connection) -> str:
    """Somebody who is asked no questions first."""
    number = next(_numbers)
    onboarded(runtime, owner, number)
    return number


def said(owner: Connection, number: str) -> list[str]:
    return [row["content"] for row in outgoing(owner, number)]


def wanted(owner: Connection, number: str) -> list[bool]:
    return [row["wants_answer"] for row in rows(owner, number, "inbound")]


def told(owner: Connection) -> list[tuple[str, str]]:
    return owner.execute("select reason, message from public.support_escalations").fetchall()  # type: ignore[return-value]


def test_one_text_too_many_is_kept_not_answered_and_told_once(
    house: Callable[..., Runtime], owner: Connection, person: str, model: ScriptedModel
) -> None:
    runtime = house(MAX_HOURLY_TEXTS_PER_NUMBER="3")

    for n in range(8):
        texts(runtime, person, f"Question {n}: when are you open?")
        answer_all(runtime)

    assert wanted(owner, person) == [True] * 3 + [False] * 5
    assert len(rows(owner, person, "inbound")) == 8
    assert len(model.requests) == 3
    assert [MANY in each for each in said(owner, person)] == [False] * 3 + [True]
    assert told(owner) == [
        ("too_many_texts", "3 texts an hour are the most of one number: more are refused.")
    ]


def test_an_hour_later_texts_are_answered_again_with_what_was_said_meanwhile(
    house: Callable[..., Runtime], owner: Connection, person: str, model: ScriptedModel
) -> None:
    runtime = house(MAX_HOURLY_TEXTS_PER_NUMBER="1")
    for words in ("Hello there", "My bicycle is blue"):
        texts(runtime, person, words)
        answer_all(runtime)
    owner.execute(
        "update public.caller_counters set recent = array(select r - interval '61 minutes' from unnest(recent) r)"
    )

    texts(runtime, person, "What colour is it?")
    answer_all(runtime)

    assert len(model.requests) == 2
    assert "blue" in str(model.requests[-1].messages)


@pytest.mark.parametrize("word", ["STOP", "stop", "Please stop texting me", "UNSUBSCRIBE"])
def test_stop_is_obeyed_over_every_cap(
    house: Callable[..., Runtime], owner: Connection, person: str, word: str
) -> None:
    runtime = house(MAX_HOURLY_TEXTS_PER_NUMBER="1", MAX_DAILY_TEXTS_USD="0")
    for _ in range(3):
        texts(runtime, person, "Hello there")

    texts(runtime, person, word)

    assert owner.execute(
        "select count(*) from public.suppressions where phone_number = %s", [person]
    ).fetchone() == (1,)


def test_a_prefix_has_a_cap_of_its_own_and_ten_of_it_are_told(
    house: Callable[..., Runtime], owner: Connection, runtime: Runtime
) -> None:
    capped = house(MAX_HOURLY_TEXTS_PER_PREFIX="5")
    neighbours = [f"+1617555{n:04d}" for n in range(100, 120)]
    for number in neighbours:
        onboarded(runtime, owner, number)

    for number in neighbours:
        texts(capped, number, "When are you open?")

    answered = [number for number in neighbours if wanted(owner, number) == [True]]
    assert answered == neighbours[:5]
    assert [any(MANY in each for each in said(owner, number)) for number in neighbours] == [False] * 5 + [
        True
    ] * 10 + [False] * 5
    assert list_refused(capped.database)[1] == {"texts": 15}


def test_a_text_that_comes_twice_is_one(
    house: Callable[..., Runtime], owner: Connection, person: str
) -> None:
    runtime = house(MAX_HOURLY_TEXTS_PER_NUMBER="2")

    for _ in range(5):
        texts(runtime, person, "Hello there", message_sid="SM" + "7" * 32)
    texts(runtime, person, "Hello again")

    assert wanted(owner, person) == [True, True]


def test_what_nobody_would_answer_uses_nothing_up(
    house: Callable[..., Runtime], owner: Connection, person: str
) -> None:
    runtime = house(MAX_HOURLY_TEXTS_PER_NUMBER="1")
    for _ in range(3):
        texts(runtime, person, "HELP")

    texts(runtime, person, "When are you open?")

    assert wanted(owner, person)[-1] is True


def test_answers_are_paid_and_without_money_nobody_is_answered_until_the_next_day(
    house: Callable[..., Runtime], owner: Connection, person: str, model: ScriptedModel
) -> None:
    runtime = house(MAX_DAILY_TEXTS_USD="0.01")

    for _ in range(4):
        texts(runtime, person, "When are you open?")
        answer_all(runtime)
    (usd,) = owner.execute("select sum(usd) from public.daily_spending where purse = 'texts'").fetchone()  # type: ignore[misc]
    before = len(model.requests)
    owner.execute("update public.daily_spending set day = day - 1")
    texts(runtime, person, "And today?")
    answer_all(runtime)

    assert before == 1
    assert float(usd) > 0.0113
    assert [MUCH in each for each in said(owner, person)][:2] == [False, True]
    assert told(owner) == [
        (
            "too_many_texts",
            "The day's money for texts is spent (0.01 USD): more are refused until midnight UTC.",
        )
    ]
    assert len(model.requests) == 2


def test_the_defaults_let_a_long_chat_through(
    house: Callable[..., Runtime], owner: Connection, person: str
) -> None:
    runtime = house()

    for n in range(41):
        texts(runtime, person, f"And what about number {n}?")

    assert wanted(owner, person) == [True] * 40 + [False]
