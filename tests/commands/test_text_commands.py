"""The commands about texts: what they print, and what they do not."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from tests.services.texts.text_house import Connection, empty, inbound, outgoing, somebody, thread
from tests.support.command_line import Run, environ, run
from voicebot.commands.reconcile import moment
from voicebot.services.texts.receive import receive
from voicebot.settings import load_settings
from voicebot.storage.database import PostgresDatabase
from voicebot.wiring import build_runtime

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]


@pytest.fixture(autouse=True)
def no_texts(owner: Connection) -> Iterator[None]:
    empty(owner)
    yield


@pytest.fixture
def written(dsn: str, tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Let somebody write to us."""
    database = PostgresDatabase(dsn, max_size=2)
    runtime = build_runtime(load_settings({"VOICEBOT_DATA_DIR": str(tmp_path / "w")}), database)

    def write(number: str, body: str) -> None:
        receive(runtime, inbound(number, body))

    yield write
    database.close()


def test_threads_are_listed_with_masked_numbers(run: Run, written: Any, owner: Connection):
    number = somebody()
    written(number, "Hello")

    code, out, _ = run("texts", "list")

    assert code == 0
    assert number not in out
    assert f"***{number[-2:]}" in out
    assert thread(owner, number)["id"] in out
    assert number in run("texts", "list", "--full")[1]


def test_json_masks_numbers_too(run: Run, written: Any):
    number = somebody()
    written(number, "Hello")

    [row] = json.loads(run("texts", "list", "--json")[1])["conversations"]

    assert row["customer_identifier"] == f"***{number[-2:]}"
    assert number not in run("texts", "list", "--json")[1]


def test_threads_come_page_by_page(run: Run, written: Any):
    numbers = [somebody() for _ in range(3)]
    for number in numbers:
        written(number, "Hello")

    first = json.loads(run("texts", "list", "--json", "--full", "--limit", "2")[1])
    second = json.loads(run("texts", "list", "--json", "--full", "--next", first["next"])[1])
    told = run("texts", "list", "--limit", "2")[1]

    threads = first["conversations"] + second["conversations"]
    assert [thread["customer_identifier"] for thread in threads] == numbers[::-1]
    assert second["next"] is None
    assert f"More: --next {first['next']}" in told


def test_what_was_said_before_is_the_next_page(run: Run, written: Any):
    number = somebody()
    for body in ("first", "second", "third"):
        written(number, body)

    end = json.loads(run("texts", "show", number, "--json", "--limit", "2")[1])
    start = json.loads(run("texts", "show", number, "--json", "--next", end["next"])[1])

    said = [[message["content"] for message in page["messages"]] for page in (start, end)]
    assert said == [["first"], ["second", "third"]]
    assert (end["conversation"]["customer_identifier"], start["next"]) == (f"***{number[-2:]}", None)


@pytest.mark.parametrize(
    ("scope", "reason", "words", "line"),
    [
        (
            "all",
            "STOP",
            "no texts, no calls",
            "texted STOP. What they write is kept and not answered until they text",
        ),
        ("texts", "30004", "no texts", "blocks us. What they write is kept"),
        ("all", "operator", "no texts, no calls", "until an operator lifts it."),
        ("calls", "spoken_request", "no calls", "Nobody calls this number; texts are answered."),
    ],
)
def test_who_opted_out_is_told_so_in_lists_and_threads(
    run: Run, written: Any, owner: Connection, scope: str, reason: str, words: str, line: str
):
    number = somebody()
    written(number, "Hello")
    before = run("texts", "list")[1], run("texts", "show", number)[1]
    owner.execute(
        "insert into public.suppressions (phone_number, scope, reason, since) values (%s, %s, %s, '2026-11-28T12:00Z')",
        [number, scope, reason],
    )

    listed, shown = run("texts", "list")[1], run("texts", "show", number)[1]
    [row] = json.loads(run("texts", "list", "--json")[1])["conversations"]

    assert words in listed
    assert "no texts" not in before[0]
    assert "Opted out" not in before[1]
    assert "Opted out since Nov 28 12:00:00 (UTC)" in shown
    assert line in shown
    assert row["suppressed"] == {
        "texts": scope != "calls",
        "calls": scope != "texts",
        "since": "2026-11-28T12:00:00+00:00",
        "reason": reason,
    }


def test_one_thread_is_shown_by_number(run: Run, written: Any):
    number = somebody()
    written(number, "Are you open?")

    code, out, _ = run("texts", "show", number)

    assert (code, "Are you open?" in out, "they" in out) == (0, True, True)


def test_a_reaction_is_shown_as_one(run: Run, written: Any):
    number = somebody()
    written(number, "\U0001f44d to \u201cWe are open until six.\u201d")

    _, out, _ = run("texts", "show", number)
    _, printed, _ = run("texts", "show", number, "--json")

    assert "reaction" in out
    assert json.loads(printed)["messages"][0]["kind"] == "reaction"


def test_a_request_for_erasure_is_listed(run: Run, written: Any):
    written(somebody(), "Delete my data please")

    _, out, _ = run("escalations", "list", "--reason", "erasure_requested")

    assert "Delete my data please" in out


def test_a_failure_is_told_in_words(run: Run, written: Any, owner: Connection):
    number = somebody()
    written(number, "Hello")
    owner.execute(
        "update public.sms_history set status = 'failed', error_code = '30003' where phone_number = %s",
        [number],
    )

    assert "off or out of reach" in run("texts", "show", number)[1]


def test_a_thread_that_is_not_there_is_an_error(run: Run):
    code, _, err = run("texts", "show", "+12125550199")

    assert (code, "`python -m voicebot texts list` shows them" in err) == (1, True)


def test_people_can_take_a_thread_over_and_give_it_back(run: Run, written: Any, owner: Connection):
    number = somebody()
    written(number, "Hello")

    assert run("texts", "answer", number, "off")[0] == 0
    assert thread(owner, number)["ai_mode"] == "OFF"
    assert thread(owner, number)["id"] in run("texts", "list", "--off")[1]
    assert run("texts", "answer", number, "on")[0] == 0
    assert thread(owner, number)["ai_mode"] == "ON"


def test_an_onboarding_is_started_by_hand(run: Run, owner: Connection):
    number = somebody()

    code, out, _ = run("onboarding", "start", number, "--first-name", "Ann")

    assert (code, "on its way" in out) == (0, True)
    assert len(outgoing(owner, number)) == 1
    assert run("onboarding", "start", number)[0] == 1


def test_a_file_is_imported_and_reported(run: Run, owner: Connection, tmp_path: Path):
    number, file = somebody(), tmp_path / "people.csv"
    file.write_text(f"phone_number,first_name\n{number},Ann\nnonsense,Bob\n")

    code, out, _ = run("onboarding", "import", str(file))

    assert code == 1
    assert "no phone number" in out
    assert number not in out
    assert len(outgoing(owner, number)) == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n1,2\n"])
def test_a_file_that_is_no_list_is_refused(run: Run, tmp_path: Path, content: bytes):
    file = tmp_path / "people.csv"
    file.write_bytes(content)

    assert run("onboarding", "import", str(file))[0] == 2


def test_a_file_of_a_spreadsheet_is_read_and_one_that_is_broken_is_shown_where(run, tmp_path):
    sheet, broken = tmp_path / "sheet.csv", tmp_path / "broken.csv"
    sheet.write_bytes(
        "sep=;\r\nTelefon;Vorname\r\n\u202a+1\u2011202\u2011555\u20110177\u202c;Zoë\r\n".encode("utf-16")
    )
    broken.write_text('phone,first_name\n+12025550178,"Ann\n')

    read = run("onboarding", "import", str(sheet), "--dry-run")
    refused = run("onboarding", "import", str(broken), "--dry-run")

    assert read[0] == 0
    assert "valid" in read[1]
    assert refused[0] == 2
    assert 'line 2: a quote that opens in this line is not closed: `…78,"Ann`' in refused[2]


def test_reconciling_says_when_the_carrier_cannot_be_reached(run: Run):
    code, _, err = run("reconcile", "--since", "30m")

    assert (code, "twilio failed" in err) == (1, True)


@responses.activate
def test_since_is_how_far_back_the_carrier_is_asked(run: Run):
    for name in ("Messages", "Calls"):
        page = {name.lower(): [], "next_page_uri": None}
        responses.get(re.compile(rf".*/{name}\.json"), json=page)

    code, out, _ = run("reconcile", "--since", "2026-11-20T18:00Z", "--json")

    asked = [dict(parse_qsl(urlsplit(call.request.url).query)) for call in responses.calls]
    assert (code, set(json.loads(out).values())) == (0, {0})
    assert asked[0]["DateSent>"] == asked[1]["StartTime>"] == "2026-11-20T18:00:00Z"


@pytest.mark.parametrize("text", ["yesterday", "5x", "", "-1h", "2999-01-01"])
def test_since_is_a_span_or_a_time(run: Run, text: str):
    assert run("reconcile", f"--since={text}")[0] == 2


def test_since_knows_its_time_zone():
    assert moment("2026-11-20T18:00").tzinfo is not None
    assert moment("2d").tzinfo is not None


def test_a_thread_is_found_however_its_number_is_typed(run: Run, written: Any):
    number = somebody()
    written(number, "Hello")
    typed = f"({number[2:5]}) {number[5:8]}-{number[8:]}"

    assert "Hello" in run("texts", "show", typed)[1]
    assert number[-2:] in run("texts", "list", "--number", typed)[1]


def test_a_filter_that_finds_nothing_is_not_said_to_be_an_empty_house(run: Run, written: Any):
    written(somebody(), "Hello")

    assert run("texts", "list", "--number", "abc")[1].startswith("No such threads.")


def test_a_file_that_is_not_there_is_told_once(run: Run, tmp_path: Path):
    code, _, err = run("onboarding", "import", str(tmp_path / "none.csv"))

    assert (code, err.count("none.csv"), "Errno" in err) == (2, 1, False)


def test_why_a_text_failed_stands_behind_its_words(run: Run, written: Any, owner: Connection):
    number = somebody()
    written(number, "Hello")
    owner.execute(
        "update public.sms_history set status = 'failed', error_code = '30003' where phone_number = %s",
        [number],
    )

    [line] = [line for line in run("texts", "show", number)[1].splitlines() if "Hello" in line]

    assert re.search(r"failed +Hello \(", line)


def test_no_advice_is_masked_like_a_number(run: Run):
    assert "…" not in run("verifications", "unlock", "12")[2]
