"""Work that takes long is done beside the hub, where gevent runs the process; elsewhere it is done as it is."""

import subprocess
import sys
from pathlib import Path

from voicebot.storage.off_hub import in_batches, off_hub

ROOT = Path(__file__).resolve().parents[2]
PATCHED = """
from gevent import monkey
monkey.patch_all()
from types import SimpleNamespace

from voicebot.services.onboarding.start import import_people

ident = monkey.get_original("_thread", "get_ident")
where = set()


class Countries(tuple):
    def __contains__(self, country):
        where.add(ident())
        return True


def pieces():
    where.add(ident())
    yield b"phone\\n" + b"+12025550123\\n" * 500


settings = SimpleNamespace(home_country="US", allowed_countries=Countries())
rows = list(import_people(SimpleNamespace(settings=settings), pieces, dry_run=True))
assert len(rows) == 500
assert where
assert ident() not in where
"""


def test_a_file_of_people_is_read_and_judged_beside_the_hub() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PATCHED], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


REFUSING = """
from gevent import monkey
monkey.patch_all()
from voicebot.storage.off_hub import off_hub


def refuse():
    raise ValueError("+13035550142")


try:
    off_hub(refuse)
except ValueError as error:
    print("raised", error)
"""


def test_what_is_raised_beside_the_hub_is_raised_here_and_printed_nowhere() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REFUSING], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.stdout, done.stderr) == ("raised +13035550142\n", "")


def test_without_gevent_work_is_done_where_it_is_asked_for() -> None:
    assert off_hub(lambda: 42) == 42
    assert list(in_batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
