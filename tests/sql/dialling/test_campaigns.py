"""Campaigns: filled once, edited while they run, paused anywhere, and told beforehand what they will do."""

import random
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.campaigns.campaigns import change, filled, made, people, preview
from tests.sql.dialling.conftest import Queue

pytestmark = pytest.mark.sql


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
