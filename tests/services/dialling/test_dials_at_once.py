"""Several workers dial at once at a carrier that fails in every way: nobody is dialled twice."""

import random
import re
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.services.verification.verification_desk import new_number
from voicebot.providers.ports import NewCall, Outcome, ProviderError
from voicebot.services.dialling.dial import place_dials
from voicebot.services.verification import verify_phone

pytestmark = pytest.mark.sql

DIALS, WORKERS = 40, 3


@dataclass
class MoodyDialler:
    """Makes the call or does not, and tells the truth of it or nothing."""

    luck: random.Random
    made: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def create_call(self, call: NewCall) -> str:
        with self.lock:
            attempt = re.search(r"attempt=([0-9a-f-]{36})", call.status_url)[1]
            self.asked[attempt] += 1
            match self.luck.randrange(5):
                case 0:
                    raise ProviderError("twilio", "429", Outcome.NOT_SENT, retry_after_s=0.01)
                case 1:
                    raise ProviderError("twilio", "21211", Outcome.REFUSED)
                case 2:
                    raise ProviderError("twilio", "dropped", Outcome.UNKNOWN)
                case 3:
                    self.made[attempt] += 1
                    raise ProviderError("twilio", "500 after the call was made", Outcome.UNKNOWN)
                case _:
                    self.made[attempt] += 1
                    return f"CA{uuid.uuid4().hex}"


def test_workers_that_dial_at_once_make_one_call_an_attempt(make_runtime, owner):
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
