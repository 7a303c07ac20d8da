"""What both transports promise, said once and held against each of them."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from tests.support.waiting import wait_for
from voicebot.storage.database import DatabaseAway, DatabaseBug, PostgresDatabase, SupabaseDatabase

pytestmark = pytest.mark.sql
TRANSPORTS = ["postgres", pytest.param("supabase", marks=pytest.mark.lite)]
LIMIT_S = 0.5


def opened(transport, request, limit_s=3.0):
    if transport == "postgres":
        return PostgresDatabase(request.getfixturevalue("contract_dsn"), statement_timeout_s=limit_s)
    server = request.getfixturevalue("one_lite")
    server.revive()
    return SupabaseDatabase(server.url, server.key, read_timeout_s=limit_s)


@pytest.fixture(scope="module", params=TRANSPORTS)
def shared(request):
    database = opened(request.param, request)
    yield database
    database.close()


@pytest.fixture(params=TRANSPORTS)
def impatient(request):
    database = opened(request.param, request, limit_s=LIMIT_S)
    yield database
    database.close()


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": {"b": [1, -2, 2.5, True, False, None, "x"]}},
        [{"deep": [[[]]]}],
        {"Grüße": "你好 \U0001f600 \t\n\\ \" ' % %s $1 :x {}"},
        {"largest": 2**53 - 1, "smallest": -(2**53) + 1, "fraction": 0.1},
    ],
)
def test_json_comes_back_as_it_went(shared, value):
    assert shared.call("contract_echo", value=value, label="l") == {"value": value, "label": "l"}


def test_a_large_value_comes_back_whole(shared):
    text = "0123456789abcdé" * 70_000

    assert shared.call("contract_echo", value={"text": text})["value"]["text"] == text


def test_every_type_of_parameter_arrives_as_that_type(shared):
    at = datetime(2025, 3, 30, 2, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-7)))
    identity = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")

    arrived = shared.call(
        "contract_types",
        words="w",
        small=-7,
        large=2**40,
        flag=False,
        ratio=0.25,
        id=identity,
        at=at,
        body=[1],
    )

    assert arrived == {
        "words": "w", "small": -7, "large": 2**40, "flag": False, "ratio": 0.25, "id": str(identity),
        "at": "2025-03-30T09:30:15.123456", "body": "array",
    }  # fmt: skip


def test_texts_serve_as_uuid_and_time_and_small_numbers_as_large_ones(shared):
    arrived = shared.call(
        "contract_types", words="", small=1, large=1, flag=True, ratio=2,
        id="6f9619ff-8b86-d011-b42d-00c04fc964ff", at="2025-01-01T00:00:00Z", body={},
    )  # fmt: skip

    assert (arrived["words"], arrived["large"], arrived["ratio"]) == ("", 1, 2)
    assert arrived["at"] == "2025-01-01T00:00:00.000000"


def test_every_parameter_may_be_null(shared):
    names = ("words", "small", "large", "flag", "ratio", "id", "at", "body")

    arrived = shared.call("contract_types", **dict.fromkeys(names))

    assert arrived == dict.fromkeys(names)


def test_times_and_ids_inside_json_become_text(shared):
    identity, at = uuid4(), datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)

    arrived = shared.call("contract_echo", value={"id": identity, "at": [at]})["value"]

    assert arrived["id"] == str(identity)
    assert datetime.fromisoformat(arrived["at"][0]) == at


def test_a_parameter_left_out_has_its_default(shared):
    assert shared.call("contract_echo") == {"value": None, "label": "unlabelled"}


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ("nothing", None),
        ("text", "words"),
        ("number", 2.5),
        ("list", [1, None, {}]),
        ("yes", True),
        ("object", {}),
    ],
)
def test_any_json_may_be_the_answer(shared, wanted, answer):
    assert shared.call("contract_answer", wanted=wanted) == answer


def test_what_jsonb_refuses_is_cleaned_on_the_way(shared):
    arrived = shared.call("contract_echo", value={"k\x00": ["a\x00b", "\ud800"]}, label="\x00\udfff")

    assert arrived == {"value": {"k\ufffd": ["a\ufffdb", "\ufffd"]}, "label": "\ufffd\ufffd"}


def test_functions_run_as_service_role(shared):
    assert shared.call("contract_session")["user"] == "service_role"


def test_a_refusal_is_an_answer(shared):
    assert shared.call("contract_refuse") == {"result": "refused", "code": "too_many"}


def test_a_real_function_answers(shared):
    assert shared.call("job_health")["failed"] == 0


@pytest.mark.parametrize(
    ("function", "params"),
    [
        ("contract_nowhere", {}),
        ("contract_echo", {"no_such_parameter": 1}),
        ("contract_forbidden", {}),
        ("contract_types", {"words": "x"}),
    ],
)
def test_a_call_that_does_not_fit_is_a_bug(shared, function, params):
    with pytest.raises(DatabaseBug):
        shared.call(function, **params)


def test_a_broken_constraint_is_a_bug_that_names_no_value(shared):
    number = f"+1202555{uuid4().int % 10_000:04}"
    shared.call("contract_add", name=number)

    with pytest.raises(DatabaseBug) as failure:
        shared.call("contract_add", name=number)

    assert failure.value.sqlstate == "23505"
    assert "contract_rows_pkey" in str(failure.value)
    assert number not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


def test_a_wrong_value_is_a_bug_that_does_not_repeat_it(shared):
    with pytest.raises(DatabaseBug) as failure:
        shared.call("contract_sleep", seconds="secret words")

    assert failure.value.sqlstate == "22P02"
    assert "secret" not in str(failure.value)


def test_a_function_that_fails_leaves_nothing_behind(shared):
    name = str(uuid4())

    with pytest.raises(DatabaseBug):
        shared.call("contract_add", name=name, then_fail=True)

    assert shared.call("contract_add", name=name) == {"result": "added"}


def test_bugs_do_not_count_as_the_database_being_away(shared):
    for _ in range(5):
        with pytest.raises(DatabaseBug):
            shared.call("contract_forbidden")

    assert not shared.health.away
    assert shared.call("contract_refuse")


def test_many_threads_may_call_at_once(shared):
    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(lambda n: shared.call("contract_echo", value={"n": n})["value"]["n"], range(200))
        )

    assert answers == list(range(200))


def test_a_function_that_takes_too_long_is_the_database_being_away(impatient):
    started = time.monotonic()

    with pytest.raises(DatabaseAway):
        impatient.call("contract_sleep", seconds=5)

    assert time.monotonic() - started < LIMIT_S + 1


def test_after_three_timeouts_calls_fail_at_once_and_a_second_later_one_looks_again(impatient):
    for _ in range(3):
        with pytest.raises(DatabaseAway):
            impatient.call("contract_sleep", seconds=5)
    started = time.monotonic()

    with pytest.raises(DatabaseAway):
        impatient.call("contract_refuse")

    assert time.monotonic() - started < 0.1

    def answer() -> str:
        with suppress(DatabaseAway):
            return str(impatient.call("contract_refuse")["result"])
        return ""

    assert wait_for(answer, 5.0, 0.05) == "refused"
    assert time.monotonic() - started > 0.5
