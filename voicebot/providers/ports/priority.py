"""How much an answer of a provider is waited for."""

from enum import IntEnum


class Priority(IntEnum):
    """Who comes first where a provider takes no more; the lower comes first."""

    ANSWER = 0
    """A caller hears nothing until it is there."""
    NEXT = 1
    """The next sentence, a text, a summary: it is wanted, and nobody sits in silence yet."""
    SPECULATION = 2
    """It may be dropped. It waits for nobody and never takes what is left last."""
