import pytest

from tests.api.people import new_number

pytestmark = pytest.mark.sql
START, CSV = "/api/v1/onboardings", "/api/v1/onboardings/csv"


def texts_to(owner, number):
    return owner.execute(
        "select kind, content from public.sms_history where to_number = %s order by id", [number]
    ).fetchall()


def post_csv(api, text, **query):
    data = text if isinstance(text, bytes) else text.encode()
    return api.post(CSV, data=data, content_type="text/csv", query_string=query)


def test_the_first_question_is_queued_with_the_name_that_was_given(api, owner):
    number = new_number()

    answer = api.post(START, json={"to": number, "first_name": " Ada ", "last_name": "Byron"})

    assert answer.status_code == 202
    assert answer.json["result"] == "started"
    assert {kind for kind, _ in texts_to(owner, number)} == {"onboarding"}
    assert owner.execute(
        "select first_name, last_name, onboarding_status from public.user_profiles where phone_number = %s",
        [number],
    ).fetchone() == ("Ada", "Byron", "sms_sent")
    thread = api.get(f"/api/v1/conversations/{answer.json['conversation_id']}")
    assert thread.json["number"] == number


def test_asking_again_while_it_runs_changes_nothing(api, owner):
    number = new_number()
    first = api.post(START, json={"to": number})
    before = texts_to(owner, number)

    again = api.post(START, json={"to": number})

    assert (again.status_code, again.json["error"]["code"]) == (409, "running")
    assert again.headers["Location"] == f"/api/v1/conversations/{first.json['conversation_id']}"
    assert api.get(again.headers["Location"]).status_code == 200
    assert texts_to(owner, number) == before


def test_who_was_onboarded_before_is_no_failure_and_is_not_asked(api, owner):
    number = new_number()
    api.post(START, json={"to": number})
    owner.execute(
        "update public.user_profiles set onboarding_status = 'completed' where phone_number = %s", [number]
    )
    before = texts_to(owner, number)

    answer = api.post(START, json={"to": number})

    assert (answer.status_code, answer.json["result"]) == (200, "completed")
    assert texts_to(owner, number) == before


def test_why_nobody_was_asked_stands_in_the_answer(api, owner, runtime):
    stopped = new_number()
    runtime.database.call("suppress", number=stopped, scope="all", reason="STOP")

    answers = [api.post(START, json={"to": number}) for number in (stopped, "+447911123456")]

    told = [
        (answer.status_code, answer.json["error"]["code"], answer.json["error"]["field"])
        for answer in answers
    ]
    assert told == [(409, "suppressed", "to"), (422, "not_textable", "to")]
    assert texts_to(owner, stopped) == []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"to": "nobody"}, "invalid_number", "to"),
        ({}, "invalid_request", "to"),
        ({"to": "+12025550123", "first_name": "a" * 81}, "invalid_request", "first_name"),
        ({"to": "+12025550123", "first_name": "a\u0007"}, "invalid_request", "first_name"),
        ({"to": "+12025550123", "age": 3}, "invalid_request", None),
    ],
)
def test_a_wrong_request_is_told_where(api, body, code, field):
    answer = api.post(START, json=body)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)
    assert answer.json["error"].get("field") == field


def test_a_file_is_reported_row_by_row_with_masked_numbers(api, owner, runtime):
    fresh, stopped = new_number(), new_number()
    runtime.database.call("suppress", number=stopped, scope="all", reason="STOP")
    lines = ["phone_number,first_name", f"{fresh},Ada", "hello,Bob", f"{fresh},Again", f"{stopped},Cy"]

    answer = post_csv(api, "\n".join(lines))

    assert answer.status_code == 200
    assert [(row["line"], row["result"], row["code"]) for row in answer.json["rows"]] == [
        (2, "started", None), (3, "refused", "not_a_number"), (4, "refused", "repeated"), (5, "refused", "suppressed"),
    ]  # fmt: skip
    assert (answer.json["started"], answer.json["refused"]) == (1, 3)
    assert fresh not in answer.text and answer.json["rows"][0]["number"].endswith(fresh[-2:])
    assert texts_to(owner, fresh) != []


def test_sending_a_file_again_starts_nobody_twice(api, owner):
    number = new_number()
    text = f"phone_number\n{number}\n"
    post_csv(api, text)
    before = texts_to(owner, number)

    again = post_csv(api, text)

    assert [(row["result"], row["code"]) for row in again.json["rows"]] == [("refused", "running")]
    assert texts_to(owner, number) == before


def test_a_dry_run_starts_nobody(api, owner):
    number = new_number()

    answer = post_csv(api, f"phone\r\n{number}\r\n+447911123456\r\n", dry_run="1")

    assert [row["result"] for row in answer.json["rows"]] == ["valid", "refused"]
    assert texts_to(owner, number) == []
    assert post_csv(api, "phone\n", dry_run="maybe").json["error"]["field"] == "dry_run"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "invalid_csv"),
        (b"name,age\nAda,3\n", "invalid_csv"),
        (b"phone\n\0\n", "invalid_csv"),
        (b'phone,"' + b"x" * 200_000 + b'"\n', "invalid_csv"),
        (b"phone\n" + b"1\n" * 2001, "invalid_csv"),
        (b"\xff\xfe\x00", "invalid_text"),
    ],
)
def test_a_file_that_cannot_be_read_is_400_and_nothing_of_it_is_done(api, text, code):
    answer = post_csv(api, text)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    "encode",
    [
        lambda number: f"phone;first_name\r\n{number};Zoë\r\n".encode("utf-16"),
        lambda number: f"phone;first_name\r\n{number};Zoë\r\n".encode("utf-16-le"),
        lambda number: f"sep=;\r\nphone;first_name\r\n{number};Zoë\r\n".encode("cp1252"),
        lambda number: f"phone\tfirst_name\n\u202a{number}\u202c\tZoë\n".encode(),
        lambda number: f'phone,first_name\n"=""{number}""",Zoë\n'.encode("utf-8-sig"),
        lambda number: f"phone|first_name\n{number[:5]}\u2011{number[5:]}|Zoë\n".encode(),
    ],
)
def test_a_file_is_taken_as_spreadsheets_write_it(api, owner, encode):
    number = new_number()

    answer = post_csv(api, encode(number))

    assert [row["result"] for row in answer.json["rows"]] == ["started"], answer.text
    assert owner.execute(
        "select first_name from public.user_profiles where phone_number = %s", [number]
    ).fetchone() == ("Zoë",)


def test_a_number_that_a_spreadsheet_rounded_is_told_from_one_that_is_none(api):
    answer = post_csv(api, "phone\n4.91512E+11\nhello\n", dry_run="1")

    assert [row["code"] for row in answer.json["rows"]] == ["rounded", "not_a_number"]


@pytest.mark.parametrize("dry_run", ["0", "1"])
def test_a_bomb_of_columns_is_refused_by_its_line_and_starts_nobody(api, owner, dry_run):
    number = new_number()
    bomb = ",".join(["phone", *(str(n % 10) for n in range(190_000))]) + f"\n{number}\n" * 520

    answer = post_csv(api, bomb, dry_run=dry_run)

    assert answer.status_code == 400
    assert "line 1: the line is longer than 65536 characters" in answer.json["error"]["message"]
    assert texts_to(owner, number) == []


def test_a_file_that_is_broken_further_down_starts_nobody(api, owner):
    number = new_number()

    answer = post_csv(api, f'phone,first_name\n{number},Ann\n+12025550123,"Bo\n')

    assert answer.json["error"]["message"].startswith("The file cannot be read: line 3: a quote that opens")
    assert texts_to(owner, number) == []


def test_lines_may_end_as_any_program_ends_them(api):
    number = new_number()

    for end in ("\n", "\r\n", "\r"):
        answer = post_csv(api, f"\ufeffphone{end}{number}{end}", dry_run="true")
        assert [row["result"] for row in answer.json["rows"]] == ["valid"], repr(end)


def test_a_file_may_be_larger_than_other_bodies_and_up_to_a_megabyte(api):
    wide = "phone,first_name\n" + "".join(f"12,{'x' * 400}\n" for _ in range(1000))

    assert post_csv(api, wide, dry_run="1").status_code == 200
    assert post_csv(api, "x" * 1_000_001).status_code == 413
