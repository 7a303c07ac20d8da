"""The product's worker with short leases and timeouts, so that a test sees them run out within seconds.

Their proportions are the product's: a carrier is waited for much shorter than a claim lasts.
"""

from tests.support.limits import limits_with
from voicebot.settings import load_settings
from voicebot.telemetry.logs import configure_logging
from voicebot.worker.process import run_worker

ANSWER_LEASE_S, SEND_LEASE_S = 3.0, 4.0
HASTY = limits_with(
    thread={"lease_s": ANSWER_LEASE_S},
    text={"lease_s": SEND_LEASE_S, "longest_post_s": 2.0, "unknown_after_s": 2.0},
    carrier={"read_timeout_s": 1.2, "total_timeout_s": 1.8},
    loops={"mail_poll_s": 1.0, "rounds_s": 1.0},
)

if __name__ == "__main__":
    settings = load_settings()
    configure_logging(settings)
    run_worker(settings, HASTY)
