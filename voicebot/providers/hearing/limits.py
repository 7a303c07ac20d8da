"""How long an ear waits, and how much it keeps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HearingLimits:
    """One call's ear."""

    kept_s: float = 10.0
    """Sound that no words were made of yet; 8 kB a second."""
    piece_s: float = 1.0
    """Kept sound is sent again in pieces of this length."""
    ready_within_s: float = 2.0
    """From the connection to the provider's agreement."""
    answer_s: float = 1.2
    """A finish, from each transcriber that is asked; a caller waits no longer than the sum."""
    again_s: float = 0.5
    """What was asked too soon is asked again after this."""
    held_s: float = 5.0
    """A connection that lasted this long was good: the next failure counts as the first."""
    pauses_s: tuple[float, ...] = (0.2, 1.0, 2.0, 5.0, 10.0)
    """Between rounds in which no transcriber could be asked."""
    rest_s: float = 5.0
    """A transcriber that has no room, or is slow, is not the first choice for this long."""
    rest_refused_s: float = 60.0
    """One that refuses us."""
    longest_text: int = 4000
    """Characters of one utterance."""
