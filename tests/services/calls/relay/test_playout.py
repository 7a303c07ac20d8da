"""The book of what Twilio was given to say: how long it is, and what it knows of turns that are over."""

from voicebot.domain.call.events import Heard, HeardSource
from voicebot.services.calls.relay.playout import MOST_KEPT, Playout


def test_what_was_heard_is_told_alike_in_the_last_turn_of_a_long_call() -> None:
    playout = Playout()
    told: list[Heard] = []
    for turn in range(3 * MOST_KEPT):
        playout.begin_turn()
        playout.send(turn, 0, "We open at nine. ", float(turn))
        playout.complete(turn, 0, "We open at nine.")
        told += playout.played("We open at nine.", turn + 0.5)

    assert told == [Heard(turn, 0, 16, HeardSource.RELAY) for turn in range(3 * MOST_KEPT)]
    assert playout.all_heard


def test_an_interruption_is_placed_among_what_was_said_since_the_caller_spoke() -> None:
    playout = Playout()
    for turn in range(2):
        playout.begin_turn()
        playout.send(turn, 0, "We open at nine, and close at six. ", float(turn))
        playout.complete(turn, 0, "We open at nine, and close at six.")
        told, dropped = playout.interrupted("We open at nine", turn + 0.5)

        assert told == [Heard(turn, 0, 15, HeardSource.RELAY)]
        assert [each.rest for each in dropped] == [", and close at six."]


def test_a_carrier_that_tells_nothing_of_what_was_heard_makes_no_book_longer() -> None:
    playout = Playout()
    for turn in range(3 * MOST_KEPT):
        playout.begin_turn()
        playout.send(turn, 0, "We open at nine. ", 0.0)
        playout.complete(turn, 0, "We open at nine.")

    heard = [each.gen for each in playout.quiet(0.0)] or [each.gen for each in playout.cut(1000.0)]
    assert heard == list(range(3 * MOST_KEPT))[-MOST_KEPT - 1 :]
