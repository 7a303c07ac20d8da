"""What a test needs of its machine: it is skipped at a desk that lacks it, and fails where changes are judged."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.machines.plain_servers import Missing

IS_JUDGED = bool(os.environ.get("CI"))


def needs(program: str, *, is_judged: bool = IS_JUDGED) -> pytest.MarkDecorator:
    """Mark tests that start a program, by its name on the path."""
    is_skipped = shutil.which(program) is None and not is_judged
    return pytest.mark.skipif(is_skipped, reason=f"{program} is not installed")


@contextmanager
def needed_server(*, is_judged: bool = IS_JUDGED) -> Iterator[None]:
    """Start servers in here: one that is `Missing` skips the test."""
    try:
        yield
    except Missing as missing:
        if is_judged:
            raise
        pytest.skip(str(missing))
