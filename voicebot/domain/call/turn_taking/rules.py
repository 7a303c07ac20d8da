"""The numbers of turn taking: how long is waited, and what it takes to interrupt.

They are set for a call at once; a template changes the few that it may (`limits.turns`, docs/turn-taking.md).
"""

from dataclasses import dataclass, field

from voicebot.domain.call.turn_taking.pauses import Pauses


@dataclass(frozen=True)
class TurnWishes:
    """The values that a template may change about turns (`limits.turns`)."""

    patience: float = 1.0
    """How much longer than usual a pause is before it ends a turn, 0.5 to 3."""
    interrupt_ms: int = 500
    """How long speech lasts before it interrupts us, where its words are not known yet."""


@dataclass(frozen=True)
class TurnRules:
    """How a call takes turns."""

    language: str = "en"
    """A language tag; words are read by its first part (en, es, fr, de, pt; others by English)."""
    ends_turns: bool = False
    """Whether the transcriber tells by hints when a turn is over: silence ends one only where no hint comes."""
    waits: Pauses = field(default_factory=lambda: Pauses(yes_or_no=450, open=900, dictated=1200))
    """Milliseconds of silence that end a turn whose words say neither that it is over nor that it goes on."""
    pauses: Pauses = field(default_factory=Pauses)
    """The pauses from which `Listen.pause_s` was taken; they show which kind of answer a pause was meant for."""
    patience: float = 1.0
    """How much longer than usual everything is waited for that is not clearly over."""
    tentative_ms: int = 200
    """Silence after which an answer is begun that is not spoken yet."""
    complete_ms: int = 40
    """The same where words come in this silence that are clearly complete."""
    words_ms: int = 450
    """How long to wait for final words after a tentative end; only the words can confirm it."""
    settled_ms: int = 200
    """This long after the last speech, words that are not final yet count as all of them."""
    clear_end_ms: int = 300
    """Silence that ends words which are clearly complete."""
    may_go_on: float = 1.4
    """How much longer than usual words are waited for that mostly have others behind them, as "I want to cancel"."""
    unfinished_ms: int = 1700
    """Silence that ends words which clearly go on, as "my number is"."""
    unfinished_dictated_ms: int = 1900
    """The same where a number, a name or an address is dictated."""
    hinted_ms: int = 3000
    """Silence that ends a turn whose end the transcriber should have told."""
    barge_in_ms: int = 500
    """Speech without known words that interrupts us; words interrupt at once."""
    goes_on_ms: int = 1000
    """Speech that interrupts us although its words so far are a "yeah"."""
    held_ms: int = 1500
    """How long a yes that was said into our question waits for the question's end."""
    start_ms: int = 60
    """Speech after which it is transcribed."""
    music_ms: int = 9000
    """Sound without a pause and without words that is taken for music."""
