"""Whatever is done to entries and campaigns at whatever step, nobody is dialled twice for one attempt, and all ends.

A machine of random steps over SQL, with the moment handed in: claims, workers that die, sleep and wake, a carrier that loses
answers, people who pause, resume, edit, cancel and hold. It knows what the carrier really did.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.sql.dialling.conftest import NOON, Queue

pytestmark = pytest.mark.sql
LONG = os.environ.get("CHAOS") == "long"
SETTINGS = settings(
    max_examples=200 if LONG else 12,
    stateful_step_count=50 if LONG else 25,
    deadline=None,
    derandomize=True,
    database=None,
    # Ids are drawn by the database: the same steps never come about quite alike again.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
ENDS = ("completed", "busy", "no-answer", "failed", "canceled")
WAITS = tuple(timedelta(seconds=s) for s in (1, 20, 61, 3600, 90_000))
PLACES = st.integers(0, 10**6)
FATES = ("talks", "talks", "forgets", "dies", "sleeps", "refused", "not_sent", "lost")
"""What becomes of a dial: made and recorded; made, and whoever made it dies; whoever holds it dies; sleeps; the carrier says
no; was not asked; or takes it, and its answer is lost."""

EACH = st.lists(st.sampled_from(FATES), min_size=1, max_size=6)


@dataclass
class Handed:
    """A dial that a worker was given, and what the carrier made of it."""

    attempt: str
    token: UUID
    entry: str
    number: str
    sleeps: bool = False
    """Whoever was given it will go on with it some time."""
    sid: str | None = None
    """The carrier's call; None: it was never asked, or did not take it."""
    over: str | None = None


@dataclass
class World:
    """What is true, whatever SQL believes."""

    handed: dict[str, Handed] = field(default_factory=dict)
    running: dict[UUID, str] = field(default_factory=dict)
    entries: dict[str, UUID | None] = field(default_factory=dict)
    canceled: set[str] = field(default_factory=set)


class Dialling(RuleBasedStateMachine):
    """Steps that workers, the carrier and operators take."""

    queue: Queue

    def __init__(self) -> None:
        super().__init__()
        self.queue.empty()
        self.at: datetime = NOON
        self.world = World(running={self.queue.campaign(name=name): "running" for name in ("a", "b")})

    # --- steps --------------------------------------------------------------------------------

    @initialize()
    def begins(self) -> None:
        for lane in (0, 1, 2):
            self._ask(lane, 2, self.queue.number())
            self._ask(lane, 3, self.queue.number())

    @rule(lane=st.integers(0, 2), most=st.integers(1, 3), again=st.booleans(), place=PLACES, fates=EACH)
    def asks(self, lane: int, most: int, again: bool, place: int, fates: list[str]) -> None:
        people = sorted({one.number for one in self.world.handed.values()})
        if again and people:
            self._ask(2, most, people[place % len(people)])
        else:
            self._ask(lane, most, self.queue.number())
        self.works(3, again, fates)

    @rule(
        place=PLACES,
        what=st.sampled_from(("pause", "run", "run", "run", "edit", "end")),
        number=st.integers(1, 5),
        fates=EACH,
    )
    def directs_campaign(self, place: int, what: str, number: int, fates: list[str]) -> None:
        campaign = list(self.world.running)[place % 2]
        state = {"pause": "paused", "run": "running", "end": "canceled" if number == 5 else "running"}.get(
            what
        )
        changes = {"state": state} if state else {"concurrent": number, "max_attempts": min(3, number)}
        answer = self.queue.database.call("change_campaign", id=campaign, changes=changes)
        if state and answer["result"] == "changed":
            self.world.running[campaign] = state
        self.works(number, False, fates)

    @rule(
        place=PLACES,
        what=st.sampled_from(("cancel", "edit", "hold", "release")),
        hours=st.integers(1, 60),
        fates=EACH,
    )
    def directs_entry(self, place: int, what: str, hours: int, fates: list[str]) -> None:
        entry, database = self._one_of(self.world.entries, place), self.queue.database
        if what == "cancel" and hours % 3 == 0:
            if database.call("cancel_queued_call", id=UUID(entry))["result"] == "canceled":
                self.world.canceled.add(entry)
        elif what == "edit":
            later = (NOON + timedelta(hours=hours)).isoformat()
            database.call(
                "change_queued_call", id=UUID(entry), changes={"priority": hours % 3, "not_after": later}
            )
            self.queue.set(entry, checked_at=NOON)
        elif self.world.handed:
            until = self.at + timedelta(hours=hours) if what == "hold" else None
            database.call("hold_person", number=self._one(place).number, until=until, reason="away")
        self.works(3, False, fates)

    @rule(batch=st.integers(1, 6), again=st.booleans(), fates=EACH)
    def works(self, batch: int, again: bool, fates: list[str]) -> None:
        """Somebody claims; each dial of it has a fate of its own."""
        token = uuid4()
        answer = self.queue.claimed(self.at, batch, token)
        if again:
            # The first answer was lost on its way.
            answer = self.queue.claimed(self.at, batch, token)
        for place, dial in enumerate(answer["dials"]):
            self._meets(self._given(dial, token), fates[place % len(fates)])

    @precondition(lambda self: any(one.sleeps for one in self.world.handed.values()))
    @rule(place=PLACES, fate=st.sampled_from(FATES))
    def wakes(self, place: int, fate: str) -> None:
        """Whoever slept goes on where they stopped, with whatever they hold."""
        asleep = {one.attempt: one for one in self.world.handed.values() if one.sleeps}
        one = asleep[self._one_of(asleep, place)]
        one.sleeps = False
        self._meets(one, fate)

    @precondition(lambda self: self.world.handed)
    @rule(place=PLACES, outcome=st.sampled_from(("sent", "refused", "not_sent", "unknown")))
    def is_recorded_by_somebody_else(self, place: int, outcome: str) -> None:
        one = self._one(place)
        answer = self.queue.database.call(
            "finish_dial", attempt_id=one.attempt, token=uuid4(), outcome=outcome
        )
        assert answer["result"] == "fenced"

    @rule(wait=st.sampled_from(WAITS), fates=EACH)
    def time_passes(self, wait: timedelta, fates: list[str]) -> None:
        self.at += wait
        self.works(4, False, fates)

    @precondition(lambda self: self.world.handed)
    @rule(places=st.lists(PLACES, min_size=1, max_size=5), status=st.sampled_from((*ENDS, "ringing")))
    def carrier_tells(self, places: list[int], status: str) -> None:
        """Of calls that it has, in any order and twice; or its complete list lacks what it never took."""
        for place in places:
            one = self._one(place)
            if one.sid:
                one.over = one.over or (status if status in ENDS else None)
                self._tell(one, one.over or status)
            elif self._state(one) == "unknown" and not one.sleeps:
                self._tell(one, "failed")

    # --- what always holds --------------------------------------------------------------------

    @invariant()
    def what_is_counted_is_what_is_under_way(self) -> None:
        assert self.queue.load() == self.queue.live()

    @invariant()
    def what_should_end_has_a_moment_at_which_it_does(self) -> None:
        rows = self.queue.owner.execute(
            """select a.id, a.state from public.call_attempts a where a.state in ('sending', 'sent', 'unknown')
                  and (a.deadline is null or a.state = 'sending' and a.lease_until is null)
               union all
               select q.id, q.status from public.call_queue q where q.status = 'queued' and q.next_attempt_at is null
               union all
               select q.id, q.status from public.call_queue q where q.status = 'in-progress' and not exists (
                   select from public.call_attempts a where a.call_queue_id = q.id and a.state in ('sending', 'sent', 'unknown'))"""
        )
        assert rows.fetchall() == []

    @invariant()
    def no_entry_has_more_calls_than_attempts_it_may_have(self) -> None:
        for entry in self.world.entries:
            ends = [one.over for one in self.world.handed.values() if one.entry == entry and one.sid]
            assert len(ends) <= 3
            # Who was reached is not called again.
            assert "completed" not in ends[:-1]

    def teardown(self) -> None:
        """In the end everything ends: by what the carrier tells, or by its deadline."""
        database, owner = self.queue.database, self.queue.owner
        self.at += timedelta(days=2)
        self.queue.claimed(self.at, hold=True)
        for one in self.world.handed.values():
            if one.sid:
                one.over = one.over or "busy"
                self._tell(one, one.over)
        owner.execute(
            "update public.call_attempts set deadline = now() - interval '1 second' where state in ('sent', 'unknown')"
        )
        while database.call("end_overdue_dials")["ended"]:
            pass
        left = owner.execute(
            """select q.status, a.state from public.call_queue q join public.call_attempts a on a.call_queue_id = q.id
                where q.status = 'in-progress' or a.state not in ('done', 'failed')"""
        )
        assert left.fetchall() == []
        super().teardown()

    # --- how it is told -----------------------------------------------------------------------

    def _ask(self, lane: int, most: int, person: str) -> None:
        campaign = [*self.world.running, None][lane]
        (entry,) = self.queue.put(campaign_id=campaign, max_attempts=most, recipient_number=person)
        self.world.entries[entry] = campaign

    def _given(self, dial: Any, token: UUID) -> Handed:
        entry, campaign = self.queue.owner.execute(
            "select call_queue_id::text, campaign_id from public.call_attempts where id = %s",
            [dial["attempt_id"]],
        ).fetchone()
        assert dial["attempt_id"] not in self.world.handed, "one attempt was given to two"
        assert entry not in self.world.canceled, "it was canceled"
        assert campaign is None or self.world.running[campaign] == "running", "its campaign does not run"
        one = Handed(dial["attempt_id"], token, entry, dial["to_number"])
        self.world.handed[one.attempt] = one
        return one

    def _meets(self, one: Handed, fate: str) -> None:
        if fate in ("dies", "sleeps"):
            one.sleeps = fate == "sleeps"
            return
        if self.queue.database.call("look_at_dial", attempt_id=one.attempt)["result"] != "stands":
            fate = "not_sent"
        if fate in ("talks", "forgets", "lost"):
            self._nobody_else_rings(one)
            one.sid = f"CA{uuid4().hex}"
        if fate != "forgets":
            said = {"talks": {"outcome": "sent", "call_sid": one.sid}, "lost": {"outcome": "unknown"}}.get(
                fate, {"outcome": fate}
            )
            self.queue.database.call("finish_dial", attempt_id=one.attempt, token=one.token, **said)

    def _state(self, one: Handed) -> str:
        (state,) = self.queue.owner.execute(
            "select state from public.call_attempts where id = %s", [one.attempt]
        ).fetchone()
        return str(state)

    def _nobody_else_rings(self, one: Handed) -> None:
        ringing = [
            other.attempt
            for other in self.world.handed.values()
            if other.number == one.number and other.sid and not other.over
        ]
        assert ringing == [], "two calls to one person at once"

    def _tell(self, one: Handed, status: str) -> None:
        told = {"status": status, "call_sid": one.sid} if one.sid else {"status": "failed", "call_sid": None}
        self.queue.database.call("settle_dial", attempt_id=one.attempt, **told)

    def _one(self, place: int) -> Handed:
        return self.world.handed[self._one_of(self.world.handed, place)]

    def _one_of(self, known: dict[str, Any], place: int) -> str:
        return list(known)[place % len(known)]


def test_whatever_is_done_at_whatever_step_nobody_is_dialled_twice_and_everything_ends(queue: Queue) -> None:
    machine: Callable[[], Dialling] = type("Machine", (Dialling,), {"queue": queue})
    run_state_machine_as_test(machine, settings=SETTINGS)
