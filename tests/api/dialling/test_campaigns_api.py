"""Campaigns over the API."""

import csv
import io
import json
import uuid

import pytest

from tests.services.tables.workbooks import Formula, packed, workbook

pytestmark = pytest.mark.sql
PATH = "/api/v1/campaigns"


def numbers(count):
    return [f"+1303{uuid.uuid4().int % 10**7:07d}" for _ in range(count)]


@pytest.fixture
def campaign(api):
    return api.post(PATH, json={"name": "spring", "purpose": "asked_for"}).json


def send(api, campaign, text, **query):
    return api.post(f"{PATH}/{campaign['id']}/people", data=text, content_type="text/csv", query_string=query)


def test_a_campaign_is_made_filled_previewed_started_edited_and_reported(api, campaign):
    path = f"{PATH}/{campaign['id']}"
    people = "\n".join(["name,mobile", *(f"Ann,{one}" for one in ("+13035550142", "+13035550143"))])

    added = send(api, campaign, people)
    preview = api.get(f"{path}/preview")
    started = api.patch(path, json={"state": "running", "revision": 1})
    edited = api.patch(path, json={"concurrent": 4, "time_window": {"mon": [["09:00", "17:00"]]}})
    paused = api.patch(path, json={"state": "paused"})
    report = api.get(f"{path}/report")
    canceled = api.patch(path, json={"state": "canceled"})

    assert (campaign["state"], campaign["revision"]) == ("draft", 1)
    assert (added.json["imported"], added.json["phone_column"], added.json["unused"]) == (
        2,
        "mobile",
        ["name"],
    )
    assert preview.json["callable"] == preview.json["waiting"] == 2
    assert started.json["state"] == "running"
    assert (edited.json["concurrent"], edited.json["revision"]) == (4, 3)
    assert paused.json["state"] == "paused"
    assert (report.json["people"], report.json["by_status"]) == (2, {"queued": 2})
    assert canceled.json["state"] == "canceled"
    assert api.get(path).json == canceled.json


def test_with_bad_rows_nobody_is_imported_unless_it_is_asked_for(api, campaign):
    text = "phone,name\n1.4155E+10,Ann\n+13035550142,Ben\n"

    looked = send(api, campaign, text).json
    imported = send(api, campaign, text, skip_bad=1).json

    assert (looked["imported"], looked["rejected"], looked["ready"]) == (0, 1, 1)
    (bad,) = looked["bad"]
    assert (bad["line"], bad["column"], bad["cell"], bad["code"]) == (2, "phone", "1.4155E+10", "rounded")
    assert "lost its last digits" in bad["reason"]
    assert (imported["imported"], imported["rejected"], imported["ready"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"state": "running"}, 409, "nobody", "state"),
        ({"state": "paused"}, 409, "wrong_state", "state"),
        ({"state": "done"}, 400, "invalid_request", "state"),
        ({"name": None}, 400, "invalid_request", "name"),
        ({"revision": 7, "concurrent": 2}, 409, "changed_meanwhile", None),
        ({"template": "none such"}, 422, "unknown_template", "template"),
        ({"time_window": {"mon": [["9", "17:00"]]}}, 400, "invalid_request", "time_window"),
        ({"time_window": {"monday": []}}, 400, "invalid_request", "time_window"),
        ({"redial": {"busy": [1]}}, 400, "invalid_request", "redial"),
        ({"concurrent": 0}, 400, "invalid_request", "concurrent"),
        ({"user_id": "x"}, 400, "invalid_request", None),
    ],
)
def test_what_is_wrong_is_named(api, campaign, changes, status, code, field):
    answer = api.patch(f"{PATH}/{campaign['id']}", json=changes)

    error = answer.json["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (status, code, field)


def test_a_dry_run_says_what_would_be_and_adds_nobody(api, campaign):
    text = "phone,name\n+13035550142,Ann\n(303) 555-0142,Ann\nnone,Ben\n"

    looked = send(api, campaign, text, dry_run=1, skip_bad=1).json
    report = api.get(f"{PATH}/{campaign['id']}/report").json

    assert [looked[name] for name in ("rows", "imported", "rejected", "duplicates", "ready")] == [
        3,
        0,
        1,
        1,
        1,
    ]
    assert report["people"] == 0


def test_a_workbook_is_taken_and_its_sheet_is_told(api, campaign):
    content = workbook(Notes=[["to do"]], May=[["Who", "Line"], ["Ann", 13035550142], ["Ben", 1.4155e10]])

    looked = send(api, campaign, content).json
    imported = send(api, campaign, content, skip_bad=1, sheet="may").json
    wrong = send(api, campaign, content, sheet="June")

    assert (looked["sheet"], looked["phone_column"], looked["ready"]) == ("May", "Line", 1)
    assert [one["code"] for one in looked["bad"]] == ["rounded"]
    assert (imported["imported"], imported["rejected"]) == (1, 1)
    assert (wrong.status_code, "May" in wrong.json["error"]["message"]) == (400, True)


def test_the_bad_rows_come_back_as_a_file_that_can_be_mended_and_sent_again(api, campaign):
    text = 'phone,name,note\n1.4155E+10,Ann,"=HYPERLINK(""http://x"")"\n+13035550142,Ben,\n12,-Cy,@home\n+49,Di,-5\n'

    answer = send(api, campaign, text, skip_bad=1, format="csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    mended = (
        answer.text.replace("1.4155E+10", "+13035550143")
        .replace("12,", "+13035550144,")
        .replace("+49", "+13035550145")
    )
    again = send(api, campaign, mended).json

    assert answer.mimetype == "text/csv"
    assert answer.headers["Import-Counts"] == "rows=4, imported=1, rejected=3, duplicates=0, ready=0"
    assert rows[0] == ["phone", "name", "note", "row", "column", "reason"]
    assert [row[2:5] for row in rows[1:]] == [
        ["'=HYPERLINK(\"http://x\")", "2", "phone"], ["'@home", "4", "phone"], ["-5", "5", "phone"],
    ]  # fmt: skip
    assert rows[2][1] == "'-Cy"
    assert (again["imported"], again["rejected"], again["unused"]) == (3, 0, ["name", "note"])
    entries = api.get("/api/v1/queue", query_string={"number": "+13035550144"}).json["entries"]
    here = [one["variables"] for one in entries if one["campaign_id"] == campaign["id"]]
    assert here == [{"name": "-Cy", "note": "@home"}]


def test_without_bad_rows_the_file_of_them_is_empty(api, campaign):
    answer = send(api, campaign, "phone\n+13035550142\n", format="csv")

    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize(
    "content",
    [
        workbook([["phone"], ["+13035550142"]])[:400],
        workbook([["phone"], [Formula("A1")]]),
        packed({"a.txt": "x"}),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"phone\n" + b"1" * 100_000,
        b"phone\n+1303\x005550142\n",
    ],
)
def test_a_file_that_is_broken_stores_nothing(api, campaign, content):
    answer = send(api, campaign, content, skip_bad=1)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_csv")
    assert api.get(f"{PATH}/{campaign['id']}/report").json["people"] == 0


def test_a_body_that_is_too_large_is_not_read(api, campaign):
    path = f"{PATH}/{campaign['id']}/people"

    said = api.post(path, environ_overrides={"wsgi.input": Endless(), "CONTENT_LENGTH": str(60 << 20)})
    unsaid = api.post(path, environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True})

    assert (said.status_code, unsaid.status_code) == (413, 413)


class Endless(io.RawIOBase):
    """A client that never stops sending."""

    def readable(self):
        return True

    def readinto(self, room):
        room[:] = b"1" * len(room)
        return len(room)


@pytest.mark.parametrize("text", ["", "name\nAnn\n", "phone\n\0\n", "+13035550142\n"])
def test_a_file_that_is_no_list_of_people_is_refused(api, campaign, text):
    answer = send(api, campaign, text)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_csv")


def test_the_list_has_pages_and_filters(api):
    made = [api.post(PATH, json={"name": f"c{n}"}).json["id"] for n in range(3)]

    first = api.get(PATH, query_string={"page_size": 2}).json
    second = api.get(PATH, query_string={"page_size": 1, "before": first["next"]}).json

    assert [one["id"] for one in first["campaigns"] + second["campaigns"]] == made[::-1]
    assert api.get(PATH, query_string={"state": "done"}).json["campaigns"] == []


@pytest.mark.parametrize("name", ["00000000-0000-4000-8000-000000000000", "nonsense"])
def test_a_campaign_that_is_not_there_is_not_found(api, name):
    answers = [
        api.get(f"{PATH}/{name}"), api.get(f"{PATH}/{name}/preview"), api.get(f"{PATH}/{name}/report"),
        api.patch(f"{PATH}/{name}", json={"state": "running"}), send(api, {"id": name}, "phone\n+13035550142\n"),
    ]  # fmt: skip

    assert {one.status_code for one in answers} == {404}


# --- tables -------------------------------------------------------------------------------------------


def dialled(owner, campaign, number, **facts):
    """A call of before, as the dialler keeps it."""
    row = {"kind": "talk", "attempt_number": 1, "state": "done", "to_number": number, **facts}
    owner.execute(
        f"""insert into public.call_attempts (call_queue_id, campaign_id, {", ".join(row)})
            select id, campaign_id, {", ".join(["%s"] * len(row))} from public.call_queue
             where campaign_id = %s and recipient_number = %s""",
        [*row.values(), campaign["id"], number],
    )


def test_people_are_listed_by_number_with_what_came_of_the_newest_dial(api, campaign, owner):
    send(api, campaign, "phone,name\n+13035550143,Ben\n+13035550142,Ann\n+13035550144,Cy\n")
    dialled(owner, campaign, "+13035550143", transport_result="busy", call_sid=f"CA{uuid.uuid4().hex}")
    dialled(
        owner, campaign, "+13035550143", attempt_number=2, transport_result="completed", answered_by="human", goal="reached"
    )  # fmt: skip
    path = f"{PATH}/{campaign['id']}/people"

    first = api.get(path, query_string={"page_size": 2}).json
    second = api.get(path, query_string={"page_size": 2, "before": first["next"]}).json

    people = first["people"] + second["people"]
    assert [one["to"] for one in people] == ["+13035550142", "+13035550143", "+13035550144"]
    assert (people[1]["transport"], people[1]["answered_by"], people[1]["goal"]) == (
        "completed",
        "human",
        "reached",
    )
    assert (people[0]["transport"], people[0]["variables"], second["next"]) == (None, {"name": "Ann"}, None)


def test_the_table_of_people_holds_what_the_list_shows(api, campaign, owner):
    numbers = sorted(f"+1303555{n:04}" for n in range(450))
    cells = ["=1+1", "+Ann", "-5", "@x", "Ann", "Zoë", "a,b", 'say "hi"']
    send(
        api,
        campaign,
        "phone,name\n"
        + "".join(
            f'{each},"{cells[n % 8].replace(chr(34), chr(34) * 2)}"\n' for n, each in enumerate(numbers)
        ),
    )
    dialled(
        owner,
        campaign,
        numbers[3],
        transport_result="completed",
        goal="reached",
        goal_evidence="=cmd|' /C calc'!A0",
    )
    path, listed, before = f"{PATH}/{campaign['id']}/people", [], None
    while True:
        page = api.get(path, query_string={"page_size": 200} | ({"before": before} if before else {})).json
        listed += page["people"]
        before = page["next"]
        if not before:
            break

    answer = api.get(path, query_string={"format": "csv"})

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.mimetype == "text/csv"
    assert [row["to"] for row in rows] == numbers
    for row, shown in zip(rows, listed, strict=True):
        for name, cell in row.items():
            value = shown[name]
            if isinstance(value, dict):
                assert json.loads(cell) == value
            elif isinstance(value, str) and value.startswith("="):
                assert cell == f"'{value}"
            else:
                assert cell == ("" if value is None else str(value))


def test_the_table_of_a_report_holds_what_the_report_shows(api, campaign):
    campaign = api.post(PATH, json={"name": '=HYPERLINK("http://x")', "purpose": "asked_for"}).json
    send(api, campaign, "phone\n+13035550142\n+13035550143\n")
    path = f"{PATH}/{campaign['id']}/report"

    shown = api.get(path).json
    rows = list(csv.reader(io.StringIO(api.get(path, query_string={"format": "csv"}).text)))

    assert rows[0] == ["figure", "name", "value"]
    figures = {(figure, name): value for figure, name, value in rows[1:]}
    assert figures["campaign", "name"] == '\'=HYPERLINK("http://x")'
    assert figures["people", ""] == str(shown["people"]) == "2"
    assert figures["by_status", "queued"] == "2"
    flat = sum(len(value) if isinstance(value, dict) else 1 for value in shown.values())
    assert len(figures) == flat


@pytest.mark.parametrize("path", ["people", "report"])
def test_there_is_no_table_of_a_campaign_that_is_not_there(api, path):
    answer = api.get(f"{PATH}/{uuid.uuid4()}/{path}", query_string={"format": "csv"})

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_campaign")
