"""Campaigns: filled once, edited while they run, paused anywhere, and told beforehand what they will do."""

import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.conftest import DENVER, MORNING, NOON, Queue

pytestmark = pytest.mark.sql
ZONES = (DENVER, "America/New_York", "Pacific/Honolulu")


def made(queue: Queue, **given: Any) -> str:
    """A draft of people who asked for their calls."""
    answer = queue.database.call(
        "make_campaign", name="spring", purpose=given.pop("purpose", "asked_for"), **given
    )
    return str(answer["campaign"]["id"])


def people(*numbers: str, zone: str = DENVER) -> list[dict[str, Any]]:
    return [
        {
            "number": each,
            "variables": {"name": "Ann"},
            "country": "US",
            "number_type": "mobile",
            "zones": [zone],
        }
        for each in numbers
    ]


def filled(queue: Queue, count: int, **given: Any) -> str:
    campaign = made(queue, **given)
    queue.database.call("add_people", id=campaign, people=people(*(queue.number() for _ in range(count))))
    # People are due from now on, and the tests claim years later.
    queue.owner.execute("update public.call_queue set next_attempt_at = %s", [MORNING - timedelta(days=9)])
    queue.owner.execute("update public.dialling_lanes set due_at = %s", [MORNING - timedelta(days=9)])
    return campaign


def change(queue: Queue, campaign: str, revision: int | None = None, **changes: Any) -> Any:
    return queue.database.call("change_campaign", id=campaign, changes=changes, revision=revision)


def preview(queue: Queue, campaign: str, at: Any = NOON, **limits: Any) -> Any:
    return queue.database.call("preview_campaign", id=campaign, limits={"concurrent": 1000, **limits}, at=at)


# --- filling --------------------------------------------------------------------------------------


def test_a_person_is_in_a_campaign_once_however_often_the_list_is_imported(queue: Queue) -> None:
    campaign, first, second = made(queue), queue.number(), queue.number()

    once = queue.database.call("add_people", id=campaign, people=people(first, first))
    again = queue.database.call("add_people", id=campaign, people=people(first, second))

    assert (once["imported"], once["duplicates"]) == (1, 1)
    assert (again["imported"], again["duplicates"]) == (1, 1)
    assert queue.database.call("campaign_report", id=campaign)["people"] == 2


def test_a_person_may_be_in_two_campaigns(queue: Queue) -> None:
    number = queue.number()

    answers = [queue.database.call("add_people", id=made(queue), people=people(number)) for _ in range(2)]

    assert [one["imported"] for one in answers] == [1, 1]


def test_more_than_a_thousand_at_once_and_a_canceled_campaign_are_refused(queue: Queue) -> None:
    campaign = made(queue)
    many = queue.database.call("add_people", id=campaign, people=people(*["+13035550142"] * 1001))
    change(queue, campaign, state="canceled")

    late = queue.database.call("add_people", id=campaign, people=people(queue.number()))

    assert (many["code"], late["code"]) == ("too_many", "wrong_state")


def test_a_consent_comes_with_the_list_and_gives_none_back_that_was_taken(queue: Queue) -> None:
    campaign, new, withdrew = made(queue, purpose="service"), queue.number(), queue.number()
    queue.owner.execute(
        """insert into public.consents (phone_number, purpose, state, channel, wording_version)
           values (%s, 'calls', 'withdrawn', 'web', '1')""",
        [withdrew],
    )

    queue.database.call(
        "add_people", id=campaign, people=people(new, withdrew), consent={"wording": "We may call you."}
    )

    told = preview(queue, campaign)
    assert (told["callable"], told["never"]) == (1, [{"reason": "no_consent", "people": 1}])


def test_who_asked_not_to_be_called_is_counted_and_stays_uncalled_also_after_another_import(
    queue: Queue,
) -> None:
    campaign, number = made(queue), queue.number()
    queue.database.call("suppress", number=number, scope="calls", reason="operator")

    for _ in range(2):
        queue.database.call("add_people", id=campaign, people=people(number))

    assert preview(queue, campaign)["never"] == [{"reason": "suppressed", "people": 1}]
    change(queue, campaign, state="running")
    assert queue.claim() == []


# --- states ---------------------------------------------------------------------------------------

STATES = ("draft", "running", "paused", "canceled", "done")
MAY = {
    ("draft", "running"), ("draft", "canceled"), ("running", "paused"), ("running", "canceled"), ("paused", "running"),
    ("paused", "canceled"),
}  # fmt: skip


@pytest.mark.parametrize("wanted", STATES)
@pytest.mark.parametrize("state", STATES)
def test_a_campaign_moves_only_where_it_may(queue: Queue, state: str, wanted: str) -> None:
    campaign = filled(queue, 1)
    queue.owner.execute("update public.campaigns set state = %s where id = %s", [state, campaign])

    answer = change(queue, campaign, state=wanted)

    if state == wanted or (state, wanted) in MAY:
        assert answer["campaign"]["state"] == wanted
        assert answer["campaign"]["revision"] == (1 if state == wanted else 2)
    else:
        assert (answer["result"], answer["code"], answer["state"]) == ("refused", "wrong_state", state)


def test_a_campaign_of_nobody_does_not_start(queue: Queue) -> None:
    assert change(queue, made(queue), state="running")["code"] == "nobody"


def test_who_edits_what_somebody_else_edited_meanwhile_is_told_how_it_stands(queue: Queue) -> None:
    campaign = made(queue)
    change(queue, campaign, revision=1, concurrent=5)

    late = change(queue, campaign, revision=1, concurrent=9)

    assert (late["code"], late["campaign"]["concurrent"], late["campaign"]["revision"]) == (
        "changed_meanwhile",
        5,
        2,
    )
    assert change(queue, campaign, revision=2, concurrent=9)["campaign"]["concurrent"] == 9


def test_nothing_is_changed_but_what_may_be(queue: Queue) -> None:
    campaign = made(queue)

    answer = change(queue, campaign, user_id=str(uuid4()), purpose="marketing", revision_=9, max_attempts=5)

    assert (answer["campaign"]["purpose"], answer["campaign"]["max_attempts"]) == ("asked_for", 5)


@pytest.mark.parametrize(
    "week",
    [
        {}, {"monday": []}, {"mon": "08:00"}, {"mon": [["08:00"]]}, {"mon": [["8:00", "21:00"]]}, {"mon": [["08:00", "25:00"]]},
        {"mon": [["21:00", "08:00"]]}, {"mon": [["08:00", "08:00"]]}, {"mon": [[8, 21]]}, {"mon": [["24:00", "24:00"]]},
    ],
)  # fmt: skip
def test_hours_that_are_none_are_refused(queue: Queue, week: Any) -> None:
    answer = change(queue, made(queue), time_window=week)

    assert answer["code"] == "invalid"
    assert answer["message"].startswith("time_window: ")


def test_a_campaign_is_done_when_nobody_waits_and_no_call_is_under_way(queue: Queue) -> None:
    campaign = filled(queue, 1)
    change(queue, campaign, state="running")
    token = uuid4()
    ((_, attempt),) = queue.taken(token=token)

    def state() -> str:
        queue.database.call("end_campaigns")
        return str(queue.database.call("show_campaign", id=campaign)["campaign"]["state"])

    calling = state()
    queue.end(attempt, "completed", token)
    ended = state()
    queue.database.call("add_people", id=campaign, people=people(queue.number()))

    assert (calling, ended, state()) == ("running", "done", "paused")


def test_nobody_waits_for_a_campaign_that_was_canceled(queue: Queue) -> None:
    campaign = filled(queue, 3)
    change(queue, campaign, state="running")
    queue.claim(batch=1)

    change(queue, campaign, state="canceled")

    report = queue.database.call("campaign_report", id=campaign)
    assert report["by_status"] == {"canceled": 2, "in-progress": 1}
    assert queue.claim() == []


# --- edited while it runs -------------------------------------------------------------------------


def test_what_is_edited_holds_from_the_next_claim_and_each_attempt_keeps_its_revision(queue: Queue) -> None:
    campaign = filled(queue, 9, concurrent=2)
    change(queue, campaign, state="running")

    before = queue.claim()
    change(queue, campaign, concurrent=5)
    after = queue.claim()
    change(queue, campaign, calls_per_second=1.0, concurrent=None)
    slower = queue.claim()

    assert [len(one) for one in (before, after, slower)] == [2, 3, 1]
    revisions = queue.owner.execute(
        "select campaign_revision, count(*) from public.call_attempts group by 1 order by 1"
    ).fetchall()
    assert revisions == [(2, 2), (3, 3), (4, 1)]


def test_hours_that_are_edited_hold_also_for_who_was_put_off_by_the_old_ones(queue: Queue) -> None:
    campaign = filled(queue, 2, time_window={"wed": [["08:00", "21:00"]]})
    change(queue, campaign, state="running")
    parked = queue.claim()

    change(queue, campaign, time_window={"tue": [["08:00", "21:00"]]})

    assert parked == []
    assert len(queue.claim()) == 2


def test_the_number_of_attempts_that_is_edited_holds_for_who_waits(queue: Queue) -> None:
    campaign = filled(queue, 1)
    change(queue, campaign, state="running")
    token = uuid4()
    ((entry, attempt),) = queue.taken(token=token)

    change(queue, campaign, max_attempts=1)
    queue.end(attempt, "busy", token)

    assert queue.row(entry)[:2] == ("failed", "busy")


@pytest.mark.parametrize("seed", range(4))
def test_paused_and_resumed_at_any_step_it_dials_nobody_twice_and_forgets_nobody(
    queue: Queue, seed: int
) -> None:
    chance = random.Random(seed)
    campaign = filled(queue, 12)
    change(queue, campaign, state="running")
    dialled: list[str] = []
    under_way: list[tuple[str, Any]] = []
    running = True
    for _ in range(80):
        match chance.choice(("move", "claim", "end", "import")):
            case "move":
                running = not running
                change(queue, campaign, state="running" if running else "paused")
            case "claim":
                token = uuid4()
                taken = queue.taken(batch=chance.randrange(1, 4), token=token)
                assert running or not taken
                dialled += [entry for entry, _ in taken]
                under_way += [(attempt, token) for _, attempt in taken]
            case "end" if under_way:
                attempt, token = under_way.pop(chance.randrange(len(under_way)))
                queue.end(attempt, "completed", token)
            case _:
                rows = queue.owner.execute("select recipient_number from public.call_queue").fetchall()
                again = queue.database.call(
                    "add_people", id=campaign, people=people(*(number for (number,) in rows))
                )
                assert again["imported"] == 0
    change(queue, campaign, state="running")
    while taken := queue.claim():
        dialled += taken

    assert len(dialled) == len(set(dialled)) == 12


# --- told beforehand ------------------------------------------------------------------------------


def test_what_a_preview_tells_is_exactly_what_is_dialled_then(queue: Queue) -> None:
    chance = random.Random(3)
    campaign = made(queue, time_window={"tue": [["08:00", "10:30"]]})
    for zone in ZONES:
        queue.database.call(
            "add_people", id=campaign, people=people(*(queue.number() for _ in range(60)), zone=zone)
        )
    queue.owner.execute("update public.call_queue set next_attempt_at = %s", [MORNING - timedelta(days=9)])
    queue.owner.execute("update public.dialling_lanes set due_at = %s", [MORNING - timedelta(days=9)])
    for entry, number in queue.owner.execute(
        "select id::text, recipient_number from public.call_queue"
    ).fetchall():
        if chance.random() < 0.2:
            queue.database.call("suppress", number=number, scope="calls", reason="operator")
        elif chance.random() < 0.2:
            queue.database.call(
                "hold_person", number=number, until=(NOON + timedelta(days=2)).isoformat(), reason="on leave"
            )
        elif chance.random() < 0.1:
            queue.set(entry, purpose="marketing")
    at = MORNING + timedelta(minutes=20)

    told = preview(queue, campaign, at)
    change(queue, campaign, state="running")
    dialled: list[str] = []
    while taken := queue.claim(at, batch=25):
        dialled += taken

    assert told["now"] == len(dialled)
    later = sum(one["people"] for one in told["later"])
    never = {one["reason"]: one["people"] for one in told["never"]}
    assert told["now"] + later + sum(never.values()) == told["waiting"] == 180
    assert set(never) == {"suppressed", "no_consent"}
    report = queue.database.call("campaign_report", id=campaign)
    assert report["failed_by"] == never
    assert report["by_status"]["queued"] == later
    assert {one["at"] for one in told["later"] if one["reason"] == "outside_hours"} > {None} or told["later"]


def test_a_preview_is_the_same_of_a_draft_a_pause_and_a_campaign_that_runs(queue: Queue) -> None:
    campaign = filled(queue, 3)
    told = []
    for state in ("draft", "paused", "running"):
        queue.owner.execute("update public.campaigns set state = %s where id = %s", [state, campaign])
        told.append(preview(queue, campaign)["now"])

    assert told == [3, 3, 3]


def test_a_preview_says_how_long_it_takes_by_rate_and_lines(queue: Queue) -> None:
    campaign = filled(queue, 10)

    by_rate = preview(queue, campaign, calls_per_second=0.1)["takes_s"]
    change(queue, campaign, calls_per_second=0.05)
    slower = preview(queue, campaign, calls_per_second=0.1)["takes_s"]

    assert (by_rate, slower) == (100, 200)


def talked(
    queue: Queue, count: int, seconds: int, cost: str | None, template: str | None = None, **more: Any
) -> None:
    """Calls of before, as the carrier told of them."""
    for _ in range(count):
        row = {
            "phone_number": queue.number(), "call_sid": f"CA{uuid4().hex}", "direction": "outbound", "duration": seconds,
            "cost": cost, "price_unit": "USD" if cost else None, "template_id": template, **more,
        }  # fmt: skip
        queue.owner.execute(
            f"insert into public.call_history ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


@pytest.fixture
def nobody_called_yet(queue: Queue) -> None:
    queue.owner.execute("delete from public.call_history")


EXPECTED = {
    "nothing is known": ([], (120, "assumed", 0), (0.28, "USD", "list_price", 0)),
    "calls without a price": ([(3, 50, None)], (50, "calls", 3), (0.14, "USD", "list_price", 0)),
    "a call that is a second longer than two minutes": ([(1, 121, None)], (121, "calls", 1), (0.42, "USD", "list_price", 0)),
    "calls with prices": ([(2, 30, "0.02"), (2, 90, "0.04")], (60, "calls", 4), (0.3, "USD", "calls", 4)),
    "few calls of the template": ([(4, 30, "0.02", "own"), (4, 90, "0.04")], (60, "calls", 8), (0.3, "USD", "calls", 8)),
    "calls of the template": ([(5, 30, "0.02", "own"), (9, 90, "0.04")], (30, "template", 5), (0.2, "USD", "template", 5)),
    "more than two hundred": ([(20, 90, "0.04"), (200, 30, "0.02")], (30, "calls", 200), (0.2, "USD", "calls", 200)),
    "calls that came in": ([(9, 90, "0.04", None, {"direction": "inbound"})], (120, "assumed", 0), (0.28, "USD", "list_price", 0)),
    "nobody answered": ([(9, 0, None)], (120, "assumed", 0), (0.28, "USD", "list_price", 0)),
    "two currencies": (
        [(3, 60, "0.02"), (2, 60, "9.00", None, {"price_unit": "JPY"})], (60, "calls", 5), (0.2, "USD", "calls", 3)
    ),
    "another currency": ([(5, 60, "0.03", None, {"price_unit": "EUR"})], (60, "calls", 5), (0.3, "EUR", "calls", 5)),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_preview_says_what_calls_take_and_cost_and_what_that_rests_on(
    queue: Queue, nobody_called_yet: None, name: str
) -> None:
    before, talk, cost = EXPECTED[name]
    (template,) = queue.owner.execute(
        "insert into public.call_templates (name, prompt) values (%s, 'Be kind.') returning id", [uuid4().hex]
    ).fetchone()
    for count, seconds, price, *more in before:
        talked(
            queue, count, seconds, price, template if more[:1] == ["own"] else None, **(more[1:] or [{}])[0]
        )
    campaign = filled(queue, 10)
    queue.owner.execute("update public.campaigns set template_id = %s where id = %s", [template, campaign])

    told = queue.database.call(
        "preview_campaign", id=campaign, limits={"calls_per_second": 1.0}, at=NOON, minute_price=0.014
    )

    looked_at = told["calls_looked_at"]
    assert (told["talk_s"], told["talk_from"], looked_at["talk_s"]) == talk
    assert (told["cost"], told["currency"], told["cost_from"], looked_at["cost"]) == cost


def test_nobody_costs_nothing(queue: Queue) -> None:
    told = queue.database.call("preview_campaign", id=made(queue), at=NOON, minute_price=0.014)

    assert (told["cost"], told["takes_s"], told["callable"]) == (0, 0, 0)


def test_lines_are_as_many_as_calls_of_before_take_them(queue: Queue, nobody_called_yet: None) -> None:
    talked(queue, 3, 30, None)
    campaign = filled(queue, 10)
    change(queue, campaign, concurrent=1)

    assert preview(queue, campaign)["takes_s"] == 300


# --- told afterwards ------------------------------------------------------------------------------


def test_a_report_counts_people_carrier_answers_and_redials_to_come(queue: Queue) -> None:
    campaign = filled(queue, 4)
    change(queue, campaign, state="running")
    token = uuid4()
    taken = [attempt for _, attempt in queue.taken(token=token)]
    queue.end(taken[0], "completed", token)
    queue.end(taken[1], "busy", token)
    queue.database.call("finish_dial", attempt_id=taken[2], token=token, outcome="refused", error="21211")

    report = queue.database.call("campaign_report", id=campaign)

    assert report["by_status"] == {"completed": 1, "queued": 1, "failed": 1, "in-progress": 1}
    assert report["by_transport"] == {"completed": 1, "busy": 1}
    assert (report["attempts"], report["under_way"], report["dialled"]) == (4, 1, 3)
    assert (report["invalid_numbers"], report["failed_by"]) == (1, {"21211": 1})
    assert report["redials_to_come"]["people"] == 1


@pytest.mark.parametrize(
    ("error", "status", "sip", "is_invalid"),
    [
        *((code, None, None, True) for code in ("21211", "21214", "21216", "21217", "not_dialable")),
        *((code, None, None, False) for code in ("21215", "21210", "20003", "refused")),
        *((None, "failed", sip, True) for sip in (404, 410, 484, 604)),
        *((None, "failed", sip, False) for sip in (503, 480, None)),
        (None, "busy", 486, False),
        (None, "no-answer", 404, False),
    ],
)
def test_a_number_that_is_nobodys_is_in_no_rate(
    queue: Queue, error: str | None, status: str | None, sip: int | None, is_invalid: bool
) -> None:
    campaign = filled(queue, 2)
    change(queue, campaign, state="running", redial={})
    token, sid = uuid4(), f"CA{uuid4().hex}"
    odd, talk = [attempt for _, attempt in queue.taken(token=token)]
    queue.end(talk, "completed", token)
    if error:
        queue.database.call("finish_dial", attempt_id=odd, token=token, outcome="refused", error=error)
    else:
        queue.database.call("finish_dial", attempt_id=odd, token=token, outcome="sent", call_sid=sid)
        queue.database.call("record_call_status", call_sid=sid, status=status, sip_response_code=sip)
        queue.database.call("settle_dial", attempt_id=odd, status=status, call_sid=sid)

    report = queue.database.call("campaign_report", id=campaign)

    assert report["invalid_numbers"] == is_invalid
    assert report["by_transport"] == {"completed": 1} | (
        {} if is_invalid or error == "refused" else {status or "failed": 1}
    )
    assert report["dialled"] == (2 if not is_invalid and not error else 1)


def test_a_foreign_actor_sees_and_changes_no_campaign(queue: Queue) -> None:
    campaign = filled(queue, 1)
    actor = {"user_id": str(uuid4()), "role": "operator"}

    answers = [
        queue.database.call("show_campaign", id=campaign, actor=actor),
        queue.database.call("preview_campaign", id=campaign, actor=actor),
        queue.database.call("campaign_report", id=campaign, actor=actor),
        queue.database.call("campaign_variables", id=campaign, actor=actor),
        queue.database.call("change_campaign", id=campaign, changes={"state": "running"}, actor=actor),
        queue.database.call("add_people", id=campaign, people=people(queue.number()), actor=actor),
    ]

    assert {one["code"] for one in answers} == {"unknown_campaign"}
    assert queue.database.call("list_campaigns", actor=actor)["rows"] == []
