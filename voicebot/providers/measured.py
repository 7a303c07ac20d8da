"""Measure the use of a provider: how long it took and what came of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from voicebot.providers.ports import ProviderError
from voicebot.telemetry import metrics


@contextmanager
def provider_call(provider: str, operation: str) -> Iterator[None]:
    """Measure what happens inside as one use of a provider; a ProviderError counts under its outcome."""
    started, outcome = time.perf_counter(), "bug"
    try:
        yield
        outcome = "ok"
    except ProviderError as error:
        outcome = error.outcome.value
        raise
    except GeneratorExit:
        # The answer was no longer wanted: nobody's fault.
        outcome = "cancelled"
        raise
    finally:
        metrics.PROVIDER_SECONDS.labels(provider, operation, outcome).observe(time.perf_counter() - started)
