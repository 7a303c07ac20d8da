"""Several workers dial at once at a carrier that fails in every way: nobody is dialled twice."""

import random
import threading
from collections import Counter

import pytest

from tests.services.dialling.moody_dialler import MoodyDialler
from tests.services.verification.verification_desk import new_number
from voicebot.services.dialling.dial import place_dials
from voicebot.services.verification import verify_phone

pytestmark = pytest.mark.sql

DIALS, WORKERS = 40, 3


def test_workers_that_dial_at_once_make_one_call_an_attempt(make_runtime, owner, no_breaker):
    carrier = MoodyDialler(random.Random(5))
    workers = [make_runtime(telephony=carrier) for _ in range(WORKERS)]
    for _ in range(DIALS):
        owner.execute("delete from public.verification_counters")
        verify_phone.start(workers[0], new_number(), "call")

    def work(runtime):
        while owner.execute(
            "select count(*) from public.call_attempts where state in ('generated', 'sending')"
        ).fetchone() != (0,):
            place_dials(runtime)

    threads = [threading.Thread(target=work, args=(runtime,)) for runtime in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    states = Counter(
        dict(owner.execute("select state, count(*) from public.call_attempts group by 1").fetchall())
    )
    assert max(carrier.made.values()) == 1
    assert states["sent"] + states["unknown"] + states["failed"] == DIALS
    assert states["sent"] + states["unknown"] >= sum(carrier.made.values())
    # Only what the carrier did not take is asked for again.
    assert sum(carrier.asked.values()) > DIALS
