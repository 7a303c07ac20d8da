"""Signs in a thread's texts beside their requests: a wish for a person, and two machines talking."""

import hashlib
from dataclasses import replace

from voicebot.domain.bare_words import bare_words
from voicebot.domain.thread.state import MAX_RECENT, ThreadState

REPEATS = 4
"""This many equal texts among the last eight come from a machine."""
SHORT_REPEATS = 6
"""For a word or two, as "yes" or "ok" may come often."""
SHORT_CHARS = 12


def fingerprint(body: str) -> str:
    """Return what tells two texts apart, without keeping the words; blank for a text without any."""
    plain = bare_words(body)
    if not plain:
        return ""
    size = "s" if len(plain) <= SHORT_CHARS else "l"
    return size + hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def remember(state: ThreadState, body: str) -> ThreadState:
    """Return the state that knows one more of the person's texts."""
    print_ = fingerprint(body)
    return replace(state, recent=(*state.recent, print_)[-MAX_RECENT:]) if print_ else state


def looping(state: ThreadState) -> bool:
    """Whether the newest text came so often that no person sends it."""
    if not state.recent:
        return False
    newest = state.recent[-1]
    return state.recent.count(newest) >= (SHORT_REPEATS if newest.startswith("s") else REPEATS)
