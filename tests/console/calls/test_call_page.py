"""The page of one call: whole from its rows, at any moment; every word on it is text; its recording is heard with a right to it."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from tests.console.conftest import SILENCE, make_house, record, token_of
from voicebot.console.calls.lanes import lanes
from voicebot.console.calls.speed import BUDGET_MS, WIDTH, bars, by_utterance
from voicebot.console.calls.timeline import timeline
from voicebot.domain.call.actions import RunTool
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState
from voicebot.services.calls import tools as call_tools
from voicebot.services.calls.run_tool import ToolResult
from voicebot.services.calls.tools import CallTools
from voicebot.services.recordings.peaks import Peaks
from voicebot.storage.calls.call_page import note_refused_webhook

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "javascript:alert(1)", "{{ 7 * 7 }}",
    "</li></ol><h1>Sign in", "' onclick='alert(1)",
]  # fmt: skip


def at(seconds):
    return (T0 + timedelta(seconds=seconds)).isoformat()


# --- without a database ---------------------------------------------------------------------------


def states(call, *, dials=(), events=(), said=()):
    row = {
        "direction": "inbound",
        "started_at": at(0),
        "answered_at": None,
        "answered_by": None,
        "ended_at": None,
        "end_reason": None,
    }
    page = {"dials": list(dials), "events": [{"source": "twilio", **one} for one in events]}
    line = timeline(row | call, page, [{"created_at": one} for one in said])
    return {step["name"]: step["state"] for step in line}, {step["name"]: step for step in line}


def test_the_line_says_which_states_were_reached_which_is_now_and_which_were_left_out():
    dial = {"is_this": True, "queued_at": at(-60), "dialled_at": at(-5), "answered_by": "person"}
    talking, steps = states(
        {"direction": "outbound", "answered_at": at(4)}, dials=[dial], said=[at(5)],
        events=[{"type": "status:ringing", "received_at": at(1)}],
    )  # fmt: skip
    busy, _ = states({"direction": "outbound", "ended_at": at(3), "end_reason": "busy"}, dials=[dial])
    rings, _ = states({})
    over, ended = states(
        {"answered_at": at(1), "ended_at": at(9), "end_reason": "caller_hung_up"}, said=[at(2)]
    )

    assert list(talking.items()) == [
        ("queued", "past"), ("dialled", "past"), ("ringing", "past"), ("answered", "past"), ("talking", "now"), ("ended", "next"),
    ]  # fmt: skip
    assert (steps["answered"]["note"], steps["queued"]["at"]) == ("by a person", at(-60))
    assert busy == {
        "queued": "past",
        "dialled": "past",
        "ringing": "skipped",
        "answered": "skipped",
        "talking": "skipped",
        "ended": "past",
    }
    assert rings == {"ringing": "now", "answered": "next", "talking": "next", "ended": "next"}
    assert set(over.values()) == {"past"} and ended["ended"]["note"] == "caller hung up"


def speed(turn, gap, **stages):
    row = dict.fromkeys(("wait_ms", "words_ms", "token_ms", "sentence_ms", "voice_ms", "ours_ms"), 0) | stages
    return {
        "turn": turn,
        "gap_ms": gap,
        "filler_ms": None,
        "speculative": False,
        "answered_at": at(turn * 10),
        **row,
    }


def test_a_bar_is_the_sum_of_its_stages_and_stands_at_the_answer_that_it_measured():
    found = bars([speed(1, 700, wait_ms=300, token_ms=400), speed(2, 3000, voice_ms=3000)])
    said = [
        {"sequence_number": n, "speaker": "bot", "start_time_seconds": s}
        for n, s in ((1, 1.0), (3, 10.4), (5, 21.0))
    ]

    first, second = found
    assert first["stages"][1]["x"] == first["stages"][0]["width"]
    assert sum(one["width"] for one in first["stages"]) == pytest.approx(700 / 3000 * WIDTH, abs=0.3)
    assert (first["is_late"], second["is_late"], first["budget_x"]) == (
        False,
        True,
        round(BUDGET_MS / 3000 * WIDTH, 1),
    )
    assert {number: bar["turn"] for number, bar in by_utterance(found, said, at(0)).items()} == {3: 1, 5: 2}
    assert by_utterance(found, said, None) == {} and by_utterance(found, [], at(0)) == {}


def test_lanes_are_drawn_from_what_was_measured_else_from_the_utterances_in_2000_points_at_most():
    said = [
        {"speaker": "caller" if n % 2 else "bot", "heard": "Some words.", "cut": "", "start_s": n * 1.5}
        for n in range(4000)
    ]
    measured = lanes(
        {"caller": [[1, 2.5]], "bot": [[3, 4]]},
        said,
        10,
        Peaks({"caller": [0.5] * 250, "bot": [1.0] * 250}, 8.0),
        2.0,
    )
    guessed = lanes(None, said, None, None)
    nothing = lanes(None, [], None, None)

    assert measured["is_measured"] and measured["lanes"][0]["spans"] == [{"t": 1, "x": 100.0, "width": 150.0}]
    points = sum(4 * len(lane["spans"]) + len(lane["wave"].split()) for lane in measured["lanes"])
    assert points <= 2000
    # It stands where it was recorded: from the second second to the tenth.
    first, *_ = measured["lanes"][0]["wave"].split()
    assert first.startswith("200.0,") and " 1000.0," in measured["lanes"][0]["wave"]
    assert not guessed["is_measured"]
    assert 0 < sum(4 * len(lane["spans"]) for lane in guessed["lanes"]) <= 2000
    assert (nothing["has_any"], nothing["length_s"]) == (False, 1.0)
    assert len(guessed["ticks"]) <= 13


# --- with rows ------------------------------------------------------------------------------------

pytestmark = pytest.mark.sql


def row_of(owner, house):
    (row,) = owner.execute(
        "select to_jsonb(c) from public.call_history c where public_id = %s", [house.one.call_id]
    ).fetchone()
    return row


@pytest.fixture
def own(runtime, module_owner):
    """A house of the test's own."""
    made = make_house(runtime, module_owner)
    record(runtime, module_owner, made.one)
    return made


@pytest.fixture
def seen(visitor):
    """The page as the house's owner sees it, as JSON or as text."""

    def seen(house, end=".json", query=""):
        answer = visitor(house.people["owner"]).get(f"/console/calls/{house.one.call_id}{end}{query}")
        assert answer.status_code == 200
        return answer.json if end else answer.text

    return seen


def test_whatever_was_said_stays_text_wherever_it_stands(seen, own, module_owner):
    call = row_of(module_owner, own)["id"]
    for number, words in enumerate(HOSTILE, 10):
        module_owner.execute(
            """insert into public.transcripts (session_id, sequence_number, speaker, content, heard, confidence_score, start_time_seconds)
               values (%s, %s, 'bot', %s, left(%s, 5), 0.2, 1)""",
            [call, number, words, words],
        )
        module_owner.execute(
            "select public.keep_tool_use(%s, %s, %s, %s, %s, false, %s, %s)",
            [call, number, words, words, json.dumps({words: words}), words, number],
        )
    module_owner.execute(
        """insert into public.summaries (session_id, title, tldr, key_decisions, generation_status, conversation_highlights, goal, goal_evidence)
           values (%s, %s, %s, %s, 'success', %s, 'reached', %s)""",
        [call, HOSTILE[0], HOSTILE[1], json.dumps(HOSTILE), json.dumps([HOSTILE[2]]), HOSTILE[0]],
    )
    module_owner.execute(
        "update public.call_history set outcome = %s, end_reason = null where id = %s", [HOSTILE[1], call]
    )
    module_owner.execute(
        "insert into public.smart_notes (session_id, category, content) values (%s, 'message', %s)",
        [call, HOSTILE[0]],
    )
    page = seen(own, "")

    lowered = page.lower()
    assert (
        "<script>" not in lowered
        and "<img" not in lowered
        and "<svg onload" not in lowered
        and "<h1>sign" not in lowered
    )
    assert (
        "onclick='" not in lowered
        and 'href="javascript' not in lowered
        and "49" not in page.split("7 * 7")[0][-5:]
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert " style=" not in lowered


def test_a_call_whose_process_was_killed_shows_every_turn_that_was_committed(seen, own, module_owner):
    call = row_of(module_owner, own)["id"]
    module_owner.execute(
        "update public.call_history set call_status = 'in-progress', answered_at = now() where id = %s",
        [call],
    )
    module_owner.execute(
        """insert into public.transcripts (session_id, sequence_number, speaker, content, heard, start_time_seconds)
           values (%s, 2, 'bot', 'It is ready. Come by at five.', 'It is ready.', 3.5)""",
        [call],
    )
    module_owner.execute(
        """insert into public.call_turns (call_id, turn, input, token, lease_until, gap_ms, wait_ms, voice_ms, answered_at)
           select id, 1, '[]', gen_random_uuid(), now(), 900, 500, 400, coalesce(started_at, created_at) + interval '3.5 s'
             from public.call_history where id = %s""",
        [call],
    )
    module_owner.execute("update public.call_history set started_at = created_at where id = %s", [call])

    page = seen(own)

    answer = page["said"][-1]
    assert (answer["heard"], answer["cut"], answer["bar"]["gap_ms"]) == (
        "It is ready.",
        " Come by at five.",
        900,
    )
    assert page["call"]["is_live"] and page["line"][-1]["state"] == "next"


def test_a_tool_is_folded_under_its_turn_with_its_time_and_without_its_secrets(
    seen, own, module_owner, runtime, monkeypatch
):
    call = row_of(module_owner, own)["id"]
    calls_tools = CallTools(
        SimpleNamespace(database=runtime.database, now=runtime.now),
        call,
        CallBackground(number=own.one.number),
    )
    state = CallState(setup=CallSetup(), next_number=2)
    reported = []
    monkeypatch.setattr(call_tools, "run_tool", lambda *_: ToolResult(ok=True, text="Sent to +12025550123."))

    asked = RunTool(1, "t1", "send_code", {"code": "482913", "number": "+12025550123", "words": "please"})
    calls_tools._run(asked, SimpleNamespace(), state.next_number, reported.append)

    (tool,) = seen(own)["said"][0]["tools"]
    assert json.loads(tool["arguments"]) == {"code": "***", "number": "***23", "words": "please"}
    assert (tool["name"], tool["state"], tool["result"]) == ("send_code", "done", "Sent to ***23.")
    assert 0 <= tool["ms"] < 5000 and len(reported) == 1
    kept = module_owner.execute(
        "select arguments || result from public.call_tool_uses where call_id = %s", [call]
    ).fetchone()[0]
    assert "482913" not in kept and "5550123" not in kept


def test_tools_that_the_core_alone_knows_are_shown_where_they_stood(seen, own, module_owner):
    call = row_of(module_owner, own)["id"]
    history = [
        {"role": "caller", "text": "Bye", "number": 1},
        {"role": "tool", "gen": 3, "tool": {"id": "e", "name": "end_call", "arguments": '{"pin": "1234"}', "result": "It ends.", "ok": True}},
    ]  # fmt: skip
    module_owner.execute(
        "insert into public.call_states (call_id, plan, state) values (%s, '{}', %s)",
        [call, json.dumps({"history": history})],
    )

    (tool,) = seen(own)["said"][0]["tools"]

    assert (tool["name"], tool["arguments"], tool["ms"]) == ("end_call", '{"pin": "***"}', None)


def test_webhooks_say_which_token_signed_them_and_refused_ones_are_kept_ten_at_most(
    seen, own, module_owner, runtime
):
    module_owner.execute("select private.note_event(null, 'status:ringing', %s, 1, '[]')", [own.one.call_sid])
    for _ in range(15):
        note_refused_webhook(runtime.database, own.one.call_sid, "/twilio/voice/status", "wrong")
    note_refused_webhook(runtime.database, f"CA{uuid4().hex}", "/twilio/voice/status", "wrong")

    told = [(one["type"], one["signature"]) for one in seen(own)["webhooks"]]

    assert told[0] == ("status:ringing", "signed with token 2")
    assert told[1:] == [("/twilio/voice/status", "refused: wrong")] * 10
    strangers = module_owner.execute(
        "select count(*) from public.webhook_events where source = 'refused' and subject <> %s",
        [own.one.call_sid],
    ).fetchone()
    assert strangers == (0,)


def test_the_pager_leads_through_the_filtered_list_of_ones_own_organization(seen, own, module_owner):
    ids = [own.one.call_id]
    for nth, status in enumerate(("busy", "completed", "busy"), 1):
        (made,) = module_owner.execute(
            """insert into public.call_history (user_id, organization_id, phone_number, call_sid, call_status, started_at, direction)
               values (%s, %s, '+12025550123', 'CA' || gen_random_uuid(), %s, now() - %s * interval '1 min', 'inbound') returning public_id""",
            [own.one.user_id, own.one.organization_id, status, nth],
        ).fetchone()
        ids.append(made)
    (_, busy, between, older) = map(str, ids)

    page = seen(own)
    assert (page["newer"], page["older"]) == (None, busy)
    own.one.call_id = ids[1]
    page = seen(own, query="?status=busy")
    assert (page["newer"], page["older"], page["filter"]) == (None, older, {"status": "busy"})
    assert seen(own)["older"] == between
    assert f'/console/calls/{older}?status=busy"' in seen(own, "", "?status=busy")


def test_a_recording_is_heard_in_parts_by_those_who_may_and_put_on_record_and_kept_by_nobody(
    visitor, own, houses, module_owner
):
    module_owner.execute(
        "update public.call_history set ended_at = now() where public_id = %s", [own.one.call_id]
    )
    client, path = visitor(own.people["viewer"]), f"/console/calls/{own.one.call_id}/recording"

    whole = client.get(path)
    part = client.get(path, headers={"Range": "bytes=4-11"})
    behind = client.get(path, headers={"Range": "bytes=999999-"})

    assert (whole.status_code, whole.data, whole.headers["Accept-Ranges"]) == (200, SILENCE, "bytes")
    assert (part.status_code, part.data) == (206, SILENCE[4:12])
    assert (
        part.headers["Content-Range"] == f"bytes 4-11/{len(SILENCE)}"
        and part.headers["Content-Length"] == "8"
    )
    assert (behind.status_code, behind.headers["Content-Range"]) == (416, f"bytes */{len(SILENCE)}")
    for answer in (whole, part, behind):
        assert answer.headers["Cache-Control"] == "no-store" and answer.mimetype == "audio/wav"
    assert (
        visitor(houses[0].people["owner"]).get(path).status_code
        == visitor(own.people["agent"]).get(path).status_code
        == 404
    )
    heard = module_owner.execute(
        "select count(*), min(user_id::text) from public.audit_log where action = 'recording.heard' and object_id = %s",
        [str(own.one.call_id)],
    ).fetchone()
    assert heard == (1, str(own.people["viewer"]))
    page = client.get(f"/console/calls/{own.one.call_id}").text
    assert f'src="{path}"' in page and "api.twilio.com" not in page and "<polygon" in page


def test_who_looked_at_a_call_and_what_was_taken_of_it_stands_on_its_page(visitor, seen, own):
    client = visitor(own.people["operator"])
    path = f"/console/calls/{own.one.call_id}"
    client.get(path)
    client.get("/console/live/parts", query_string={"page": path})
    bundle = client.post(f"{path}/bundle", data={"form_token": token_of(client, "/console/account")})

    assert (bundle.status_code, bundle.mimetype) == (200, "application/zip")
    assert {one["did"] for one in seen(own)["people"]} == {"read it", "watched", "took a support bundle"}


def test_an_answer_can_be_said_to_be_wrong_only_where_somebody_takes_the_correction(
    app, seen, own, module_owner, monkeypatch
):
    call = row_of(module_owner, own)["id"]
    module_owner.execute(
        "insert into public.transcripts (session_id, sequence_number, speaker, content) values (%s, 2, 'bot', 'We open at six.')",
        [call],
    )
    monkeypatch.delitem(app.view_functions, "console.correctAnswer", raising=False)
    assert "This answer was wrong" not in seen(own, "")

    monkeypatch.setitem(app.view_functions, "console.correctAnswer", lambda: None)
    page = seen(own, "")

    assert page.count("This answer was wrong") == 1
    assert f'action="/console/calls/{own.one.call_id}/correction"' in page
