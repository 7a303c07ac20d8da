"""People who text a house at a fixed rate, what is done to it meanwhile, and how one waits until all of it is over."""

import itertools
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from tests.chaos import hasty_worker
from tests.house import House
from tests.support.waiting import wait_for
from voicebot.limits import Limits

LONG = os.environ.get("CHAOS") == "long"
"""The long form: the product's own leases, longer outages, more load."""

WORKERS = ("worker-a", "worker-b")
WORKER = ("-m", "voicebot", "worker") if LONG else ("-m", "tests.chaos.hasty_worker")
ANSWER_LEASE_S = Limits().thread.lease_s if LONG else hasty_worker.ANSWER_LEASE_S
SEND_LEASE_S = Limits().text.lease_s if LONG else hasty_worker.SEND_LEASE_S
LOOK_S = 0.1
SETTLED_WITHIN_S = 3 * SEND_LEASE_S + 60.0
AREAS = (203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231)
_people = itertools.count()
_words = itertools.count()


def people(count: int) -> list[str]:
    """Numbers that no other test uses, spread over many areas: replies to one are capped."""
    return [_number(next(_people)) for _ in range(count)]


def _number(place: int) -> str:
    line, area = divmod(place, len(AREAS))
    return f"+1{AREAS[area]}55501{line:02d}"


def question() -> str:
    """Words that nobody has sent yet, without anything that may be a code."""
    place, letters = next(_words), ""
    while place or not letters:
        place, letter = divmod(place, 26)
        letters += ascii_lowercase[letter]
    return f"What does a full service cost for bicycle {letters}?"


def load(house: House, senders: Sequence[str], *, rate: float, seconds: float) -> list[str]:
    """Text in turn, as slowly as the rate asks for, whatever becomes of the texts; return their SIDs."""
    began, sids = time.monotonic(), []
    for place in range(round(rate * seconds)):
        time.sleep(max(0.0, began + place / rate - time.monotonic()))
        sids.append(house.phone.text(question(), senders[place % len(senders)]))
    return sids


def settle(house: House, senders: Sequence[str]) -> None:
    """Wait until no webhook, claim, text or spooled fact of these people is under way any more."""
    for _ in range(2):
        # What is sent sets off reports of its own.
        assert house.phone.callbacks_idle(SETTLED_WITHIN_S)
        wait_for(
            lambda: not unfinished(house, senders),
            SETTLED_WITHIN_S,
            LOOK_S,
            told=lambda: unfinished(house, senders)[:5],
        )


def unfinished(house: House, senders: Sequence[str]) -> list[Any]:
    """What the database and the spool still hold of work for these people."""
    return [
        *house.rows(
            """select id, waiting_since, answer_attempts, answer_lease_until, now()
                 from public.conversations where customer_identifier = any(%s) and waiting_since is not null""",
            list(senders),
        ),
        *house.rows(
            """select id, outbox_state, send_attempts, not_before, lease_until, now()
                 from public.sms_history where to_number = any(%s) and outbox_state in ('generated', 'sending')""",
            list(senders),
        ),
        *spooled(house),
    ]


def spooled(house: House) -> list[Path]:
    """The facts that wait for the database."""
    return list(spool_of(house).glob("*.fact"))


def spool_of(house: House) -> Path:
    """Where facts wait."""
    return Path(house.settings.data_dir) / "spool"


def known(house: House, senders: Sequence[str]) -> None:
    """These people were onboarded before: what they text goes to the model."""
    for number in senders:
        house.rows("select public.ensure_user(%s)", number)
    house.rows(
        """update public.user_profiles set onboarding_status = 'completed'
            where user_id in (select user_id from public.phone_links where phone_number = any(%s))""",
        list(senders),
    )


def rows_of(house: House, senders: Sequence[str], direction: str) -> list[dict[str, Any]]:
    """Their texts in the database, in the order in which they were stored."""
    return house.rows(
        "select * from public.sms_history where phone_number = any(%s) and direction = %s order by id",
        list(senders),
        direction,
    )


def man(house: House, at_least: int = 1) -> None:
    """Have two workers, so many of them at work: one that is gone is started again, as a supervisor would."""

    def manned() -> bool:
        for name in WORKERS:
            if name not in house.children or house.children[name].poll() is not None:
                house.start(name, *WORKER)
        return workers_seen(house) >= at_least

    wait_for(manned, timeout_s=120.0, pause_s=LOOK_S)


def workers_seen(house: House) -> int:
    """How many workers listen for hints: the last thing that each does before it works."""
    return len(house.rows("select pid from pg_stat_activity where application_name = 'voicebot-hints'"))


def processes(house: House) -> list[int]:
    """All that answers webhooks or texts."""
    return [*house.web_pids(), *(house.children[name].pid for name in WORKERS)]


def statuses_of(house: House, sids: list[str], *, kind: str = "sms") -> list[int | None]:
    """How every try to tell us of these texts was answered."""
    hooks = house.phone.ledger()["webhooks"]
    return [hook["status"] for hook in hooks if hook["call_sid"] in sids and hook["kind"].startswith(kind)]


def fault(house: House, times: int, **more: Any) -> None:
    """Have the next requests to send a text fail."""
    house.phone.knobs({"rest_fault": {"path": "/Messages", "times": times} | more})


def faults_left(house: House) -> int:
    """How many requests will still fail."""
    return int((house.phone.knobs({})["rest_fault"] or {"times": 0})["times"])


def kill_one(house: House, victim: str) -> None:
    """Kill the older web process, which gunicorn replaces, or a worker, which we start again."""
    if victim == "web":
        os.kill(house.web_pids()[0], signal.SIGKILL)
        return
    house.children[victim].kill()
    house.children[victim].wait()
    house.start(victim, *WORKER)


def at_carrier(house: House, senders: list[str]) -> list[tuple[str, str]]:
    """What was sent to these people, in the carrier's order."""
    return [
        (message["to"], message["sid"])
        for message in house.phone.messages()
        if message["direction"] == "outbound" and message["to"] in senders
    ]
