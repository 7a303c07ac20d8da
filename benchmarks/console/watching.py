"""Fifty people who watch twenty calls that go on, and what that costs the process they watch."""

import http.client
import threading
import time
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import psycopg

from benchmarks.console.seed import FIRST, Scale
from voicebot.domain.access.next_page import HOME

WATCHERS, CALLS = 50, 20
SAY = """insert into public.transcripts (session_id, sequence_number, speaker, content)
         select c.id, %(number)s, 'caller', 'And so on' from public.call_history c
          where c.id > %(after)s order by c.id desc limit %(calls)s"""


def share_of_a_core(
    url: str, secrets: list[str], dsn: str, scale: Scale, web: psutil.Process, seconds: float
) -> tuple[float, int]:
    """Watch; return how much of a core the process took beyond what it takes alone, and how many changes came."""
    alone = _share(web, seconds / 2)
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
        taken = _share(web, seconds)
        changes = came[0]
        over.set()
        talker.join()
    return taken - alone, changes


def _share(web: psutil.Process, seconds: float) -> float:
    processes = [web, *web.children(recursive=True)]
    before, began = _cpu_s(processes), time.perf_counter()
    time.sleep(seconds)
    return (_cpu_s(processes) - before) / (time.perf_counter() - began)


def _cpu_s(processes: list[psutil.Process]) -> float:
    return sum(one.cpu_times().user + one.cpu_times().system for one in processes)


def _talk(owner: psycopg.Connection[Any], over: threading.Event) -> None:
    """Somebody says something in each call every three seconds."""
    number = 1000
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
