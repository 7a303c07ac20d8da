"""A search finds calls by what was said, used, waited and paid, and texts by their words; each actor only what is theirs."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.api.people import new_number
from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.search.query import parse
from voicebot.services.calls.note_tools import note_tools
from voicebot.storage.pages import Page, Part
from voicebot.storage.search import search
from voicebot.storage.search.search import Count

pytestmark = pytest.mark.sql
NOW = datetime.now(UTC)


@pytest.fixture
def firm(owner):
    """An organization with nothing in it."""
    mark = uuid4().hex
    (made,) = owner.execute(
        "insert into public.organizations (name, slug) values (%s, %s) returning id", [mark, mark]
    ).fetchone()
    return made


@pytest.fixture
def call(database, owner, firm):
    """Make a call that is over, of the organization, in which the lines were said by turns."""

    def call(*lines, name="", **columns):
        number = columns.pop("number", None) or new_number()
        user = UUID(database.call("ensure_user", phone=number)["user_id"])
        owner.execute("update public.user_profiles set first_name = %s where user_id = %s", [name, user])
        values = {
            "organization_id": firm,
            "user_id": user,
            "phone_number": number,
            "call_sid": f"CA{uuid4().hex}",
        } | columns
        made, public = owner.execute(
            f"insert into public.call_history ({', '.join(values)}) values ({', '.join(['%s'] * len(values))}) returning id, public_id",
            list(values.values()),
        ).fetchone()
        for nth, words in enumerate(lines):
            owner.execute(
                """insert into public.transcripts (session_id, sequence_number, speaker, content, start_time_seconds, latency_ms)
                   values (%s, %s, %s, %s, %s, %s)""",
                [made, nth, ("caller", "bot")[nth % 2], words, nth * 2.5, None],
            )
        database.call(
            "record_call_status",
            call_sid=values["call_sid"],
            status="completed",
            occurred_at=NOW,
            sequence_number=3,
        )
        return public

    return call


@pytest.fixture
def found(database, firm):
    """Search as somebody of the organization; return the calls and texts."""

    def found(typed, actor=None):
        parsed = parse(typed, now=NOW, country="US")
        assert parsed.problems == ()
        page = search.search_calls(database, parsed.query, Part(200), actor=actor or Actor(None, firm))
        count = search.count_calls(database, parsed.query, budget_ms=10_000, actor=actor or Actor(None, firm))
        assert count == Count(len(page.rows), whole=True)
        return {UUID(row["public_id"]) for row in page.rows}

    return found


def test_a_call_is_found_by_what_was_said_in_it(call, found):
    refund = call(
        "I want my refund now",
        "Of course, call me back at five",
        number="+12025550177",
        name="Adelheid Byron",
    )
    cash = call("The money back, please", "No refunds here. café größe")

    expected = {
        "refund": {refund, cash},
        '"refund"': {refund},
        '"call me back"': {refund},
        '"back me call"': set(),
        # No phrase goes over the end of an utterance, and the names of the sides are no words.
        '"now of course"': set(),
        "caller": set(),
        "bot": set(),
        "money refund": {cash},
        "REFUND": {refund, cash},
        "café größe": {cash},
        "nothing": set(),
        "_": set(),
        '"quote s\\ & | ! <->x"': set(),
        "number:+12025550177": {refund},
        "number:+120255501": {refund},
        "person:adelheid": {refund},
        'person:"adelheid b"': {refund},
        "person:byron%": set(),
        "refund person:adelheid": {refund},
    }
    assert {typed: found(typed) for typed in expected} == expected


def test_a_common_word_beside_a_rare_one_is_looked_for_in_what_the_rare_one_finds(
    call, found, owner, database, firm
):
    for _ in range(3):
        call("bicycles and more bicycles")
    owner.execute("analyze public.call_search")
    both, other = call("bicycles, number 777123"), call("number 777123")

    (rarer,) = owner.execute(
        'select private.rarer_query(\'{"said": [{"text": "bicy 7771"}]}\')::text'
    ).fetchone()

    assert rarer == "'7771':*"
    assert (found("bicy 7771"), found("bicycles 777123")) == ({both}, {both})
    assert found("777123") == {both, other}


def test_a_first_page_that_has_all_or_looked_for_too_long_is_counted_by_its_rows():
    whole, early, full = (Page([{}] * rows, place) for rows, place in ((3, None), (3, "on"), (20, "on")))

    asked = Count(70, whole=True)

    assert search.counted(whole, Part(20), lambda: asked) == Count(3, whole=True)
    assert search.counted(early, Part(20), lambda: asked) == Count(3, whole=False)
    assert search.counted(full, Part(20), lambda: asked) == asked
    assert search.counted(whole, Part(20, {"id": 1}), lambda: asked) == asked


def test_a_call_is_found_by_what_came_of_it_and_how_fast_and_dear_it_was(call, found, owner):
    slow = call("hello", "hi", cost=0.9, outcome="transferred", direction="inbound")
    owner.execute(
        "update public.transcripts t set latency_ms = 2600 from public.call_history c where c.id = t.session_id and c.public_id = %s",
        [slow],
    )
    quick = call(
        "hello",
        "hi",
        cost=0.1,
        end_reason="busy",
        direction="outbound",
        started_at=datetime(2026, 1, 31, tzinfo=UTC),
    )

    expected = {
        "latency:>2s": {slow}, "latency:<2s": set(), "latency:>2s latency:<2.5s": set(), "cost:>0.50": {slow}, "cost:<0.50": {quick},
        "outcome:transferred": {slow}, "outcome:busy": {quick}, "direction:outbound": {quick}, "status:completed": {slow, quick},
        "before:2026-02-01": {quick}, "after:2026-02-01": {slow}, "cost:>0.50 outcome:busy": set(),
    }  # fmt: skip
    owner.execute(
        "select private.note_call_for_search(id) from public.call_history where public_id = %s", [slow]
    )
    assert {typed: found(typed) for typed in expected} == expected


def test_a_call_is_found_by_a_tool_of_the_bot_and_by_its_campaign(call, found, owner, database):
    with_tool, other = call("hello"), call("hello")
    (number,) = owner.execute(
        "select id from public.call_history where public_id = %s", [with_tool]
    ).fetchone()
    owner.execute(
        """insert into public.call_states (call_id, plan, state)
           values (%s, '{}', '{"core": {"history": [{"role": "tool", "tool": {"name": "look_up_order"}}, {"role": "caller"}]}}')""",
        [number],
    )
    (campaign, user) = owner.execute(
        """insert into public.campaigns (user_id, name, purpose) select user_id, 'Spring sale', 'asked_for' from public.call_history
            where public_id = %s returning id, user_id""",
        [other],
    ).fetchone()
    owner.execute(
        """with entry as (insert into public.call_queue (user_id, campaign_id, recipient_number, purpose)
                          values (%s, %s, '+12025550188', 'asked_for') returning id)
           update public.call_history set call_queue_id = (select id from entry) where public_id = %s""",
        [user, campaign, other],
    )

    note_tools(database, number)

    expected = {
        "tool:look_up_order": {with_tool}, "tool:look": set(), 'campaign:"spring s"': {other}, f"campaign:{campaign}": {other},
        "campaign:summer": set(),
    }  # fmt: skip
    assert {typed: found(typed) for typed in expected} == expected


def test_what_was_said_leads_to_the_utterance_with_the_words_marked(call, database, firm):
    call("Hello there", "How can I help?", "My refund & more is late")

    (row,) = search.search_calls(
        database, parse("refund", now=NOW, country="US").query, actor=Actor(None, firm)
    ).rows

    (hit,) = row["hits"]
    assert (hit["start_s"], hit["speaker"], hit["number"]) == (5.0, "caller", 2)
    assert [piece["text"] for piece in hit["text"] if piece["is_hit"]] == ["refund"]
    assert "".join(piece["text"] for piece in hit["text"]) == "My refund & more is late"


def test_words_that_come_after_the_end_of_a_call_are_found_too(call, found, owner, database):
    late = call("hello")
    (call_id,) = owner.execute("select id from public.call_history where public_id = %s", [late]).fetchone()
    words = {"number": 7, "speaker": "caller", "text": "zebra crossing"}
    database.call("keep_stream_results", call_id=call_id, turn=1, utterances=[words], results={})

    assert found("zebra") == {late}


def test_texts_are_found_by_their_words_but_not_by_what_only_calls_have(database, owner):
    number, word = new_number(), f"w{uuid4().hex[:10]}"
    user = database.call("ensure_user", phone=number)["user_id"]
    for content in (f"Where is my {word}?", "another"):
        owner.execute(
            "insert into public.sms_history (user_id, phone_number, direction, content) values (%s, %s, 'inbound', %s)",
            [user, number, content],
        )

    def texts(typed, actor=THE_OPERATOR):
        query = parse(typed, now=NOW, country="US").query
        rows = search.search_texts(database, query, actor=actor).rows
        assert search.count_texts(database, query, actor=actor) == Count(len(rows), whole=True)
        return ["".join(piece["text"] for piece in row["text"]) for row in rows]

    assert texts(word) == [f"Where is my {word}?"]
    assert texts(f'"my {word}"') == [f"Where is my {word}?"]
    assert len(texts(f"number:{number}")) == 2
    assert (
        texts(f"{word} outcome:busy")
        == texts(f"{word} latency:>1s")
        == texts(f"{word} direction:outbound")
        == []
    )
    assert texts(word, Actor(UUID(user))) == [f"Where is my {word}?"]
    assert (
        texts(word, Actor(uuid4()))
        == texts(word, Actor(None, uuid4()))
        == texts(word, Actor(role="viewer"))
        == []
    )


def test_what_an_actor_finds_is_what_it_may_see_call_by_call(call, found, database, owner, firm):
    mine = call("hello secretword")
    user, number = owner.execute(
        "select user_id, phone_number from public.call_history where public_id = %s", [mine]
    ).fetchone()
    leader = UUID(database.call("ensure_user", phone=new_number())["user_id"])
    owner.execute(
        "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, 'owner')",
        [firm, leader],
    )
    actors = {
        "the operator": (THE_OPERATOR, {mine}), "the organization": (Actor(None, firm), {mine}), "the person": (Actor(user), {mine}),
        "who leads it": (Actor(leader), {mine}), "another person": (Actor(uuid4()), set()), "another one": (Actor(None, uuid4()), set()),
        "a key that asked for nothing": (Actor(role="integrator", key_id=uuid4()), set()), "no role": (Actor(role=""), set()),
        "a person elsewhere": (Actor(user, uuid4()), set()),
    }  # fmt: skip

    for who, (actor, expected) in actors.items():
        # Words are found by an index of each team, all else by the calls themselves.
        assert found("secretword", actor) == found(f"number:{number}", actor) == expected, who
        seen = owner.execute(
            "select private.may_see_call(%s::jsonb, c) from public.call_history c where public_id = %s",
            [json.dumps(actor.to_json()), mine],
        ).fetchone()[0]
        assert seen == bool(expected), who
    assert database.call("search_calls", wanted={"said": [{"text": "secretword", "phrase": False}]})["rows"]


def test_pages_of_a_search_go_on_where_they_ended_and_counts_end_at_their_most(call, database, firm):
    for _ in range(5):
        call("hello pages")
    query = parse("pages", now=NOW, country="US").query
    actor = Actor(None, firm)

    seen, place = [], None
    while True:
        answer = database.call(
            "search_calls", wanted=query.to_json(), page_size=2, after=place, actor=actor.to_json()
        )
        seen += [row["public_id"] for row in answer["rows"]]
        place = answer["next"]
        if place is None:
            break

    assert len(seen) == len(set(seen)) == 5
    counted = search.count_calls(database, query, most=3, actor=actor)
    assert (counted, counted.words(3)) == (Count(4, whole=True), "3+")


def test_a_search_that_takes_long_ends_early_and_goes_on_where_it_stopped(call, database, firm):
    made = {str(call("hello windows", started_at=NOW - timedelta(days=20 * nth))) for nth in range(4)}
    query = parse("windows", now=NOW, country="US").query.to_json()
    actor = Actor(None, firm).to_json()

    seen, place, pages = [], None, 0
    while place is not None or not pages:
        # There is time for one window a page.
        answer = database.call("search_calls", wanted=query, after=place, actor=actor, budget_ms=0.0)
        seen += [row["public_id"] for row in answer["rows"]]
        place, pages = answer["next"], pages + 1

    assert pages > 2
    assert (set(seen), len(seen)) == (made, 4)
    assert not database.call("count_calls", wanted=query, actor=actor, budget_ms=0.0)["whole"]
