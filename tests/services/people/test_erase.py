"""Who is erased leaves nothing behind: no row, no event, no recording at the carrier, no word; but a proof, and a STOP."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from tests.api.people import OURS, make_owned
from tests.services.people.lives import BY_ID_ALONE, HOLDS_NOBODY, a_life, files_with, places_with, word_of
from voicebot.domain.access.actor import Actor
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.people.erase import erase_person, finish_erasure, finish_running_erasures, sweep_kept
from voicebot.storage.people.erasures import NotErased

pytestmark = pytest.mark.sql


def leave_public_jobs(owner, erasure):
    """What is asked of a job: its name and its argument."""
    return owner.execute(
        "select task_name from jobs.procrastinate_jobs where args ->> 'erasure_id' = %s", [str(erasure)]
    ).fetchall()


def test_a_life_has_rows_in_every_table_that_could_tell_of_somebody(house, owner):
    one, recording = a_life(house, owner)
    texts = owner.execute(
        """select distinct c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
              and format_type(a.atttypid, null) in ('text', 'jsonb', 'json', 'character varying', 'tsvector', 'bytea', 'text[]', 'xml')"""
    ).fetchall()
    told = places_with(owner, one.number.lstrip("+"), word_of(one), recording, *one.marks)

    unseen = {name for (name,) in texts} - {place.removeprefix("public.") for place in told}
    assert unseen - HOLDS_NOBODY - BY_ID_ALONE == set()


def test_nothing_is_left_of_who_is_erased_but_a_proof_and_the_wish_to_be_left_alone(
    house, owner, phone, tmp_path
):
    one, recording = a_life(house, owner)
    other = make_owned(house, owner)
    traces = (
        one.number.lstrip("+"),
        word_of(one),
        recording,
        *(one.marks - {str(one.user_id), str(one.template_id), str(one.endpoint_id)}),
    )
    assert len(places_with(owner, *traces)) > 20
    assert len(files_with(tmp_path, one.number.lstrip("+"), word_of(one))) > 2

    erased = erase_person(house, one.user_id)
    assert leave_public_jobs(owner, erased["id"]) == [("finish_erasure",)]
    finish_erasure(house, erased["id"])

    # What the person made as a member is the organization's: a template's name and the organization's own.
    assert places_with(owner, *traces) <= {
        "public.organizations",
        "public.bulk_actions",
        "public.alert_rules",
        "public.alert_firings",
        "public.webhook_endpoints",
        "public.provider_phone_numbers",
        "public.call_templates",
        "public.call_template_versions",
        "public.organization_invitations",
    }
    assert places_with(owner, one.number.lstrip("+"), word_of(one), recording) == set()
    assert files_with(tmp_path, one.number.lstrip("+"), word_of(one)) == []
    assert phone.asked == [("delete", recording)]
    proof = owner.execute(
        "select state, leftover, removed from public.erasures where id = %s", [erased["id"]]
    ).fetchone()
    assert proof[:2] == ("done", None)
    assert {name: proof[2][name] for name in ("calls", "texts", "threads", "recordings")} == {
        "calls": 1, "texts": 4, "threads": 1, "recordings": 1,
    }  # fmt: skip
    assert house.database.call("is_suppressed", number=one.number, scope="texts")["reasons"] == ["STOP"]
    assert not house.database.call("is_suppressed", number=one.number, scope="calls")["suppressed"]
    assert house.database.call("list_suppressions", number=one.number)["standing"] != []
    assert owner.execute(
        "select count(*) from public.call_history where user_id = %s", [other.user_id]
    ).fetchone() == (1,)
    assert owner.execute("select count(*) from public.events where subject = 'kept'").fetchone()[0] >= 1


def test_a_wish_of_before_the_erasure_holds_for_what_waits_and_for_what_is_asked_later(house, owner):
    one, _ = a_life(house, owner)
    entry = {"to_number": one.number, "request": {}, "purpose": "asked_for"}
    said = datetime.now(UTC)
    erase_person(house, one.user_id)
    waiting = house.database.call("queue_call", **entry)["entry"]["id"]

    # The spool tells it late.
    house.database.call(
        "suppress", number=one.number, scope="calls", reason="STOP", observed_at=said.isoformat()
    )
    shown = house.database.call("show_queued_call", id=UUID(waiting))["entry"]
    asked = house.database.call("queue_call", **entry)

    assert "suppressed" in shown["reasons"]
    assert asked["result"] == "refused" and "asked not to be called" in asked["message"]


def test_start_lifts_the_wish_of_somebody_who_was_erased_and_an_erased_block_can_be_lifted(house, owner):
    one, _ = a_life(house, owner)
    erase_person(house, one.user_id)

    house.database.call("lift_suppression", number=one.number)
    lifted = house.database.call("unblock_caller", number=one.number)

    assert not house.database.call("is_suppressed", number=one.number)["suppressed"]
    assert lifted["result"] == "lifted"


def test_a_recording_that_the_carrier_does_not_give_up_is_tried_until_it_is_gone(house, owner, phone):
    one, recording = a_life(house, owner)
    erasure = erase_person(house, one.user_id)["id"]
    phone.failing = ProviderError("twilio", "http_500", Outcome.UNKNOWN)

    with pytest.raises(ProviderError):
        finish_erasure(house, erasure)
    assert house.database.call("finish_erasure", erasure_id=UUID(erasure))["code"] == "recordings_left"
    held = owner.execute(
        "select state, leftover -> 'recordings' from public.erasures where id = %s", [erasure]
    ).fetchone()
    owner.execute("update public.erasures set asked_at = now() - interval '2 hours' where id = %s", [erasure])
    phone.failing = None
    finish_running_erasures(house)

    assert held[0] == "running" and held[1][0]["sid"] == recording
    assert owner.execute(
        "select state, leftover from public.erasures where id = %s", [erasure]
    ).fetchone() == ("done", None)
    assert finish_running_erasures(house) == 0
    finish_erasure(house, erasure)


def test_an_account_that_is_gone_keeps_its_recordings_in_the_open_until_it_is_back(house, owner, phone):
    one, recording = a_life(house, owner)
    owner.execute("update public.call_accounts set account = 'sold' where call_sid = %s", [one.call_sid])
    erasure = erase_person(house, one.user_id)["id"]

    with pytest.raises(ProviderError):
        finish_erasure(house, erasure)
    (shown,) = [row for row in house.database.call("erasures_page")["rows"] if row["id"] == erasure]

    assert (shown["state"], shown["problem"], shown["recordings_left"]) == ("running", "unknown_account", 1)
    assert shown["tried_at"] is not None and phone.asked == []
    owner.execute(
        """update public.erasures set leftover = jsonb_set(leftover, '{recordings,0,account}', '"twilio"') where id = %s""",
        [erasure],
    )
    finish_erasure(house, erasure)
    assert phone.asked == [("delete", recording)]
    assert owner.execute("select state, problem from public.erasures where id = %s", [erasure]).fetchone() == (
        "done", None,
    )  # fmt: skip


def test_what_is_told_late_brings_nobody_back(house, owner):
    one, recording = a_life(house, owner)
    ((text_sid,),) = owner.execute(
        "update public.sms_history set message_sid = 'SM' || id, status = 'sent' where user_id = %s and direction = 'inbound' returning message_sid",
        [one.user_id],
    ).fetchall()
    before = owner.execute("select now()").fetchone()[0]
    erased = erase_person(house, one.user_id)
    finish_erasure(house, erased["id"])
    text = {"channel": "sms", "from_number": one.number, "to_number": OURS, "content": word_of(one)}

    # From the spool, by a callback that was slow, and out of the carrier's list.
    told = [
        house.database.call("message_received", message_sid=f"SM{uuid4().hex}", observed_at=before, **text),
        house.database.call("message_received", message_sid=text_sid, **text),
        house.database.call("record_call_status", call_sid=one.call_sid, status="completed", direction="inbound",
                            from_number=one.number, to_number=OURS, event_id=uuid4().hex),
        house.database.call("record_recording", call_sid=one.call_sid, recording_sid=recording, status="completed"),
        house.database.call("record_amd", call_sid=one.call_sid, answered_by="human"),
        house.database.call("record_transfer", call_sid=one.call_sid, turn=1, outcome="completed"),
        house.database.call("record_message_status", message_sid=text_sid, status="delivered"),
        house.database.call("keep_report_aside", account="vapi", event_id=uuid4().hex, code="strange",
                            payload={"to": one.number}, subject=one.call_sid),
    ]  # fmt: skip
    stop = house.database.call(
        "message_received",
        message_sid=f"SM{uuid4().hex}",
        observed_at=before,
        opt_out=True,
        keyword="stop",
        **text,
    )
    house.database.call(
        "suppress", number=one.number, scope="calls", reason="spoken_request", observed_at=before
    )

    assert {answer["result"] for answer in (*told, stop)} == {"dropped", "refused"}
    assert (
        places_with(owner, one.number.lstrip("+"), word_of(one), recording, one.call_sid, text_sid) == set()
    )
    assert house.database.call("is_suppressed", number=one.number)["reasons"] != []
    # Who writes anew is a new person.
    anew = house.database.call("message_received", message_sid=f"SM{uuid4().hex}", **text)
    assert anew["result"] == "stored"


def test_nobody_is_erased_twice_or_while_a_dial_of_ours_is_on_its_way(house, owner):
    one = make_owned(house, owner)
    (attempt,) = owner.execute(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, sending_at)
           values (%s, 'talk', 7, %s, 'sent', now()) returning id""",
        [one.entry_id, one.number],
    ).fetchone()
    codes = []
    for _ in range(2):
        with pytest.raises(NotErased) as refused:
            erase_person(house, one.user_id)
        codes.append(refused.value.code)
        owner.execute("update public.call_attempts set state = 'done' where id = %s", [attempt])
        if len(codes) == 1:
            erase_person(house, one.user_id)

    assert codes == ["in_call", "unknown_person"]


def test_nobody_is_erased_who_works_here_or_talks_now_or_is_not_there(house, owner):
    one = make_owned(house, owner)
    owner.execute(
        "update public.call_history set ended_at = null, call_status = 'in-progress' where user_id = %s",
        [one.user_id],
    )
    codes = []
    for change in (
        "select",
        f"update public.organization_members set role = 'operator' where user_id = '{one.user_id}'",
    ):
        owner.execute(change)
        with pytest.raises(NotErased) as refused:
            erase_person(house, one.user_id)
        codes.append(refused.value.code)
    with pytest.raises(NotErased) as refused:
        erase_person(house, UUID(int=1))

    assert [*codes, refused.value.code] == ["in_call", "works_here", "unknown_person"]
    assert owner.execute(
        "select count(*) from public.call_history where user_id = %s", [one.user_id]
    ).fetchone() == (1,)


def test_an_organization_does_not_erase_what_another_one_had_with_the_person(house, owner):
    one, other = make_owned(house, owner), make_owned(house, owner)
    owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, ended_at)
           values (%s, %s, %s, gen_random_uuid(), now())""",
        [one.user_id, other.organization_id, one.number],
    )

    with pytest.raises(NotErased) as refused:
        erase_person(house, one.user_id, actor=Actor(None, one.organization_id))
    owner.execute(
        "delete from public.call_history where organization_id = %s and user_id = %s",
        [other.organization_id, one.user_id],
    )
    erased = erase_person(house, one.user_id, actor=Actor(None, one.organization_id))

    assert refused.value.code == "elsewhere_too"
    assert erased["removed"]["calls"] == 1


@pytest.mark.parametrize("what", ["a call by the number", "a call that waits"])
def test_what_another_organization_has_with_the_number_alone_is_not_erased_either(house, owner, what):
    one, other = make_owned(house, owner), make_owned(house, owner)
    owner.execute(
        """insert into public.call_history (organization_id, phone_number, call_sid, ended_at)
           values (%(organization_id)s, %(number)s, gen_random_uuid(), now())"""
        if what == "a call by the number"
        else """insert into public.call_queue (user_id, recipient_number, purpose)
                values (%(user_id)s, %(number)s, 'asked_for')""",
        vars(other) | {"number": one.number},
    )

    with pytest.raises(NotErased) as refused:
        erase_person(house, one.user_id, actor=Actor(None, one.organization_id))
    assert refused.value.code == "elsewhere_too"
    erase_person(house, one.user_id)


def test_what_is_kept_too_long_leaves_by_one_organization_a_transaction_and_each_has_its_turn(house, owner):
    ids = [make_owned(house, owner).organization_id for _ in range(2)]
    large, small = sorted(ids)
    owner.execute(
        """insert into public.call_history (organization_id, phone_number, call_sid, started_at, ended_at)
           select id, '+12025550123', gen_random_uuid(), now() - interval '31 days', now()
             from (select %s::uuid as id, generate_series(1, 3) union all select %s, 1) wanted""",
        [large, small],
    )
    for one in ids:
        house.database.call("set_retention", organization_id=one, days=30)

    turns = []
    for _ in range(5):
        count = house.database.call("sweep_kept", batch=1)["count"]
        turns.append(
            (count, owner.execute(
                "select organization_id from public.erasures where kind = 'retention' and organization_id = any (%s) order by asked_at desc limit 1",
                [ids],
            ).fetchone()[0])
        )  # fmt: skip

    assert turns == [(1, large), (1, small), (1, large), (1, large), (0, large)]


def test_an_organization_keeps_calls_and_texts_for_its_days_and_others_for_ever(house, owner, phone):
    kept, swept = make_owned(house, owner), make_owned(house, owner)
    recording = f"RE{uuid4().hex}"
    for one in (kept, swept):
        owner.execute(
            "update public.call_history set ended_at = now(), started_at = now() - interval '31 days', recording_sid = %s where call_sid = %s",
            [recording if one is swept else None, one.call_sid],
        )
        owner.execute(
            "update public.sms_history set created_at = now() - interval '31 days' where user_id = %s",
            [one.user_id],
        )
        owner.execute(
            """insert into public.call_history (organization_id, phone_number, call_sid, started_at, ended_at)
               values (%s, %s, gen_random_uuid(), now(), now())""",
            [one.organization_id, one.number],
        )
    house.database.call("set_retention", organization_id=swept.organization_id, days=30)

    gone = sweep_kept(house)
    (erasure,) = owner.execute(
        "select id from public.erasures where kind = 'retention' and organization_id = %s",
        [swept.organization_id],
    ).fetchone()
    finish_erasure(house, str(erasure))

    def left(one):
        return owner.execute(
            """select (select count(*) from public.call_history where organization_id = %(organization_id)s),
                      (select count(*) from public.sms_history where user_id = %(user_id)s)""",
            vars(one),
        ).fetchone()

    # A text that waits for its time is kept until it was sent.
    assert gone == 3
    assert (left(kept), left(swept)) == ((2, 3), (1, 1))
    assert phone.asked == [("delete", recording)]
    assert sweep_kept(house) == 0
