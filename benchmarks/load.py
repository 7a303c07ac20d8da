"""Offer signed webhooks at a fixed rate, whatever the server does, and report how long each took.

Open model: requests are sent when they are due, not when the last answer came, and a latency counts from the moment
the request was due. Run as a process of its own: `python -m benchmarks.load --help`. The result is one JSON line.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.keepalive import Pool

# A call of seven webhooks that need no model: the person presses keys and is silent.
STEPS = (
    ("voice", "/twilio/voice", {"CallStatus": "ringing"}),
    ("turn", "/twilio/voice/turn?n=1&k=0", {"CallStatus": "in-progress"}),
    ("turn", "/twilio/voice/turn?n=2&k=0", {"CallStatus": "in-progress", "Digits": "*"}),
    ("turn", "/twilio/voice/turn?n=3&k=0", {"CallStatus": "in-progress"}),
    ("turn", "/twilio/voice/turn?n=4&k=0", {"CallStatus": "in-progress", "Digits": "0"}),
    ("turn", "/twilio/voice/turn?n=5&k=0", {"CallStatus": "in-progress", "Digits": "#"}),
    (
        "status",
        "/twilio/voice/status",
        {"CallStatus": "completed", "CallDuration": "9", "SequenceNumber": "0"},
    ),
)
BETWEEN_STEPS_S = 0.4
EMPTY = {
    f"{who}{what}": "" for who in ("From", "To", "Caller", "Called") for what in ("City", "State", "Zip")
}


@dataclass
class Result:
    """What came of the requests, by kind."""

    latencies_ms: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    def line(self, seconds: float) -> dict[str, object]:
        """Return the report: counts, rate and percentiles in milliseconds."""
        everything = sorted(value for values in self.latencies_ms.values() for value in values)
        report: dict[str, object] = {
            "statuses": dict(self.statuses),
            "per_s": round(len(everything) / seconds, 1),
        }
        for kind, values in {**self.latencies_ms, "all": everything}.items():
            values.sort()
            report[kind] = {
                f"p{p}": round(values[min(len(values) - 1, len(values) * p // 100)], 1) for p in (50, 95, 99)
            }
        return report


def signed(token: str, url: str, form: dict[str, str]) -> str:
    """Return X-Twilio-Signature for a form (handbook 5.1)."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


async def one_call(pool: Pool, options: argparse.Namespace, number: int, due: float, result: Result) -> None:
    """Send a call's webhooks, each when it is due."""
    sid = f"CA{random.getrandbits(128):032x}"
    # Callers of many exchanges: one exchange with so many calls at once would be a flood.
    person = f"+1202{200 + number % 800}0100"
    base = {
        "CallSid": sid, "AccountSid": options.account_sid, "ApiVersion": "2010-04-01", "Direction": "inbound",
        "From": person, "Caller": person, "To": options.number, "Called": options.number, **EMPTY,
    }  # fmt: skip
    for kind, path, extra in STEPS:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        form = base | extra
        headers = f"X-Twilio-Signature: {signed(options.auth_token, options.url + path, form)}\r\n"
        try:
            async with asyncio.timeout(15):
                result.statuses[str(await pool.post(path, urlencode(form).encode(), headers))] += 1
        except (OSError, EOFError, TimeoutError) as error:
            result.statuses[type(error).__name__] += 1
        now = time.perf_counter()
        result.latencies_ms.setdefault(kind, []).append((now - due) * 1000)
        # The next one is due a fixed time after this one was, or at once when this one was that late.
        due = max(due + BETWEEN_STEPS_S, now)


async def offer(options: argparse.Namespace) -> Result:
    """Begin calls so that `rate` webhooks a second are due, for `seconds`."""
    result, pool = Result(), Pool(options.url, options.connections)
    await pool.open()
    began, calls = time.perf_counter(), []
    for number in range(int(options.rate * options.seconds / len(STEPS))):
        due = began + number * len(STEPS) / options.rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        calls.append(asyncio.create_task(one_call(pool, options, number, due, result)))
    await asyncio.gather(*calls)
    return result


def main() -> None:
    """Run one load and print its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--number", default="+12025550100")
    parser.add_argument("--rate", type=float, default=400.0, help="webhooks a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    began = time.perf_counter()
    result = asyncio.run(offer(options))
    # The last calls take their own pauses after the offer has ended.
    tail_s = BETWEEN_STEPS_S * (len(STEPS) - 1)
    print(json.dumps(result.line(time.perf_counter() - began - tail_s)))


if __name__ == "__main__":
    main()
