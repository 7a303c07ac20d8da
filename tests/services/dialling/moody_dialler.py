"""A carrier that fails in every way."""

import random
import re
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field

from voicebot.providers.ports import NewCall, Outcome, ProviderError


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
