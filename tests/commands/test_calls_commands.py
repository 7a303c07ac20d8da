"""`calls list` and `calls show`: what they print of calls, and what they hide."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.calls.aftermath import CALLER, Connection, add_call, add_words
from tests.support.command_line import Run, environ, run
from voicebot.storage.calls import calls

__all__ = ["environ", "run"]


@pytest.fixture
def spoken(owner: Connection) -> Iterator[str]:
    """A finished call with words, one of them cut off; its SID."""
    call_id, sid = add_call(
        owner, call_status="completed", ended_at="now", duration=42, end_reason="bot_ended", price=-0.0085,
        price_unit="USD",
    )  # fmt: skip
    add_words(
        owner,
        call_id,
        ("bot", "Hello there."),
        ("caller", "When do [red]you open?\x1b[2J"),
        ("bot", "At nine."),
    )
    owner.execute("update public.transcripts set heard = 'Hello' where content = 'Hello there.'")
    owner.execute("update public.transcripts set confidence_score = 0.93 where speaker = 'caller'")
    yield sid
    owner.execute("delete from public.call_history where id = %s", [call_id])


def lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.fixture(autouse=True)
def no_calls(request: pytest.FixtureRequest) -> None:
    """Begin without any call that another test left."""
    if "sql" in request.keywords:
        request.getfixturevalue("owner").execute("delete from public.call_history")


@pytest.mark.sql
def test_no_calls_is_no_error_and_says_what_to_do(run: Run) -> None:
    code, out, err = run("calls", "list")
    _, filtered, _ = run("calls", "list", "--status", "busy")

    assert (code, err) == (0, "")
    assert "voicebot demo" in out
    assert filtered == "No such calls.\n"


@pytest.mark.parametrize(
    ("filter_", "wrong", "allowed"),
    [
        ("--status", "foo", "no-answer"),
        ("--end-reason", "nope", "caller_hung_up"),
        ("--direction", "up", "outbound"),
    ],
)
def test_a_wrong_filter_is_an_error_that_names_the_words_there_are(
    run: Run, filter_: str, wrong: str, allowed: str
) -> None:
    code, out, err = run("calls", "list", filter_, wrong)

    assert (code, out) == (2, "")
    assert wrong in err
    assert allowed in err


@pytest.mark.sql
def test_a_list_shows_no_whole_number_unless_asked(run: Run, spoken: str) -> None:
    _, hidden, _ = run("calls", "list")
    _, shown, _ = run("calls", "list", "--full")

    assert "***23" in hidden
    assert CALLER not in hidden
    assert f"from {CALLER}" in shown
    assert "\x1b" not in shown


@pytest.mark.sql
def test_json_is_json_and_masked_alike(run: Run, spoken: str) -> None:
    _, hidden, _ = run("calls", "list", "--json")
    _, shown, _ = run("calls", "list", "--json", "--full")

    listed = json.loads(hidden)
    assert listed["calls"][0]["call_sid"] == spoken
    assert listed["calls"][0]["from_number"] == "***23"
    assert json.loads(shown)["calls"][0]["from_number"] == CALLER


@pytest.mark.sql
def test_pages_follow_each_other_without_gap(run: Run, owner: Connection) -> None:
    sids = [add_call(owner)[1] for _ in range(5)]

    _, first, _ = run("calls", "list", "--json", "--limit", "2")
    page = json.loads(first)
    _, second, _ = run("calls", "list", "--json", "--limit", "3", "--next", page["next"])
    _, told, _ = run("calls", "list", "--limit", "2")

    seen = [call["call_sid"] for call in page["calls"] + json.loads(second)["calls"]]
    assert seen == sids[::-1]
    assert f"--next {page['next']}" in told
    assert json.loads(second)["next"] is None


@pytest.mark.sql
@pytest.mark.parametrize("place", ["17", "x", "é", "eCAx"])
def test_a_page_that_begins_nowhere_is_a_misuse(run: Run, place: str) -> None:
    code, out, err = run("calls", "list", "--next", place)

    assert (code, out, len(lines(err))) == (2, "", 1)


@pytest.mark.sql
def test_a_list_tells_what_came_of_each_call_and_what_it_was_about(run: Run, owner: Connection) -> None:
    went = {
        "message taken": {"outcome": "message_taken", "end_reason": "caller_hung_up"},
        "transferred": {"outcome": "transferred", "end_reason": "transferred"},
        "hung up": {"end_reason": "caller_hung_up"},
        "failed": {"outcome": "answered", "end_reason": "model_failed"},
        "not answered": {"call_status": "no-answer", "end_reason": "no_answer"},
        "going on": {"call_status": "in-progress"},
    }
    for words, columns in went.items():
        about = {"summary": f"They asked about {words} and opening hours on public holidays. " * 9}
        add_call(owner, **({"call_status": "completed"} | columns | about))

    _, out, _ = run("calls", "list")

    heading, *rows = lines(out)
    assert heading.split() == ["Began", "(UTC)", "Who", "Came", "of", "it", "Length", "Call", "Summary"]
    for words, row in zip(reversed(went), rows, strict=True):
        assert f" {words} " in row
        assert f"They asked about {words} and opening" in row
        assert row.endswith("…")
        assert len(row) <= 240


@pytest.mark.sql
def test_times_are_told_in_the_zone_that_was_set_and_the_heading_names_it(
    run: Run, owner: Connection
) -> None:
    add_call(owner, started_at="2026-11-28T23:30:05Z")

    _, utc, _ = run("calls", "list")
    _, berlin, _ = run("calls", "list", VOICEBOT_TIMEZONE="Europe/Berlin")

    assert "Began (UTC)" in utc
    assert "Nov 28 23:30:05" in utc
    assert "Began (Europe/Berlin)" in berlin
    assert "Nov 29 00:30:05" in berlin


@pytest.mark.sql
@pytest.mark.parametrize(
    "shown_as", ["short id", "id of --json", "CallSid", "first letters of the CallSid", "last"]
)
def test_a_call_is_shown_by_every_name_that_a_list_gives_it(
    run: Run, owner: Connection, spoken: str, shown_as: str
) -> None:
    add_call(owner, started_at="2020-01-01")
    [call, _] = json.loads(run("calls", "list", "--json")[1])["calls"]
    names = {
        "short id": lines(run("calls", "list")[1])[1].split()[-1],
        "id of --json": call["id"],
        "CallSid": spoken,
        "first letters of the CallSid": spoken[:12],
        "last": "last",
    }

    code, out, _ = run("calls", "show", names[shown_as])

    assert (code, f"Call {spoken}" in out) == (0, True)


@pytest.mark.sql
def test_letters_that_could_mean_several_calls_name_them(run: Run, owner: Connection) -> None:
    sids = [f"CA5e7e2a1{number}{'0' * 24}" for number in range(2)]
    ids = [f"5e7e2a1b-0000-4000-8000-00000000000{number}" for number in range(2)]
    for sid, public_id in zip(sids, ids, strict=True):
        add_call(owner, call_sid=sid, public_id=public_id)

    code, out, err = run("calls", "show", "5E7E2A1B")
    by_sid = run("calls", "show", "CA5e7e2a1")

    assert (code, out, len(lines(err))) == (1, "", 1)
    assert all(public_id in err for public_id in ids)
    assert "may be several calls" in by_sid[2]


@pytest.mark.sql
def test_there_is_no_last_call_before_the_first(run: Run) -> None:
    assert run("calls", "show", "last")[1:] == ("", "voicebot: there are no calls yet\n")


@pytest.mark.sql
def test_a_call_is_shown_with_what_was_heard_of_it(run: Run, spoken: str, database: Any) -> None:
    row = calls.show_call(database, call_sid=spoken)
    assert row is not None
    database.call(
        "escalate_call", call_id=row["call"]["id"], cause_key="n", reason="message", message="Call me back."
    )

    code, out, _ = run("calls", "show", spoken)

    assert code == 0
    assert "  Bot      Hello [not heard: there.]\n" in out
    assert "(confidence 0.93)" in out
    assert "bot_ended" in out
    assert "price      0.0085 USD" in out
    assert "0:42" in out
    assert "message: Call me back." in out
    assert "Not written yet" in out
    assert CALLER not in out


@pytest.mark.sql
def test_a_call_is_shown_with_how_fast_it_was_at_our_socket(run: Run, spoken: str, owner: Connection) -> None:
    owner.execute(
        """insert into public.call_turns (call_id, turn, input, token, lease_until, gap_ms, wait_ms, words_ms, token_ms, voice_ms,
                                           ours_ms, filler_ms)
           select c.id, t.turn, '[]', gen_random_uuid(), now(), t.gap_ms, 200, 100, 150, 75, t.gap_ms - 525, t.filler_ms
             from public.call_history c, (values (1, 527, null), (2, 1800, 1210)) as t (turn, gap_ms, filler_ms)
            where c.call_sid = %s""",
        [spoken],
    )

    _, out, _ = run("calls", "show", spoken)
    _, as_json, _ = run("calls", "show", spoken, "--json")

    assert "turn 1     527 ms  (end of speech 200, words 100, first token 150, voice 75, ours 2)\n" in out
    assert "filler after 1210 ms" in out
    assert "half of them within 527 ms, the slowest 1800 ms" in out
    assert [speed["gap_ms"] for speed in json.loads(as_json)["speeds"]] == [527, 1800]


@pytest.mark.sql
def test_a_transfer_is_shown_with_the_call_that_was_transferred(run: Run, spoken: str, database: Any) -> None:
    calls.record_transfer(database, calls.TransferReport(spoken, 2, "completed", "CA-leg", 80))

    _, out, _ = run("calls", "show", spoken)

    assert "  transfer   answered, 1:20\n" in out


@pytest.mark.sql
def test_what_a_caller_said_cannot_steer_the_terminal(run: Run, spoken: str) -> None:
    _, out, _ = run("calls", "show", spoken)

    assert "When do [red]you open? [2J" in out
    assert "\x1b" not in out


@pytest.mark.sql
def test_a_call_is_found_by_its_public_id_too(run: Run, spoken: str, database: Any) -> None:
    row = calls.show_call(database, call_sid=spoken)
    assert row is not None

    code, out, _ = run("calls", "show", row["call"]["public_id"], "--json")

    assert code == 0
    assert json.loads(out)["call"]["call_sid"] == spoken


@pytest.mark.sql
@pytest.mark.parametrize("call", ["CA" + "0" * 32, "x", "2f0e1e8e-6b2c-4a8e-9a59-222222222222"])
def test_a_call_that_does_not_exist_fails_in_one_line(run: Run, call: str) -> None:
    code, out, err = run("calls", "show", call)

    assert (code, out) == (1, "")
    assert len(lines(err)) == 1
    assert "there is no call" in err and "`python -m voicebot calls list` shows them" in err
