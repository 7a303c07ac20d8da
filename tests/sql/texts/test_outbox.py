"""What leaves is a row first, claimed by one sender, and never sent a second time."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from tests.sql.texts.texting import OPERATOR, PERSON, ago, someone, wait_for_locks

pytestmark = pytest.mark.sql


def test_the_parts_of_an_answer_leave_in_their_order_one_at_a_time(texting):
    texting.reply("one", "two", "three")

    first = texting.outgoing()
    while_under_way = texting.outgoing()
    texting.finish(first[0])

    assert [row["content"] for row in first] == ["one"]
    assert while_under_way == []
    assert texting.send_all() == ["two", "three"]


def test_four_senders_never_hold_one_text_together_nor_two_of_one_number(texting):
    people = [someone() for _ in range(20)]
    expected = sorted(texting.queue(person, f"{n}") for person in people for n in range(5))
    barrier = threading.Barrier(4)
    under_way: set[str] = set()
    seen, both = [], []
    watching = threading.Lock()

    def send() -> None:
        barrier.wait()
        idle = 0
        while idle < 20:
            rows = texting.outgoing(batch=3)
            idle = 0 if rows else idle + 1
            for row in rows:
                with watching:
                    both.extend({row["to_number"]} & under_way)
                    under_way.add(row["to_number"])
                    seen.append(row["id"])
                with watching:
                    under_way.remove(row["to_number"])
                texting.finish(row)

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(send) for _ in range(4)]:
            each.result()

    assert sorted(seen) == expected
    assert both == []
    order = [texting.row(message)["to_number"] for message in seen]
    assert all(
        [m for m, to in zip(seen, order, strict=True) if to == person]
        == sorted(m for m, to in zip(seen, order, strict=True) if to == person)
        for person in people
    )


def test_two_senders_at_once_never_start_two_texts_to_one_number(texting, dsn):
    """The first holds a code, uncommitted; the second sees only the chat that waits behind it."""
    texting.queue(content="chat")
    texting.queue(content="[code]", kind="verification")
    with psycopg.connect(dsn) as slow, ThreadPoolExecutor(1) as pool:
        slow.execute("select public.claim_outgoing(%s, 30, 1)", [uuid4()])
        second = pool.submit(texting.outgoing)
        wait_for_locks(texting, 1)
        slow.commit()
        rows = second.result()

    assert rows == []
    assert texting.rows("select content from public.sms_history where outbox_state = 'sending'") == [
        ("[code]",)
    ]


def test_repeating_a_claim_returns_the_same_texts(texting):
    for _ in range(3):
        texting.queue(someone())
    token = uuid4()

    first, again = texting.outgoing(token=token, batch=2), texting.outgoing(token=token, batch=2)

    assert [row["id"] for row in first] == [row["id"] for row in again]
    assert len(texting.outgoing()) == 1


def test_an_answer_that_was_committed_and_not_sent_is_sent_by_whoever_comes(texting):
    texting.reply("hello")

    assert texting.send_all() == ["hello"]


def test_a_text_whose_sender_died_is_unknown_and_never_sent_again(texting):
    message = texting.queue()
    (row,) = texting.outgoing(lease_s=5)
    token = texting.column(message, "outbox_token")
    texting.later(message, seconds=6)

    assert texting.send_all() == []
    kept = texting.row(message)
    assert (kept["outbox_state"], kept["status"], kept["outbox_token"]) == ("unknown", "unknown", token)
    assert texting.finish(row, "not_sent") == {"result": "fenced"}
    assert texting.finish(row, "refused", error_code="30007") == {"result": "fenced"}
    assert texting.send_all() == []


def test_a_sender_that_lost_its_lease_may_still_tell_that_it_was_sent(texting):
    message = texting.queue()
    (row,) = texting.outgoing(lease_s=5)
    texting.later(message, seconds=6)
    texting.outgoing()

    answer = texting.finish(row, message_sid="SM1", status="queued")

    kept = texting.row(message)
    assert answer["result"] == "finished"
    assert (kept["outbox_state"], kept["status"], kept["message_sid"]) == ("sent", "queued", "SM1")


def test_a_lease_that_is_over_is_lost_even_if_nobody_has_noticed(texting):
    message = texting.queue()
    (row,) = texting.outgoing(lease_s=5)
    texting.later(message, seconds=6)

    assert texting.finish(row, "not_sent") == {"result": "fenced"}
    assert texting.column(message, "outbox_state") == "unknown"


def test_a_stranger_finishes_nothing(texting):
    texting.queue()
    (row,) = texting.outgoing()

    assert texting.finish(row, token=uuid4()) == {"result": "fenced"}
    assert texting.column(row["id"], "outbox_state") == "sending"


def test_telling_twice_how_it_went_changes_nothing(texting):
    message = texting.queue()
    (row,) = texting.outgoing()

    answers = [texting.finish(row, message_sid="SM2", status="queued", num_segments=2) for _ in range(2)]

    assert answers[0] == answers[1]
    assert (texting.column(message, "num_segments"), texting.column(message, "outbox_state")) == (2, "sent")
    assert texting.finish(row, message_sid="SM3") == {"result": "refused", "code": "other_sid"}


def test_what_was_not_sent_is_tried_twelve_times_ever_later_and_holds_up_what_comes_after_it(texting):
    first, second = texting.reply("one", "two")
    pauses = []
    for attempt in range(1, 13):
        (row,) = texting.outgoing()
        assert (row["id"], texting.column(first, "send_attempts")) == (first, attempt)
        again = texting.finish(row, "not_sent", error_code="unreachable")["again"]
        assert again is (attempt < 12)
        if again:
            assert texting.outgoing() == [], "nothing overtakes it"
            pauses += texting.rows("select not_before - now() from public.sms_history where id = %s", first)[
                0
            ]
            texting.later(first, minutes=10)

    assert all(now > before for before, now in itertools.pairwise(pauses[:8]))
    assert timedelta(seconds=1) < pauses[0] < timedelta(seconds=4)
    assert timedelta(minutes=20) < sum(pauses, timedelta()), "an outage of the carrier's is bridged"
    assert max(pauses) < timedelta(minutes=8)
    kept = texting.row(first)
    assert (kept["outbox_state"], kept["status"], kept["error_code"]) == ("failed", "failed", "unreachable")
    assert [row["id"] for row in texting.outgoing()] == [second]


def test_the_carriers_own_pause_is_kept(texting):
    message = texting.queue()
    texting.finish(texting.outgoing()[0], "not_sent", error_code="20429", retry_after_s=120)

    (pause,) = texting.rows("select not_before - now() from public.sms_history where id = %s", message)[0]

    assert timedelta(seconds=119) < pause < timedelta(seconds=181)


def test_texts_that_were_refused_together_do_not_come_again_together(texting):
    for _ in range(20):
        texting.queue(someone())
    for row in texting.outgoing(batch=20):
        texting.finish(row, "not_sent", error_code="20429", retry_after_s=120)

    ((spread,),) = texting.rows(
        "select max(not_before - sending_at) - min(not_before - sending_at) from public.sms_history"
    )

    # Of the minute over which they are scattered; claiming and finishing twenty takes much less.
    assert spread > timedelta(seconds=20)


@pytest.mark.parametrize("code", ["21610", "30004"])
def test_a_person_whom_the_carrier_blocks_gets_no_more_texts_until_they_say_start(texting, code):
    texting.queue(content="first")
    texting.finish(texting.outgoing()[0], "refused", error_code=code)
    texting.queue(content="second")
    blocked = texting.send_all()

    texting.receive("START", keyword="start")
    texting.queue(content="third")

    assert blocked == []
    assert texting.send_all() == ["third"]


def test_another_refusal_is_the_end_of_that_text_alone(texting):
    message = texting.queue(content="first")
    texting.queue(content="second")
    texting.finish(texting.outgoing()[0], "refused", error_code="30007")

    assert texting.send_all() == ["second"]
    assert (texting.column(message, "status"), texting.column(message, "error_code")) == ("failed", "30007")


def test_a_text_is_held_until_its_time_without_holding_up_others(texting):
    later = texting.queue(content="tomorrow", not_before=ago(hours=-24), kind="reminder")
    texting.queue(content="now")

    assert texting.send_all() == ["now"]
    texting.later(later, hours=25)
    assert texting.send_all() == ["tomorrow"]


def test_asking_twice_with_one_key_queues_once(texting):
    ids = {texting.queue(content="reminder", kind="reminder", request_key="r1") for _ in range(3)}

    assert len(ids) == 1
    assert texting.send_all() == ["reminder"]


def test_asking_with_one_key_at_the_same_time_queues_once(texting, dsn):
    asked = "select public.queue_text(%s, '+12025550100', 'sms', 'reminder', 'reminder', request_key => 'r2')"
    with psycopg.connect(dsn) as slow, ThreadPoolExecutor(1) as pool:
        ((first,),) = slow.execute(asked, [PERSON]).fetchall()
        second = pool.submit(texting.queue, content="reminder", kind="reminder", request_key="r2")
        wait_for_locks(texting, 1)
        slow.commit()

    assert second.result() == first["message_id"]
    assert texting.send_all() == ["reminder"]


def test_an_answer_has_each_of_its_parts_once_whoever_writes_them(texting):
    part, *_ = texting.reply("one", "two")

    with pytest.raises(psycopg.errors.UniqueViolation):
        texting.owner.execute(
            """insert into public.sms_history (phone_number, direction, content, in_reply_to, part)
               select phone_number, direction, content, in_reply_to, part from public.sms_history where id = %s""",
            [part],
        )


def test_codes_go_before_everything_else_and_name_what_they_are_made_from(texting):
    people = [someone() for _ in range(4)]
    for person in people[:3]:
        texting.queue(person, "chat")
    ((verification,),) = texting.rows(
        """insert into public.verifications (phone_number, purpose, channel, nonce, expires_at)
           values (%s, 'api', 'sms', 'nonce-1', now() + interval '10 minutes') returning id""",
        people[3],
    )
    texting.queue(people[3], "[code] is your code", kind="verification", verification_id=verification)

    (first,) = texting.outgoing(batch=1)

    assert (first["content"], first["verification_id"]) == ("[code] is your code", str(verification))


def test_a_worker_of_the_release_before_can_read_what_it_claims(texting):
    """A claim that its worker cannot read is a text of unknown fate, which is not sent again."""
    texting.queue(someone(), "chat")

    (claimed,) = texting.outgoing(batch=1)

    assert claimed.keys() >= {
        "id", "to_number", "our_number", "channel", "content", "kind", "verification_id", "nonce", "purpose", "media",
        "details", "window_open", "timezone",
    }  # fmt: skip


def test_after_an_outage_only_what_somebody_waits_for_leaves(texting):
    texting.queue(someone(), "reminder", kind="reminder")
    texting.reply("an answer")

    held = [row["content"] for row in texting.outgoing(hold=True)]

    assert held == ["an answer"]
    assert [row["content"] for row in texting.outgoing()] == ["reminder"]


def test_whatsapp_tells_whether_free_words_are_allowed(texting):
    person = f"whatsapp:{PERSON}"
    texting.receive(sender=person, channel="whatsapp", observed_at=ago(hours=25))
    texting.queue(person, channel="whatsapp")
    (closed,) = texting.outgoing()
    texting.finish(closed)
    texting.receive(sender=person, channel="whatsapp", observed_at=ago(hours=23))
    texting.queue(person, channel="whatsapp")

    (opened,) = texting.outgoing()

    assert (closed["window_open"], opened["window_open"]) == (False, True)


def test_templates_travel_with_the_answer(texting):
    texting.receive()
    texting.answer(texting.claim(), texts=[{"content": "Hi", "content_sid": "HX1", "media": [{"url": "u"}]}])

    (row,) = texting.outgoing()

    assert (row["details"], row["media"], row["channel"]) == ({"content_sid": "HX1"}, [{"url": "u"}], "mms")


def test_the_operators_notices_make_no_thread(texting):
    texting.queue(OPERATOR, kind="operator_notice")

    assert texting.rows("select count(*) from public.conversations") == [(0,)]


def test_a_welcome_a_code_and_a_reminder_stand_among_the_onboarding_messages_with_their_delivery(texting):
    user = texting.receive()["user_id"]
    kinds = ("onboarding", "onboarding", "verification", "reminder", "conversation")
    ids = [texting.queue(content=kind, kind=kind, user_id=user) for kind in kinds]
    while rows := texting.outgoing():
        for row in rows:
            texting.finish(row, message_sid=f"SM-{row['id']}")
    texting.status(f"SM-{ids[0]}", "delivered")
    texting.status(f"SM-{ids[3]}", "undelivered", error_code="30005")

    rows = texting.rows(
        """select message_type, status, message_sid, sent_at is not null, delivered_at is not null, error_message
             from public.onboarding_messages order by id"""
    )

    assert rows == [
        ("welcome", "delivered", f"SM-{ids[0]}", True, True, None),
        ("verification", "sent", f"SM-{ids[2]}", True, False, None),
        ("reminder", "failed", f"SM-{ids[3]}", True, False, "30005"),
    ]
