"""Run CPU-heavy or blocking work in a real thread, so that gevent's hub does not wait for it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")


def off_hub(work: Callable[[], Result]) -> Result:
    """Do blocking work in a real thread when gevent runs this process: it would delay every call's audio.

    An exception of the work is raised here, and gevent does not print it: its words may show what stands in a file.
    """

    try:
        from gevent import get_hub, monkey
    except ImportError:
        return work()
    if not monkey.is_module_patched("threading"):
        return work()

    def caught() -> tuple[Result | None, Exception | None]:
        try:
            return work(), None
        except Exception as error:
            return None, error

    result, error = get_hub().threadpool.apply(caught)
    if error is not None:
        raise error
    done: Result = result
    return done


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of up to `size` items; each list is made off the hub."""
    iterator = iter(items)
    while batch := off_hub(lambda: list(islice(iterator, size))):
        yield batch
