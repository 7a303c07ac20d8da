"""Who answered, in every order of statuses and verdict; who replied before it; what an entry and a goal come to."""

import itertools
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.conftest import Queue
from voicebot.domain.dialling.answerer import MAILBOX_WORDS, answerer_of

pytestmark = pytest.mark.sql
SAID = {"event": "CallerSaid", "text": "Hello?"}
KEY = {"event": "KeyPressed", "key": "1"}
SILENCE = {"event": "SilencePassed"}


class Talk:
    """One attempt of one entry, as the carrier tells about it."""

    def __init__(self, queue: Queue, **columns: Any) -> None:
        self.queue, self.token, self.sid = queue, uuid4(), f"CA{uuid4().hex}"
        (self.entry,) = queue.put(**columns)
        ((taken, self.attempt),) = queue.taken(token=self.token)
        assert taken == self.entry

    def sent(self) -> None:
        self.queue.database.call(
            "finish_dial", attempt_id=self.attempt, token=self.token, outcome="sent", call_sid=self.sid
        )

    def tell(self, status: str) -> None:
        """A status callback: of the call, and of the attempt."""
        self.queue.database.call("record_call_status", call_sid=self.sid, status=status, direction="outbound")
        self.queue.database.call("settle_dial", attempt_id=self.attempt, status=status, call_sid=self.sid)

    def verdict(self, word: str, attempt: Any = None, sid: str | None = None) -> Any:
        return self.queue.database.call(
            "record_amd",
            call_sid=sid or self.sid,
            answered_by=word,
            detection_ms=4000,
            attempt_id=attempt or self.attempt,
            answerer=answerer_of(word).value,
            mailbox_words=MAILBOX_WORDS,
        )

    def turns(self, *events: dict[str, Any]) -> None:
        """What the far end did after the greeting, turn by turn."""
        owner = self.queue.owner
        call = self.call_id()
        for turn, event in enumerate(events, start=1):
            owner.execute(
                """insert into public.call_turns (call_id, turn, input, said, silent, token, lease_until)
                   values (%s, %s, %s, %s, %s, %s, now())""",
                [call, turn, Jsonb([event]), event.get("text"), event == SILENCE, uuid4()],
            )

    def call_id(self) -> int:
        owner = self.queue.owner
        owner.execute(
            "insert into public.call_history (call_sid, phone_number) values (%s, '') on conflict do nothing",
            [self.sid],
        )
        return int(
            owner.execute("select id from public.call_history where call_sid = %s", [self.sid]).fetchone()[0]
        )

    def stands(self) -> tuple[Any, ...]:
        """How attempt, entry and call stand."""
        return tuple(
            self.queue.owner.execute(
                """select a.state, a.transport_result, a.answered_by, a.verdict, a.goal, a.call_sid = %s, q.status,
                          q.last_error, q.retry_count, c.answered_by, c.call_status, c.outcome
                     from public.call_attempts a join public.call_queue q on q.id = a.call_queue_id
                     left join public.call_history c on c.call_sid = %s where a.id = %s""",
                [self.sid, self.sid, self.attempt],
            ).fetchone()
        )

    def jobs(self) -> int:
        return int(
            self.queue.owner.execute(
                "select count(*) from jobs.procrastinate_jobs where task_name = 'meet_machine' and args ->> 'attempt_id' = %s",
                [self.attempt],
            ).fetchone()[0]
        )


@pytest.mark.parametrize(
    ("word", "answered_by", "goal", "entry", "error"),
    [
        ("human", "human", None, "completed", None),
        ("unknown", "unknown", None, "completed", None),
        ("machine_start", "voicemail", "not_reached", "queued", "voicemail"),
        ("machine_end_beep", "voicemail", "not_reached", "queued", "voicemail"),
        ("fax", "fax", "not_reached", "failed", "fax"),
    ],
)
def test_every_order_of_statuses_and_verdict_ends_alike(queue: Queue, word, answered_by, goal, entry, error):
    ends = set()

    for order in itertools.permutations(("in-progress", "completed", word, "sent")):
        talk = Talk(queue)
        for step in order:
            match step:
                case "sent":
                    talk.sent()
                case step if step == word:
                    talk.verdict(word)
                    talk.verdict(word)
                case _:
                    talk.tell(step)
        ends.add(talk.stands())
        queue.owner.execute("update public.call_queue set status = 'canceled' where id = %s", [talk.entry])

    seen = "not_reached" if goal else None
    assert ends == {
        ("done", "completed", answered_by, word, goal, True, entry, error, 1, word, "completed", seen)
    }


def test_a_machine_that_is_on_the_line_is_met_once_and_one_that_is_gone_is_not(queue: Queue):
    met, gone, person = Talk(queue), Talk(queue), Talk(queue)
    for talk in (met, gone, person):
        talk.sent()
        talk.tell("in-progress")
    gone.tell("completed")

    for talk, word in (
        (met, "machine_end_beep"),
        (met, "machine_end_beep"),
        (gone, "fax"),
        (person, "human"),
    ):
        talk.verdict(word)

    assert [talk.jobs() for talk in (met, gone, person)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("did", "answered_by"),
    [
        ((SAID,), "human"),
        ((SILENCE, SAID), "human"),
        ((SILENCE, KEY), "human"),
        (({**SAID, "text": "I'm not available right now."},), "human"),
        (({**SAID, "text": "who is this"}, SILENCE), "human"),
        ((KEY,), "human"),
        (({**SAID, "text": "Hola, ¿quién es?"},), "human"),
        ((), "voicemail"),
        ((SILENCE,), "voicemail"),
        (({**SAID, "text": " "},), "voicemail"),
        ((SILENCE, SILENCE, SILENCE, SAID), "voicemail"),
        (({**SAID, "text": "Please leave a message after the tone."},), "voicemail"),
        (({**SAID, "text": "Hi, this is Ann."}, {**SAID, "text": "At the TONE, leave your message"}), "voicemail"),
        (({**SAID, "text": "Please leave a message."}, KEY), "human"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ended", [False, True])
def test_who_replied_before_the_verdict_is_a_person_unless_it_speaks_like_a_mailbox(
    queue: Queue, did, answered_by, ended
):
    talk = Talk(queue)
    talk.sent()
    talk.tell("in-progress")
    talk.turns(*did)
    if ended:
        talk.tell("completed")

    talk.verdict("machine_start")
    if not ended:
        assert talk.jobs() == (answered_by == "voicemail")
        talk.tell("completed")

    state = talk.stands()
    assert (state[2], state[3]) == (answered_by, "machine_start")
    assert state[6] == ("completed" if answered_by == "human" else "queued")
    assert state[9] == ("human" if answered_by == "human" else "machine_start")


def test_a_fax_is_no_person_whatever_was_heard(queue: Queue):
    talk = Talk(queue)
    talk.sent()
    talk.turns(SAID)

    talk.verdict("fax")
    talk.tell("completed")

    assert (talk.stands()[2], talk.stands()[6]) == ("fax", "failed")


def test_a_verdict_of_another_call_or_of_no_attempt_changes_no_attempt(queue: Queue):
    one, other = Talk(queue), Talk(queue)
    for talk in (one, other):
        talk.sent()
    before = one.stands()[:9]

    # Another attempt's call under our id, and an id that is nobody's.
    other.verdict("human", attempt=one.attempt)
    one.verdict("fax", attempt=uuid4(), sid=f"CA{uuid4().hex}")

    assert one.stands()[:9] == before


def test_a_verdict_under_way_before_the_carriers_answer_names_the_call(queue: Queue):
    talk = Talk(queue)

    talk.verdict("human")

    assert talk.stands()[5] is True
    other = f"CA{uuid4().hex}"
    told = queue.database.call("settle_dial", attempt_id=talk.attempt, status="completed", call_sid=other)
    assert told["result"] == "refused"


def test_a_late_verdict_leaves_alone_what_was_canceled_or_dialled_again(queue: Queue):
    canceled, again = Talk(queue), Talk(queue)
    for talk in (canceled, again):
        talk.sent()
        talk.tell("completed")
    queue.set(canceled.entry, status="canceled")
    queue.owner.execute(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state)
           select call_queue_id, 'talk', 2, to_number, 'done' from public.call_attempts where id = %s""",
        [again.attempt],
    )

    for talk in (canceled, again):
        talk.verdict("machine_start")

    assert [queue.row(talk.entry)[0] for talk in (canceled, again)] == ["canceled", "completed"]


def test_a_mailbox_at_the_last_attempt_is_no_success(queue: Queue):
    talk = Talk(queue, max_attempts=1)
    talk.sent()
    talk.tell("completed")

    talk.verdict("machine_end_other")

    assert queue.row(talk.entry)[:2] == ("failed", "voicemail")


# --- what it was made for -------------------------------------------------------------------------


def summarise(queue: Queue, talk: Talk, outcome: str, quote: str | None) -> None:
    queue.database.call(
        "save_summary", call_id=talk.call_id(), title="A talk", tldr="They talked.", key_decisions=[], action_items=[],
        follow_up_questions=[], outcome=outcome, model_used="m", seconds=1.0, quote=quote,
    )  # fmt: skip


def goal_of(queue: Queue, talk: Talk) -> Any:
    return queue.owner.execute(
        "select goal, goal_evidence from public.call_attempts where id = %s", [talk.attempt]
    ).fetchone()


@pytest.mark.parametrize(
    ("outcome", "quote", "goal"),
    [
        ("answered", "Yes, nine is fine.", "reached"),
        ("answered", None, "unknown"),
        ("message_taken", None, "reached"),
        ("transferred", "Put me through.", "reached"),
        ("not_reached", None, "not_reached"),
        ("abandoned", None, "not_reached"),
        ("unclear", "Maybe.", "unknown"),
    ],
)
def test_a_talks_goal_is_what_its_summary_can_prove(queue: Queue, outcome, quote, goal):
    talk = Talk(queue)
    talk.sent()
    talk.verdict("human")
    talk.tell("completed")

    assert goal_of(queue, talk) == (None, None)
    summarise(queue, talk, outcome, quote)

    assert goal_of(queue, talk) == (goal, quote)


@pytest.mark.parametrize("late", [False, True])
def test_a_mailbox_is_never_reached_whatever_a_summary_says(queue: Queue, late):
    talk = Talk(queue)
    talk.sent()
    talk.tell("completed")
    steps = [
        lambda: talk.verdict("machine_start"),
        lambda: summarise(queue, talk, "answered", "Leave a word."),
    ]

    for step in reversed(steps) if late else steps:
        step()

    assert goal_of(queue, talk) == ("not_reached", None)


def test_a_mailbox_is_told_its_message_once_and_only_by_its_own_call(queue: Queue):
    talk = Talk(queue)
    talk.sent()
    begin = lambda sid: queue.database.call(  # noqa: E731
        "begin_voicemail_message", attempt_id=talk.attempt, call_sid=sid
    )["result"]
    too_early = begin(talk.sid)
    talk.verdict("machine_end_beep")

    met = queue.database.call("machine_met", attempt_id=talk.attempt)

    assert (too_early, begin("CAother"), begin(talk.sid), begin(talk.sid)) == (
        "refused",
        "refused",
        "begun",
        "begun",
    )
    assert (met["verdict"], met["answered_by"], met["over"]) == ("machine_end_beep", "voicemail", False)
    assert queue.database.call("machine_met", attempt_id=talk.attempt)["over"] is True
    assert queue.database.call("machine_met", attempt_id=uuid4()) == {"result": "unknown"}
