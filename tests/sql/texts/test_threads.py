"""What waits in a thread is answered together, once, whoever dies while answering."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from tests.sql.texts.texting import LINE, NOTICE, OPERATOR, PERSON, someone
from voicebot.domain.access.actor import Actor

pytestmark = pytest.mark.sql


def test_three_quick_texts_are_claimed_together(texting):
    ids = [texting.receive(words)["message_id"] for words in ("hi", "it's me", "are you there?")]

    claimed = texting.claim()

    assert (claimed["unanswered"], claimed["upto"]) == (ids, ids[-1])
    assert [message["content"] for message in claimed["messages"]] == ["hi", "it's me", "are you there?"]
    assert texting.claim(token=uuid4()) == {"result": "none"}


def test_four_workers_never_hold_one_thread_together(texting):
    people = [someone() for _ in range(40)]
    for person in people:
        texting.receive(sender=person)
    barrier = threading.Barrier(4)

    def work() -> list[str]:
        barrier.wait()
        held = []
        while (claimed := texting.claim(token=uuid4()))["result"] == "claimed":
            held.append(claimed["customer_identifier"])
        return held

    with ThreadPoolExecutor(4) as pool:
        held = [person for each in [pool.submit(work) for _ in range(4)] for person in each.result()]

    assert sorted(held) == sorted(people)


def test_a_claim_says_who_the_person_is_and_what_they_phoned_about(texting):
    person = someone()
    first = texting.receive(sender=person)
    for n in range(7):
        texting.owner.execute(
            """insert into public.call_history (call_sid, phone_number, summary, outcome, started_at)
               values (%s, %s, %s, 'answered', now())""",
            [f"CA{uuid4().hex}", person, f"call {n}"],
        )
    texting.owner.execute(
        "update public.user_profiles set first_name = 'Ann' where user_id = %s", [first["user_id"]]
    )

    claimed = texting.claim()

    assert [call["summary"] for call in claimed["calls"]] == [f"call {n}" for n in range(2, 7)]
    assert (claimed["profile"]["first_name"], claimed["onboarding"]["status"]) == ("Ann", "pending")
    assert (claimed["verified"], claimed["our_number"], claimed["state"]) == (False, LINE, None)


def test_asking_again_with_the_same_token_returns_the_same_thread(texting):
    texting.receive(sender=someone())
    texting.receive(sender=someone())

    first, again = texting.claim(), texting.claim()

    assert first["conversation_id"] == again["conversation_id"]
    assert texting.claim(token=uuid4())["conversation_id"] != first["conversation_id"]


def test_a_claim_that_was_dropped_is_taken_over_and_its_holder_is_fenced(texting):
    texting.receive()
    first, other = texting.claim(), uuid4()
    texting.lose_lease()

    second = texting.claim(token=other)

    assert second["unanswered"] == first["unanswered"]
    assert texting.answer(first, "from the dead") == {"result": "fenced"}
    assert texting.answer(second, "hello", token=other)["result"] == "committed"
    assert texting.send_all() == ["hello"]


def test_a_late_answer_that_nobody_has_taken_over_still_counts(texting):
    texting.receive()
    claimed = texting.claim()
    texting.lose_lease()

    assert texting.answer(claimed, "hello")["result"] == "committed"
    assert texting.claim(token=uuid4()) == {"result": "none"}


def test_a_text_that_comes_during_answering_makes_the_answer_void(texting):
    texting.receive("where are you?")
    claimed = texting.claim()
    texting.receive("never mind, how much is it?")

    outcome = texting.answer(claimed, "in town", effects=[{"type": "set_profile", "first_name": "Bo"}])

    again = texting.claim(token=uuid4())
    assert outcome == {"result": "newer"}
    assert texting.outgoing() == []
    assert len(again["unanswered"]) == 2
    assert again["profile"]["first_name"] == ""
    assert texting.answer(again, "ten", token=UUID(texting.holder(again)))["result"] == "committed"


def test_a_stop_that_comes_during_answering_makes_the_answer_void(texting):
    texting.receive("where are you?")
    claimed = texting.claim()
    texting.receive("STOP", keyword="stop")

    assert texting.answer(claimed, "in town") == {"result": "newer"}
    assert texting.claim(token=uuid4()) == {"result": "none"}


def test_an_answer_whose_confirmation_was_lost_is_the_same_answer(texting):
    texting.receive()
    claimed = texting.claim()

    first = texting.answer(claimed, "one", "two")
    again = texting.answer(claimed, "one", "two")

    assert first == again
    assert texting.send_all() == ["one", "two"]


def test_two_answers_to_one_thread_at_once_are_one(texting):
    texting.receive()
    claimed = texting.claim()
    barrier = threading.Barrier(4)
    consent = {"type": "consent", "purpose": "texts", "state": "granted", "wording_version": "v1"}

    def commit(_: int) -> str:
        barrier.wait()
        return str(texting.answer(claimed, "hello", effects=[consent]))

    with ThreadPoolExecutor(4) as pool:
        outcomes = set(pool.map(commit, range(4)))

    assert len(outcomes) == 1
    assert texting.rows("select count(*) from public.consents") == [(1,)]
    assert texting.send_all() == ["hello"]


def test_the_answer_and_everything_that_follows_from_it_are_one_transaction(texting):
    texting.owner.execute(
        """insert into public.voice_options (provider_id, voice_id, name, language)
           select id, 'voice-1', 'V', 'en' from public.call_service_providers on conflict do nothing"""
    )
    person = someone()
    user = UUID(texting.receive(sender=person)["user_id"])
    effects = [
        {"type": "set_profile", "first_name": "Ann", "location": "Bonn"},
        {"type": "set_voice", "voice_id": "voice-1"},
        {"type": "set_onboarding", "status": "sms_sent"},
        {"type": "set_onboarding", "status": "completed"},
        {"type": "set_onboarding", "status": "sms_sent"},
        {"type": "consent", "purpose": "texts", "state": "granted", "wording_version": "v3"},
        {"type": "escalate", "reason": "human_requested", "message": "a person please"},
        {"type": "event", "event": "onboarding.completed"},
        {"type": "set_ai_mode", "mode": "OFF"},
        {"type": "something_of_a_newer_version"},
    ]

    texting.answer(
        texting.claim(), texts=[{"content": "Welcome", "kind": "onboarding"}], effects=effects,
        state={"version": 1, "step": "done"}, operator_notice=NOTICE,
    )  # fmt: skip

    ((profile,),) = texting.rows("select to_jsonb(u) from public.user_profiles u where user_id = %s", user)
    assert (profile["first_name"], profile["last_name"], profile["location"]) == ("Ann", "", "Bonn")
    assert (profile["onboarding_status"], profile["status"]) == ("completed", "active")
    assert profile["onboarding_sent_at"] and profile["onboarding_completed_at"]
    assert profile["preferences"]["voice_preference"] == "voice-1"
    assert texting.rows(
        "select purpose, state, channel, wording_version, phone_number, source_sid is not null from public.consents"
    ) == [("texts", "granted", "sms", "v3", person, True)]
    assert texting.rows("select reason, message, notified from public.support_escalations") == [
        ("human_requested", "a person please", True)
    ]
    assert texting.rows("select message_type, status from public.onboarding_messages") == [
        ("welcome", "pending")
    ]
    assert texting.rows("select ai_mode, state ->> 'step', answered_upto > 0 from public.conversations") == [
        ("OFF", "done", True)
    ]
    events = texting.rows("select type, payload from public.events order by id")
    assert [kind for kind, _ in events] == ["conversation.escalated", "onboarding.completed"]
    assert "a person please" not in str(events) and person not in str(events)
    assert sorted(texting.send_all()) == sorted(["Welcome", NOTICE["content"]])


def test_an_answer_that_cannot_be_stored_whole_is_not_stored_at_all(texting):
    texting.receive()
    claimed = texting.claim()

    with pytest.raises(Exception, match="answer_thread"):
        texting.answer(claimed, "hello", effects=[{"type": "set_onboarding", "status": "half done"}])

    assert texting.outgoing() == []
    assert texting.claim()["unanswered"] == claimed["unanswered"]


def test_a_thread_that_was_let_go_waits_as_long_as_was_asked(texting):
    texting.receive()
    claimed = texting.claim()
    thread = UUID(claimed["conversation_id"])

    released = texting.database.call(
        "release_thread", conversation_id=thread, token=texting.token, retry_after_s=60.0
    )
    at_once = texting.claim(token=uuid4())
    texting.owner.execute(
        "update public.conversations set answer_lease_until = answer_lease_until - interval '61 seconds'"
    )

    assert (released["result"], at_once["result"]) == ("released", "none")
    assert texting.claim(token=uuid4())["result"] == "claimed"
    assert texting.answer(claimed, "from before") == {"result": "fenced"}


def test_only_who_holds_a_thread_lets_it_go(texting):
    texting.receive()
    claimed = texting.claim()

    stranger = texting.database.call(
        "release_thread", conversation_id=UUID(claimed["conversation_id"]), token=uuid4()
    )

    assert stranger == {"result": "fenced"}
    assert texting.claim(token=uuid4()) == {"result": "none"}
    assert texting.answer(claimed, "hello")["result"] == "committed"


def test_a_thread_that_kills_every_worker_is_handed_to_the_operator(texting):
    texting.receive()
    for _ in range(3):
        assert texting.claim(token=uuid4(), max_attempts=3)["result"] == "claimed"
        texting.lose_lease()

    given_up = texting.claim(token=uuid4(), max_attempts=3, operator_notice=NOTICE)

    assert given_up == {"result": "none"}
    assert texting.rows("select reason, notified from public.support_escalations") == [
        ("ai_limitation", True)
    ]
    assert [row["to_number"] for row in texting.outgoing()] == [OPERATOR]
    texting.receive("still there?")
    assert texting.claim(token=uuid4(), max_attempts=3) == {"result": "none"}
    texting.owner.execute(
        "select public.set_escalation_state(id, 'closed', 'a test') from public.support_escalations"
    )
    texting.receive("and now?")
    assert texting.claim(token=uuid4(), max_attempts=3)["result"] == "claimed"


def test_switching_the_bot_off_takes_the_thread_from_whoever_answers_it(texting):
    texting.receive()
    claimed = texting.claim()
    thread = UUID(claimed["conversation_id"])

    off = texting.database.call("set_ai_mode", conversation_id=thread, mode="OFF")
    outcome = texting.answer(claimed, "too late")
    on = texting.database.call("set_ai_mode", conversation_id=thread, mode="ON")

    assert (off["result"], outcome["result"], on["result"]) == ("set", "fenced", "set")
    assert texting.claim(token=uuid4()) == {"result": "none"}, "what was there was the operator's"
    texting.receive("next")
    assert len(texting.claim(token=uuid4())["unanswered"]) == 1


def test_switching_the_bot_off_takes_back_the_answers_of_which_nothing_has_left(texting):
    begun, waiting = someone(), someone()
    parts = {person: texting.reply("first", "second", sender=person) for person in (begun, waiting)}
    (row,) = [row for row in texting.outgoing(batch=50) if row["to_number"] == begun]
    texting.finish(row)
    texting.owner.execute(
        """update public.sms_history set outbox_state = 'generated', outbox_token = null, send_attempts = 1
            where outbox_state = 'sending'"""
    )
    notice = texting.queue(waiting, "from a person", sent_by="operator")

    for (thread,) in texting.rows("select id from public.conversations"):
        texting.database.call("set_ai_mode", conversation_id=thread, mode="OFF")

    states = {
        person: [(texting.column(part, "outbox_state"), texting.column(part, "error_code")) for part in ids]
        for person, ids in parts.items()
    }
    assert states[begun] == [("sent", None), ("generated", None)], "what was begun is said to its end"
    assert states[waiting] == [("failed", "ai_off")] * 2
    assert texting.column(notice, "outbox_state") == "generated"


def test_many_threads_that_need_somebody_do_not_flood_the_operator(texting):
    for _ in range(14):
        thread = texting.receive(sender=someone())["conversation_id"]
        texting.database.call("set_ai_mode", conversation_id=UUID(thread), mode="OFF")
        ((person,),) = texting.rows(
            "select customer_identifier from public.conversations where id = %s", thread
        )
        texting.receive("help me", sender=person)

    notices = texting.rows("select count(*) from public.sms_history where kind = 'operator_notice'")
    told = texting.rows("select notified, count(*) from public.support_escalations group by 1 order by 1")
    assert (notices, told) == ([(10,)], [(False, 4), (True, 10)])


def test_only_the_operator_or_whom_a_thread_is_assigned_to_switches_it(texting):
    answer = texting.receive(sender=PERSON)
    thread, person = UUID(answer["conversation_id"]), UUID(answer["user_id"])

    refused = texting.database.call(
        "set_ai_mode", conversation_id=thread, mode="OFF", actor=Actor(person).to_json()
    )
    texting.owner.execute("update public.conversations set assigned_to = user_id")
    allowed = texting.database.call(
        "set_ai_mode", conversation_id=thread, mode="OFF", actor=Actor(person).to_json()
    )

    assert refused == {"result": "refused", "code": "not_allowed"}
    assert allowed == {"result": "set", "mode": "OFF"}
    assert (
        texting.database.call("set_ai_mode", conversation_id=thread, mode="PERHAPS")["code"] == "unknown_mode"
    )


def test_people_page_through_their_own_threads_alone(texting):
    people = [someone() for _ in range(5)]
    users = [texting.receive("hi", sender=person)["user_id"] for person in people]

    first = texting.database.call("conversations_page", page_size=3)
    rest = texting.database.call(
        "conversations_page",
        page_size=3,
        after=first["next"],
    )
    own = texting.database.call("conversations_page", actor=Actor(UUID(users[0])).to_json())

    listed = [thread["customer_identifier"] for thread in first["rows"] + rest["rows"]]
    assert listed == people[::-1]
    assert rest["next"] is None
    assert [thread["customer_identifier"] for thread in own["rows"]] == [people[0]]
    foreign = {"conversation_id": UUID(own["rows"][0]["id"]), "actor": Actor(UUID(users[1])).to_json()}
    assert texting.database.call("conversation_messages", **foreign)["code"] == "unknown_conversation"


def test_a_thread_is_read_page_by_page_backwards(texting):
    texts = [texting.receive(str(n)) for n in range(7)]
    thread = UUID(texts[0]["conversation_id"])

    last = texting.database.call("conversation_messages", conversation_id=thread, page_size=4)
    before = texting.database.call(
        "conversation_messages", conversation_id=thread, page_size=4, after=last["next"]
    )

    assert [message["content"] for message in before["rows"] + last["rows"]] == [str(n) for n in range(7)]
