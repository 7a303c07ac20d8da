"""Offer signed texts at a fixed rate, whatever the server does, and report how long each took.

Open model, as in `benchmarks.load`. Run as a process of its own: `python -m benchmarks.text_load --help`. The result
is one JSON line; with `--moments`, when each text was sent by the system's monotonic clock, by number.
"""

import argparse
import asyncio
import json
import random
import time
from urllib.parse import urlencode

from benchmarks.keepalive import Pool
from benchmarks.load import Result, signed

AREAS = (202, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234, 239, 240, 248, 251, 252)

PATH = "/twilio/sms"


def number_of(place: int) -> str:
    """Return one of 2,000 fictional numbers."""
    area, last = divmod(place % (100 * len(AREAS)), 100)
    return f"+1{AREAS[area]}55501{last:02d}"


async def one_text(pool: Pool, options: argparse.Namespace, place: int, due: float, result: Result) -> None:
    """Post one text when it is due."""
    sid = f"SM{random.getrandbits(128):032x}"
    form = {
        "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": options.account_sid,
        "ApiVersion": "2010-04-01", "From": number_of(options.first + place), "To": options.number,
        "Body": f"Question {place}: are you open today?", "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
        "FromCity": "", "FromState": "NY", "FromZip": "", "FromCountry": "US", "ToCity": "", "ToState": "",
        "ToZip": "", "ToCountry": "US",
    }  # fmt: skip
    headers = f"X-Twilio-Signature: {signed(options.auth_token, options.url + PATH, form)}\r\n"
    try:
        async with asyncio.timeout(15):
            result.statuses[str(await pool.post(PATH, urlencode(form).encode(), headers))] += 1
    except (OSError, EOFError, TimeoutError) as error:
        result.statuses[type(error).__name__] += 1
    result.latencies_ms.setdefault("text", []).append((time.perf_counter() - due) * 1000)


async def offer(options: argparse.Namespace) -> tuple[Result, dict[str, float]]:
    """Post texts so that `rate` a second are due, for `seconds`."""
    result, moments, tasks, pool = Result(), {}, [], Pool(options.url, options.connections)
    await pool.open()
    began = time.perf_counter()
    for place in range(int(options.rate * options.seconds)):
        due = began + place / options.rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        moments[number_of(options.first + place)] = time.perf_counter()
        tasks.append(asyncio.create_task(one_text(pool, options, place, due, result)))
    await asyncio.gather(*tasks)
    return result, moments


def main() -> None:
    """Run one load and print its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--number", default="+12025550100")
    parser.add_argument("--first", type=int, default=0, help="the first of the numbers that text")
    parser.add_argument("--rate", type=float, default=300.0, help="texts a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--moments", action="store_true")
    options = parser.parse_args()
    began = time.perf_counter()
    result, moments = asyncio.run(offer(options))
    report = result.line(time.perf_counter() - began)
    print(json.dumps({**report, "moments": moments} if options.moments else report))


if __name__ == "__main__":
    main()
