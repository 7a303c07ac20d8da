"""A house for tests: two web processes, the simulator and, if wanted, the worker, on a database of the test's."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.rows import dict_row

from simulator import house as houses
from simulator.house import OPERATOR, ROOT, SERVE, free_port
from tests.support.runs import forks
from voicebot.demo.place import LOOSE_CAPS

__all__ = ["CALLER", "NUMBER", "OPERATOR", "ROOT", "House", "free_port", "open_house"]
CALLER = "+12025550123"
NUMBER = "+12025550100"


class House(houses.OpenHouse):
    """A house, and how tests look into it. Processes are known by pid; nothing here looks inside them."""

    def web_pids(self) -> list[int]:
        """The processes that answer webhooks, as they are now: one that was killed is replaced by another."""
        return [child.pid for child in psutil.Process(self.children["web"].pid).children()]

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Look into the database as its owner."""
        with psycopg.connect(self.dsn, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def tidy(self) -> None:
        """Put every switch of the simulator back."""
        self.phone.provider_knobs()
        self.phone.knobs()
        self.phone.operator("answer")


@contextmanager
def open_house(
    folder: Path,
    dsn: str,
    *,
    web: int = 2,
    serve: tuple[str, ...] = SERVE,
    worker: bool = False,
    speed: float = 0.0,
    seed: int = 1,
    settings: dict[str, str] | None = None,
    popen: Callable[..., subprocess.Popen[Any]] = forks.start,
) -> Iterator[House]:
    """Run a house on a migrated database until the block ends; its number leads to the demo's bicycle shop.

    `web` processes share one port, and `serve` starts them. `speed` is the simulator's: 0 is compressed time, in which sounds and pauses
    take none. `settings` are environment variables on top; an empty value takes one away. `popen` starts programs: by a
    fork of a process that has loaded them, or as `subprocess.Popen` from the beginning.
    """
    environ = _environ(folder, dsn, web) | (settings or {})
    with houses.open_house(
        environ,
        dsn,
        folder,
        serve=serve,
        worker=worker,
        speed=speed,
        seed=seed,
        popen=popen,
        kind=House,
    ) as house:
        yield house


def _environ(folder: Path, dsn: str, web: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {
        **kept,
        **LOOSE_CAPS,
        "PORT": str(free_port()),
        "SUPABASE_DB_URL": dsn,
        "VOICEBOT_DATA_DIR": str(folder / "data"),
        "VOICEBOT_WEB_WORKERS": str(web),
        "OPERATOR_PHONE_NUMBER": OPERATOR,
    }
