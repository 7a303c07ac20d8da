"""Who has very many rows is erased in steps, each short; what is kept too long leaves without a look at what is kept."""

from uuid import uuid4

import pytest

from tests.services.people.lives import a_life, places_with, word_of
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.people.erase import erase_person, finish_erasure, sweep_kept

pytestmark = pytest.mark.sql
STEP = 500
"""Calls and texts of a step."""


def somebody_with_many(house, owner, calls=STEP + 100, texts=20):
    """A life with many more calls, a few of them recorded, and texts; return it."""
    one, _ = a_life(house, owner)
    owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, recording_sid, transcript, started_at, ended_at)
           select case when n % 2 = 0 then %(user_id)s end, %(organization_id)s, %(number)s, 'CAmany' || gen_random_uuid(),
                  case when n % 100 = 0 then 'REmany' || gen_random_uuid() end, %(word)s, now() - n * interval '1 hour', now()
             from generate_series(1, %(calls)s) n""".replace(" % ", " %% "),
        vars(one) | {"word": word_of(one), "calls": calls},
    )
    owner.execute(
        """insert into public.sms_history (user_id, phone_number, direction, content, channel)
           select case when n % 2 = 0 then %(user_id)s end, %(number)s, 'outbound', %(word)s, 'sms'
             from generate_series(1, %(texts)s) n""".replace(" % ", " %% "),
        vars(one) | {"word": word_of(one), "texts": texts},
    )
    return one


def calls_of(owner, one):
    (count,) = owner.execute(
        "select count(*) from public.call_history where user_id = %(user_id)s or phone_number = %(number)s",
        vars(one),
    ).fetchone()
    return count


def test_somebody_with_very_many_rows_goes_in_steps_and_nothing_is_left_but_a_call_that_began_meanwhile(
    house, owner, phone
):
    one = somebody_with_many(house, owner)
    before, sid = calls_of(owner, one), f"CA{uuid4().hex}"

    first, again = erase_person(house, one.user_id), erase_person(house, one.user_id)
    after = calls_of(owner, one)
    early = house.database.call("finish_erasure", erasure_id=first["id"])
    owner.execute(
        """insert into public.call_history (phone_number, call_sid, call_status, created_at, started_at)
           values (%s, %s, 'in-progress', now() + interval '1 second', now())""",
        [one.number, sid],
    )
    phone.failing = ProviderError("twilio", "http_500", Outcome.UNKNOWN)
    with pytest.raises(ProviderError):
        finish_erasure(house, first["id"])
    left = places_with(owner, word_of(one))
    phone.failing, phone.asked[:] = None, []
    finish_erasure(house, first["id"])

    assert (first["rows_left"], before - after, first["removed"]["calls"]) == (True, STEP, STEP)
    assert again["id"] == first["id"], "one erasure, however often it is asked for"
    assert early["result"] == "refused", "rows are left"
    # A carrier that keeps its recordings for now delays no row, and is asked again.
    assert left == set() and len({one for _, one in phone.asked}) == 7
    state, leftover, removed = owner.execute(
        "select state, leftover, removed from public.erasures where id = %s", [first["id"]]
    ).fetchone()
    assert (state, leftover) == ("done", None)
    assert (removed["calls"], removed["texts"], removed["recordings"]) == (before, 24, 7)
    assert owner.execute(
        "select call_sid from public.call_history where phone_number = %s", [one.number]
    ).fetchall() == [(sid,)]


def test_what_is_kept_too_long_leaves_with_its_events_and_reads_no_other_event(house, owner):
    one = a_life(house, owner)[0]
    owner.execute(
        "update public.call_history set started_at = now() - interval '31 days' where call_sid = %s",
        [one.call_sid],
    )
    owner.execute(
        """insert into public.events (type, subject, payload) values
           ('call.ended', %s, '{}'), ('recording.made', %s, '{}'), ('call.ended', 'somebody else', '{}')""",
        [str(one.call_id), one.call_sid],
    )
    house.database.call("set_retention", organization_id=one.organization_id, days=30)

    sweep_kept(house)
    (erasure,) = owner.execute(
        "select id from public.erasures where kind = 'retention' and organization_id = %s",
        [one.organization_id],
    ).fetchone()
    more = house.database.call("sweep_erased_events", erasure_id=erasure)["more"]
    finish_erasure(house, str(erasure))

    left = owner.execute(
        "select subject from public.events where subject = any (%s)",
        [[str(one.call_id), one.call_sid, "somebody else"]],
    ).fetchall()
    assert (more, left) == (False, [("somebody else",)])
