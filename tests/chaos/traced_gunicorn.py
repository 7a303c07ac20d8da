"""gunicorn.conf.py, and each web process writes down when it ran for long without letting another task run.

Counted in the CPU time of its thread, so that a busy machine adds nothing. At SIGUSR2 a process writes what it saw to
`holds-<pid>.json` in the data folder: [[when it yielded (time.monotonic, s), CPU ms, in which functions], …].
"""

import json
import os
import signal
import time
from pathlib import Path
from runpy import run_path
from typing import Any

FROM_MS = 2.0
DEPTH = 6

_product = run_path(str(Path(__file__).resolve().parents[2] / "gunicorn.conf.py"))
globals().update({name: value for name, value in _product.items() if not name.startswith("_")})
_holds: list[tuple[float, float, str]] = []


def post_worker_init(worker: Any) -> None:
    """Start measuring, once the process is ready for its first request."""
    import greenlet

    _product["post_worker_init"](worker)
    began_s = time.thread_time()

    def switched(_event: str, parties: tuple[Any, Any]) -> None:
        nonlocal began_s
        held_ms = 1000 * (time.thread_time() - began_s)
        if held_ms > FROM_MS:
            _holds.append((time.monotonic(), held_ms, _where(parties[0])))
        began_s = time.thread_time()

    greenlet.settrace(switched)
    signal.signal(signal.SIGUSR2, write_down)


def _where(task: Any) -> str:
    frame, names = task.gr_frame, []
    while frame is not None and len(names) < DEPTH:
        names.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(names)


def write_down(*_: Any) -> None:
    """Write what was seen, so that whoever finds it finds all of it."""
    written = Path(os.environ["VOICEBOT_DATA_DIR"], f"holds-{os.getpid()}.json")
    being_written = written.with_suffix(".part")
    being_written.write_text(json.dumps(_holds), encoding="utf-8")
    being_written.rename(written)
