"""A list as a file: whole or not at all, and a page of it in memory at a time, however long it is."""

import tracemalloc

import pytest

from voicebot.console.files import MOST_ROWS, PAGE_ROWS, Leaving, list_as_file
from voicebot.console.routes import Page, Route, Table, Visit
from voicebot.storage.database import DatabaseAway

TABLE = Table("rows", ("id", "words"))
VISIT = Visit(None, None, "127.0.0.1", query={"status": "failed"})  # type: ignore[arg-type]
ROW_BYTES = 500


def list_of(most, asked=None, away_after=None):
    """A route whose list has so many rows; `asked` keeps how it was asked."""

    def show(visit):
        begin = int(visit.query.get("before", 0))
        if asked is not None:
            asked.append((begin, visit.page_rows, visit.query["status"]))
        if away_after is not None and begin >= away_after:
            raise DatabaseAway("connection")
        end = min(begin + visit.page_rows, most)
        rows = [{"id": n, "words": str(n).rjust(ROW_BYTES, "x")} for n in range(begin, end)]
        return Page("list.html", {"rows": rows, "next": str(end) if end < most else None})

    return Route("GET", "/list", "list", show, table=TABLE)


def file_of(route):
    return list_as_file(route, TABLE, VISIT, route.handler(VISIT), Leaving())


@pytest.mark.parametrize(
    "there, rows, name",
    [
        (0, 0, "voicebot.csv"),
        (50, 50, "voicebot.csv"),
        (MOST_ROWS - 1, MOST_ROWS - 1, "voicebot.csv"),
        (MOST_ROWS, MOST_ROWS, "voicebot.csv"),
        (MOST_ROWS + 1, MOST_ROWS, f"voicebot-first-{MOST_ROWS}.csv"),
    ],
)
def test_a_file_has_each_row_once_and_its_name_says_whether_more_were_found(there, rows, name):
    asked = []
    answer = file_of(list_of(there, asked))
    lines = b"".join(answer.response).decode("utf-8-sig").splitlines()

    assert lines[0] == "id,words"
    assert [int(line.split(",")[0]) for line in lines[1:]] == list(range(rows))
    assert f'filename="{name}"' in answer.headers["Content-Disposition"]
    # After the page that was shown, pages are as large as a list has them: each is a question to the database.
    assert {(size, status) for begin, size, status in asked if begin} <= {(PAGE_ROWS, "failed")}


def test_a_list_of_ten_thousand_rows_is_never_in_memory_whole():
    route = list_of(MOST_ROWS)
    tracemalloc.start()
    try:
        answer = file_of(route)
        size = sum(len(piece) for piece in answer.response)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size > MOST_ROWS * ROW_BYTES
    assert peak < size / 5, f"{peak:,} bytes of memory for a file of {size:,}"


def test_a_list_that_breaks_off_is_no_half_of_a_file():
    with pytest.raises(DatabaseAway):
        file_of(list_of(1_000, away_after=450))


def test_the_file_is_gone_when_nobody_reads_it_to_the_end():
    answer = file_of(list_of(1_000))
    kept = next(iter(answer.response)), answer.response
    answer.close()

    assert kept[0]
    with pytest.raises(ValueError, match="closed"):
        list(kept[1])
