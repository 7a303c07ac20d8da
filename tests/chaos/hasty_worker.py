"""The product's worker with short leases and timeouts, so that a test sees them run out within seconds.

Their proportions are the product's: a carrier is waited for much shorter than a claim lasts.
"""

import sys
from dataclasses import replace
from functools import partial

from voicebot import wiring
from voicebot.cli import main
from voicebot.providers.twilio.messaging import TwilioMessaging
from voicebot.services.texts import answer, resolve, send
from voicebot.worker import loops as worker_loops

ANSWER_LEASE_S, SEND_LEASE_S, LONGEST_POST_S = 3.0, 4.0, 2.0
READ_TIMEOUT_S, POST_TIMEOUT_S = 1.2, 1.8
RESOLVED_AFTER_S, LOOKED_EVERY_S = 2.0, 1.0


def hurry() -> None:
    """Shorten what the worker that starts in this process waits for."""
    answer.LEASE_S = ANSWER_LEASE_S
    send.LEASE_S, send.LONGEST_POST_S = SEND_LEASE_S, LONGEST_POST_S
    resolve.OLDER_THAN_S = RESOLVED_AFTER_S
    wiring.TwilioMessaging = partial(  # type: ignore[assignment,misc]
        TwilioMessaging, read_timeout_s=READ_TIMEOUT_S, total_timeout_s=POST_TIMEOUT_S
    )
    loops = worker_loops.product_loops()
    worker_loops.product_loops = lambda: [
        replace(kind, poll_s=min(kind.poll_s, LOOKED_EVERY_S)) for kind in loops
    ]


if __name__ == "__main__":
    hurry()
    sys.exit(main(["worker"]))
