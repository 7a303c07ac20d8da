"""End a process in good order when it is asked to."""

import signal
from types import FrameType
from typing import NoReturn


def exit_on_signals() -> None:
    """Leave by SystemExit on SIGTERM and SIGINT, from whatever is being done, so that what was opened is closed."""

    def asked(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
