"""What the end of a try means, whatever is handed over: again later, never, or never again and found out."""

import logging
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.hand_over import Claimed, NotNow, Outbox, Refused, Try, hand_over_due
from voicebot.storage.database import DatabaseAway

SENT = Handover(HandoverOutcome.SENT, sid="X1")


@dataclass
class Counter:
    """Rows to hand over, and what came of each."""

    rows: list[str] = field(default_factory=lambda: ["a"])
    next_in_s: float | None = None
    ending: Any = SENT
    unprepared: Exception | None = None
    claim_lost: bool = False
    away: int = 0
    passes_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    finished: list[tuple[str, Handover]] = field(default_factory=list)
    tokens: set[UUID] = field(default_factory=set)
    waited: list[float] = field(default_factory=list)
    now: float = 0.0

    def outbox(self) -> Outbox[str]:
        return Outbox(
            name="parcel",
            provider="post",
            operation="send",
            lease_s=60.0,
            longest_try_s=20.0,
            key=lambda row: row,
            claim=self.claim,
            prepare=self.prepare,
            finish=self.finish,
            clock=lambda: self.now,
            wait=self.waited.append,
        )

    def claim(self, token: UUID) -> Claimed[str]:
        self.tokens.add(token)
        return Claimed(self.rows, self.next_in_s)

    def prepare(self, row: str) -> Try:
        if self.unprepared:
            raise self.unprepared
        return lambda: self.ask(row)

    def ask(self, row: str) -> Handover:
        self.asked.append(row)
        self.now += self.passes_s
        if isinstance(self.ending, Exception):
            raise self.ending
        return self.ending

    def finish(self, row: str, token: UUID, handover: Handover) -> str | None:
        self.tokens.add(token)
        if self.away:
            self.away -= 1
            raise DatabaseAway("gone")
        self.finished.append((row, handover))
        return None if self.claim_lost else handover.outcome.value


def test_what_was_sent_is_finished_by_the_token_that_claimed_it():
    counter = Counter(rows=["a", "b"])

    assert hand_over_due(counter.outbox()) == 2

    assert counter.finished == [("a", SENT), ("b", SENT)]
    assert len(counter.tokens) == 1


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_provider_that_fails_says_what_may_have_happened(outcome):
    counter = Counter(ending=ProviderError("post", "503", outcome, retry_after_s=7.0))

    hand_over_due(counter.outbox())

    assert counter.finished == [("a", Handover(HandoverOutcome(outcome.value), "503", 7.0))]


@pytest.mark.parametrize(
    ("reason", "outcome", "code"),
    [
        (Refused("night"), "refused", "night"),
        (NotNow("no_server"), "not_sent", "no_server"),
        (DatabaseAway("gone"), "not_sent", "database_away"),
        (KeyError("a fault of ours"), "not_sent", "fault"),
    ],
)
def test_what_could_not_be_prepared_was_never_asked_for(reason, outcome, code):
    counter = Counter(unprepared=reason)

    hand_over_due(counter.outbox())

    assert counter.asked == []
    assert counter.finished == [("a", Handover(HandoverOutcome(outcome), code))]


def test_a_fault_while_the_provider_is_asked_finishes_nothing():
    """The provider may have it: the claim runs out, and the row is found out about."""
    counter = Counter(ending=KeyError("a fault of ours"))

    with pytest.raises(KeyError):
        hand_over_due(counter.outbox())

    assert counter.finished == []


def test_a_claim_that_is_about_to_run_out_is_not_used():
    counter = Counter(rows=["a", "b", "c"], passes_s=41.0)

    hand_over_due(counter.outbox())

    assert counter.asked == ["a"]
    late = Handover(HandoverOutcome.NOT_SENT, "claim_ran_out")
    assert counter.finished == [("a", SENT), ("b", late), ("c", late)]


def test_only_we_know_the_answer_so_it_is_kept_when_the_database_is_back():
    counter = Counter(away=3)

    hand_over_due(counter.outbox())

    assert counter.finished == [("a", SENT)]
    assert counter.asked == ["a"]
    assert len(counter.waited) == 3


def test_a_database_that_stays_away_ends_the_round():
    counter = Counter(away=100)

    with pytest.raises(DatabaseAway):
        hand_over_due(counter.outbox())

    assert len(counter.waited) == 19


@pytest.mark.parametrize(
    ("next_in_s", "found", "waited"), [(None, 0, []), (0.0, 1, []), (0.3, 1, [0.3]), (0.7, 0, [])]
)
def test_the_next_place_of_a_rate_is_waited_for_when_it_is_near(next_in_s, found, waited):
    counter = Counter(rows=[], next_in_s=next_in_s)

    assert hand_over_due(counter.outbox()) == found
    assert counter.waited == waited


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "parcel handed over"),
        ({"unprepared": Refused("night")}, "parcel not handed over"),
        ({"claim_lost": True}, "the claim of a parcel was lost"),
    ],
)
def test_each_end_is_logged_once(caplog, changes, said):
    caplog.set_level(logging.INFO)

    hand_over_due(Counter(**changes).outbox())

    assert [record.getMessage() for record in caplog.records] == [said]
