"""A person on a stream: what they do next, and when it is polite to do it."""

from simulator.carrier.far_end.line import Act, Pressed, Said, Sounds, StayedSilent

POLITE_S = 0.3
"""A person who does not interrupt waits for this much silence of the bot before speaking."""
TURN_S = 0.7
"""After so much silence of a bot that has spoken it is the caller's turn."""
PATIENCE_S = 8.0
"""After so much silence the caller may speak whether the bot has spoken or not."""


def may_do(act: Act, bot_silent_s: float, *, mouth_busy: bool) -> bool:
    """Whether the person does this now; `bot_silent_s` is 0 while the bot speaks."""
    if isinstance(act, Pressed | StayedSilent):
        return True
    if mouth_busy:
        return False
    if isinstance(act, Sounds):
        return True
    return act.barge_in or bot_silent_s >= POLITE_S


def takes_anything(act: Act) -> bool:
    """Return what the person may do when it is their turn."""
    return isinstance(act, Said | Pressed | Sounds | StayedSilent)


def takes_nothing_yet(_act: Act) -> bool:
    """It is the bot's turn."""
    return False
