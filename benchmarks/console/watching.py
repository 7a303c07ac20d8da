"""Fifty people who watch twenty calls that go on, and what that costs the process they watch."""

import http.client
import threading
import time
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import psycopg

from benchmarks.console.seed import FIRST
from simulator.house import cpu_s
from voicebot.domain.access.next_page import HOME

WATCHERS, CALLS = 50, 20
SAY = """insert into public.transcripts (session_id, sequence_number, speaker, content)
         select c.id, %(number)s, 'caller', 'And so on' from public.call_history c
          where c.id > %(after)s order by c.id desc limit %(calls)s"""


def share_of_a_core(
    url: str, secrets: list[str], dsn: str, web: psutil.Process, seconds: float
) -> tuple[float, int]:
    """Watch; return how much of a core the process took beyond what it takes alone, and how many changes came."""
    alone = share_of(web, seconds / 2)
    with psycopg.connect(dsn, autocommit=True) as owner:
        ids = owner.execute(
            "select public_id from public.call_history where id > %s order by id desc limit %s",
            [FIRST, CALLS],
        ).fetchall()
        over, came = threading.Event(), [0]
        for number in range(WATCHERS):
            page = f"{HOME}/calls/{ids[number % CALLS][0]}"
            watcher = threading.Thread(
                target=_watch, args=(url, secrets[number % len(secrets)], page, over, came), daemon=True
            )
            watcher.start()
        time.sleep(3.0)
        talker = threading.Thread(target=_talk, args=(owner, over), daemon=True)
        talker.start()
        came[0] = 0
        taken = share_of(web, seconds)
        changes = came[0]
        over.set()
        talker.join()
    return taken - alone, changes


def share_of(web: psutil.Process, seconds: float) -> float:
    """Return how much of a core a process and its children take for so long."""
    before, began = cpu_s([web.pid]), time.perf_counter()
    time.sleep(seconds)
    return (cpu_s([web.pid]) - before) / (time.perf_counter() - began)


def _talk(owner: psycopg.Connection[Any], over: threading.Event) -> None:
    """Somebody says something in each call every three seconds."""
    # Beyond what an earlier run said.
    number = int(time.time())
    while not over.wait(3.0):
        number += 1
        owner.execute(SAY, {"number": number, "after": FIRST, "calls": CALLS})


def _watch(url: str, secret: str, page: str, over: threading.Event, came: list[int]) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", f"{HOME}/live?page={quote(page)}", headers={"Cookie": f"voicebot={secret}"})
    answer = connection.getresponse()
    while not over.is_set() and (line := answer.readline()):
        came[0] += line.startswith(b"data:")
    connection.close()
