"""What holds for turn taking whatever comes in: random talks, in any order and at any pace."""

from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import EndHint, Frame, Signal
from voicebot.domain.call.turn_taking.taker import TurnTaker

TEXTS = [
    "",
    "mhm",
    "yes",
    "stop it",
    "my number is four",
    "...",
    "and then",
    "that is all, thank you",
    "a b c",
]
LEVELS = [(-65.0, None), (-22.0, 0.98), (-30.0, 0.6), (-25.0, 0.1), (-22.0, None), (-45.0, 0.9)]

steps = st.one_of(
    st.tuples(st.just("sound"), st.sampled_from(LEVELS), st.integers(1, 80)),
    st.tuples(st.just("words"), st.sampled_from(TEXTS), st.booleans()),
    st.tuples(st.just("hint"), st.sampled_from(EndHint), st.none()),
    st.tuples(st.just("bot"), st.booleans(), st.booleans()),
    st.tuples(st.just("expect"), st.sampled_from(Asked), st.integers(1, 10)),
    st.tuples(st.just("gap"), st.integers(-100, 5000), st.none()),
)


def play(script) -> list[Signal]:
    """Return all signals of a talk."""
    taker, now, signals = TurnTaker(TurnRules()), 0, []
    for kind, what, more in script:
        match kind:
            case "sound":
                for _ in range(more):
                    now += 20
                    signals += taker.frame(Frame(now, *what))
            case "words":
                signals += taker.words(what, final=more, at_ms=now)
            case "hint":
                signals += taker.hint(what, now)
            case "bot":
                taker.bot(what, now, interruptible=more, words="we are open")
            case "expect":
                taker.expect(more, what)
            case "gap":
                now = max(0, now + what)
    return signals


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=40))
def test_signals_are_a_sentence_of_the_grammar_whatever_happens(script):
    signals = play(script)
    state, last_ms = "quiet", 0

    for signal in signals:
        assert signal.at_ms >= last_ms
        last_ms = signal.at_ms
        match type(signal).__name__, state:
            case "SpeechStarted", "quiet":
                state = "speaking"
            case "MaybeDone", "speaking":
                state = "tentative"
            case "Resumed", "tentative":
                state = "speaking"
            case (("TurnDone" | "Backchannel"), ("speaking" | "tentative")):
                state = "quiet"
            case "BargeIn", ("speaking" | "tentative"):
                pass
            case (("HoldMusic" | "Noise"), _):
                pass
            case name, before:
                raise AssertionError(f"{name} while {before}")

    assert play(script) == signals


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, max_size=30))
def test_a_tentative_end_never_stays_one(script):
    ending = [
        ("bot", False, True),
        ("sound", (-65.0, None), 1200),
    ]
    signals = play([*script, *ending])

    ends = [
        name
        for name in (type(one).__name__ for one in signals)
        if name not in ("HoldMusic", "Noise", "BargeIn")
    ]
    assert not ends or ends[-1] in ("TurnDone", "Backchannel")
