"""Pages that follow what happens: made once for all who see the same, sent to those who may still see it."""

import json
import threading

import pytest

from tests.console.conftest import make_house
from voicebot.console.live import hub as live_hub
from voicebot.console.live.hub import Ended, Full, Hub, Watcher
from voicebot.console.live.views import Gone, View
from voicebot.console.table import ROUTES
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.pulse import console_pulse
from voicebot.storage.access.sessions import Session, begin_session, end_session, find_session
from voicebot.storage.database import DatabaseAway

READER = Session(None, None, "viewer", administrator=False, name=None, organization=None)
HOLDER = "- - viewer"


class Pulse:
    """The database, as far as the hub asks it; says what stands in its fields."""

    def __init__(self):
        self.marks, self.sessions, self.asked, self.is_away = {}, {"s": HOLDER}, 0, False

    def call(self, function, /, *, topics, sessions):
        assert function == "console_pulse"
        self.asked += 1
        if self.is_away:
            raise DatabaseAway("away")
        return {
            "marks": {topic: self.marks[topic] for topic in topics if topic in self.marks},
            "sessions": {one: self.sessions[one] for one in sessions if one in self.sessions},
        }


class House:
    """A hub whose clock and database are the test's."""

    def __init__(self):
        self.pulse, self.now, self.made, self.draining = Pulse(), 0.0, [], threading.Event()
        self.html = "<p>one</p>"
        self.hub = Hub(self.pulse, self.render, self.draining, clock=lambda: self.now, run=False)

    def render(self, view):
        self.made.append(view)
        if isinstance(self.html, Exception):
            raise self.html
        return {"said": self.html, "state": "<p>talking</p>"}

    def watch(self, page="call:1", session="s"):
        watcher = Watcher(View("call", (("call", page),), (), READER, (page,)), session, HOLDER)
        self.hub.watch(watcher)
        return watcher

    def after(self, seconds):
        self.now += seconds
        self.hub.tick()


@pytest.fixture
def house():
    return House()


def test_fifty_who_watch_one_call_cost_one_question_and_one_rendering_a_change(house):
    house.pulse.marks, house.pulse.sessions = {"call:1": "a"}, {f"s{n}": HOLDER for n in range(50)}
    watchers = [house.watch(session=f"s{n}") for n in range(50)]

    house.after(1)
    house.after(1)
    house.pulse.marks, house.html = {"call:1": "b"}, "<p>two</p>"
    house.after(1)

    assert (house.pulse.asked, len(house.made)) == (3, 2)
    for watcher in watchers:
        assert watcher.next(0) == {"said": "<p>one</p>", "state": "<p>talking</p>"}
        # Only the part that changed.
        assert watcher.next(0) == {"said": "<p>two</p>"}
        assert watcher.next(0) is None


def test_whoever_comes_later_gets_every_part_and_what_nobody_watches_is_not_made(house):
    house.pulse.marks = {"call:1": "a", "call:2": "a"}
    first = house.watch()
    house.after(1)
    second, other = house.watch(), house.watch("call:2")
    house.hub.leave(first)
    house.after(1)

    assert second.next(0) == other.next(0) == {"said": "<p>one</p>", "state": "<p>talking</p>"}
    house.hub.leave(second)
    house.hub.leave(other)
    made = len(house.made)
    house.after(60)
    assert len(house.made) == made


def test_what_has_no_pulse_is_made_every_two_seconds_and_the_rest_every_thirty(house):
    house.pulse.marks = {"call:1": "a"}
    house.watch(), house.watch("progress:9")
    for _ in range(30):
        house.after(1)

    made = [view.topics[0] for view in house.made]
    assert (made.count("call:1"), made.count("progress:9")) == (1, 15)


def test_a_session_that_ended_or_changed_its_role_watches_no_longer_than_five_seconds(house):
    house.pulse.marks, house.pulse.sessions = {"call:1": "a"}, {"s": HOLDER, "t": HOLDER, "u": HOLDER}
    stays, leaves, changes = house.watch(), house.watch(session="t"), house.watch(session="u")
    house.after(1)
    house.pulse.sessions = {"s": HOLDER, "u": "- - agent"}
    for _ in range(4):
        house.after(1)

    for gone in (leaves, changes):
        gone.next(0)
        with pytest.raises(Ended) as end:
            gone.next(0)
        assert end.value.is_final
    assert stays.next(0) is not None
    assert (stays.next(0), len(house.hub)) == (None, 1)


def test_what_a_reader_may_not_see_any_more_ends_the_stream(house):
    house.pulse.marks, house.html = {"call:1": "a"}, Gone()
    watcher = house.watch()
    house.after(1)

    with pytest.raises(Ended) as end:
        watcher.next(0)
    assert end.value.is_final and len(house.hub) == 0


def test_a_page_that_fails_ends_for_those_who_watch_it_and_for_nobody_else(house):
    house.pulse.marks = {"call:1": "a", "call:2": "a"}
    broken, whole = house.watch(), house.watch("call:2")
    render = house.render

    def one_fails(view):
        if view == broken.view:
            raise RuntimeError("a fault")
        return render(view)

    house.hub._render = one_fails
    house.after(1)

    # Its page is not loaded anew, which would take away what somebody types.
    with pytest.raises(Ended) as end:
        broken.next(0)
    assert end.value.asks_instead and not end.value.is_final
    assert whole.next(0) is not None


def test_while_the_database_is_away_nothing_is_sent_and_then_it_goes_on(house):
    house.pulse.marks, house.pulse.is_away = {"call:1": "a"}, True
    watcher = house.watch()
    house.after(1)
    assert watcher.next(0) is None

    house.pulse.is_away = False
    house.after(1)
    assert watcher.next(0) is not None


def test_who_takes_nothing_is_let_go_and_may_come_again(house):
    watcher = house.watch()
    for nth in range(live_hub.ROOM + 1):
        house.pulse.marks, house.html = {"call:1": str(nth)}, str(nth)
        house.after(1)

    assert len(house.hub) == 0
    with pytest.raises(Ended) as end:
        for _ in range(live_hub.ROOM + 1):
            watcher.next(0)
    assert not end.value.is_final


def test_a_process_that_stops_lets_everybody_go_and_takes_nobody(house):
    watcher = house.watch()
    house.draining.set()
    house.after(1)

    with pytest.raises(Ended) as end:
        watcher.next(0)
    assert not end.value.is_final
    with pytest.raises(Full):
        house.watch()


def test_a_session_and_a_process_have_only_so_many_streams(house):
    first, *_ = [house.watch() for _ in range(live_hub.MOST_A_SESSION)]
    # Whoever goes from call to call leaves streams behind that nobody reads: the newest page has one.
    newest = house.watch()
    with pytest.raises(Ended) as end:
        first.next(0)
    assert end.value.asks_instead and len(house.hub) == live_hub.MOST_A_SESSION
    house.after(1)
    assert newest.next(0) is not None
    for nth in range(live_hub.MOST_WATCHERS - live_hub.MOST_A_SESSION):
        house.watch(session=f"s{nth}")
    with pytest.raises(Full):
        house.watch(session="one more")


# --- with the rows --------------------------------------------------------------------------------


def of_live_parts(text):
    """The events of a stream's beginning: what stands behind `data:`."""
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


@pytest.mark.sql
def test_the_pulse_of_a_thing_changes_with_what_its_page_shows_and_only_then(runtime, module_owner):
    house, other = make_house(runtime, module_owner), make_house(runtime, module_owner)
    (call_id,) = module_owner.execute(
        "select id from public.call_history where public_id = %s", [house.one.call_id]
    ).fetchone()
    campaign = f"campaign:{house.one.campaign_id}"
    call, calls, thread = f"call:{house.one.call_id}", "calls", f"thread:{house.one.conversation_id}"
    topics = [
        call,
        calls,
        thread,
        "threads",
        "queue",
        "incidents",
        f"call:{other.one.call_id}",
        "nonsense",
        "call:x",
        campaign,
    ]

    def pulse():
        return console_pulse(runtime.database, topics, [])[0]

    changes = [
        ("insert into public.transcripts (session_id, sequence_number, speaker, content) values (%s, 9, 'bot', 'x')", {call}),
        ("update public.transcripts set heard = 'x' where session_id = %s and sequence_number = 9", {call}),
        ("update public.call_history set call_status = 'completed', ended_at = now() where id = %s", {call, calls}),
        ("insert into public.summaries (session_id) values (%s)", {call}),
        ("""insert into public.call_turns (call_id, turn, input, token, lease_until)
            values (%s, 0, '[]', gen_random_uuid(), now())""", {call}),
        ("select private.note_event(null, 'status:x', (select call_sid from public.call_history where id = %s), 0, '[]')", {call}),
        ("""insert into public.sms_history (user_id, phone_number, direction, content, from_number, to_number, channel, conversation_id)
            select user_id, phone_number, 'inbound', 'x', from_number, to_number, channel, conversation_id
              from public.sms_history where conversation_id = (
                  select id from public.conversations where user_id = (select user_id from public.call_history where id = %s)) limit 1""",
         {thread}),
        ("insert into public.call_commands (call_id, kind, maker) values (%s, 'whisper', 'x')", {call}),
        ("update public.call_commands set done_at = now(), result = 'done' where call_id = %s", {call}),
        ("update public.inbox_items set version = version + 1 where conversation_id = (select conversation_id from public.inbox_items"
         " where id = (select id from public.conversations where user_id = (select user_id from public.call_history where id = %s)))",
         {thread, "threads"}),
        ("update public.campaigns set state = 'paused' where user_id = (select user_id from public.call_history where id = %s)",
         {campaign}),
    ]  # fmt: skip
    before = pulse()
    assert set(before) == set(topics) - {"nonsense", "call:x"}
    assert pulse() == before
    for statement, touched in changes:
        module_owner.execute(statement, [call_id])
        after = pulse()
        assert {one for one in after if after[one] != before[one]} >= touched, statement
        assert call in touched or before[call] == after[call]
        assert before[topics[6]] == after[topics[6]]
        before = after


@pytest.mark.sql
def test_a_stream_begins_with_every_part_and_ends_soon_after_its_reader_was_signed_out(
    app, visitor, houses, runtime, module_owner
):
    house, _ = houses
    client = visitor(house.people["viewer"])
    page = f"/console/calls/{house.one.call_id}"
    hub = app.extensions["voicebot-live"].hub
    secret = client.get_cookie("voicebot", path="/console").value

    answer = client.get("/console/live", query_string={"page": page})
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    pieces = iter(answer.response)
    (first,) = of_live_parts(next(pieces).decode())
    assert set(first) == set(next(route.live for route in ROUTES if route.name == "call"))
    assert any(mark in first["said"] for mark in house.one.marks)
    assert len(hub) == 1

    end_session(runtime.database, hash_of(secret))
    rest = b"".join(pieces)
    assert rest.endswith(b"event: over\ndata: {}\n\n")
    assert len(hub) == 0
    assert client.get("/console/live", query_string={"page": page}).status_code in (303, 401)


@pytest.mark.sql
def test_only_pages_that_follow_and_that_the_reader_may_see_are_sent_and_watching_is_on_record(
    visitor, houses, module_owner
):
    house, foreign = houses
    client = visitor(house.people["operator"])

    def status(page):
        return client.get("/console/live/parts", query_string={"page": page}).status_code

    own, theirs = (f"/console/calls/{one.one.call_id}" for one in (house, foreign))
    assert [status(own), status("/console"), status("/console/calls?status=busy")] == [200, 200, 200]
    refused = (
        theirs,
        "/console/audit",
        "/console/members",
        "",
        "/",
        "//evil.example/console",
        own + ".json",
        "x" * 5000,
    )
    assert [status(page) for page in refused] == [404] * len(refused)
    # A page that the role does not open is refused before it is made.
    viewer = visitor(house.people["viewer"])
    assert viewer.get("/console/live/parts", query_string={"page": f"{own}/step"}).status_code == 403

    for _ in range(3):
        status(own)
    watched = module_owner.execute(
        "select object_id from public.audit_log where action = 'call.watched' and user_id = %s",
        [house.people["operator"]],
    ).fetchall()
    assert watched == [(str(house.one.call_id),)]


@pytest.mark.sql
def test_what_is_shared_is_the_same_for_everybody_but_for_the_token_of_their_forms(app, runtime, houses):
    house, _ = houses
    views = app.extensions["voicebot-live"].views
    sessions = {}
    for role in ("operator", "viewer", "agent"):
        secret = f"secret of {role}"
        begin_session(
            runtime.database,
            hash_of(secret),
            "password",
            session_s=60.0,
            user_id=house.people[role],
            address="",
        )
        sessions[role] = find_session(runtime.database, hash_of(secret))
    page = f"/console/calls/{house.one.call_id}"

    found = {role: views.find(page, session) for role, session in sessions.items()}

    assert found["operator"].session.user_id is None and found["operator"] != found["viewer"]
    assert found["agent"].session.user_id == house.people["agent"]
    with pytest.raises(Gone):
        views.parts(found["agent"])


@pytest.mark.sql
def test_every_page_that_follows_marks_its_blocks_and_they_stand_alone(visitor, houses):
    house, _ = houses
    client = visitor(house.people["owner"])
    followed = [route for route in ROUTES if route.live]

    assert {"now", "calls", "call"} <= {route.name for route in followed}
    for route in followed:
        page = f"/console{house.fill(route.path)}"
        text = client.get(page).text
        parts = client.get("/console/live/parts", query_string={"page": page}).json
        assert set(parts) == set(route.live), route.name
        for name, html in parts.items():
            assert text.count(f'data-live="{name}"') == 1, (route.name, name)
            assert html.strip()[:40] in text
