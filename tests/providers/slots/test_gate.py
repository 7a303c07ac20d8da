"""Who is let in to a provider, and when: pure, on a clock of the test."""

import random

import pytest

from voicebot.providers.ports import Priority
from voicebot.providers.slots.gate import Gate, Place
from voicebot.providers.slots.rooms import Rates, Slots
from voicebot.providers.slots.share import Fleet, Share

LONGEST_WAIT_S = 0.8
ANSWER, NEXT, SPECULATION = Priority.ANSWER, Priority.NEXT, Priority.SPECULATION


def gate(limit: int, share: Share | None = None) -> Gate:
    return Gate(Slots(limit, share or Share()), longest_wait_s=LONGEST_WAIT_S)


def test_an_answer_comes_before_a_next_sentence_that_asked_earlier():
    full = gate(1)
    first = full.ask(ANSWER, 0.0)
    sentence, later, answer = full.ask(NEXT, 0.1), full.ask(NEXT, 0.15), full.ask(ANSWER, 0.2)

    order = [*full.leave(first, 0.3), *full.leave(answer, 0.31), *full.leave(sentence, 0.32)]

    assert order == [answer, sentence, later]


def test_a_speculation_waits_for_nobody_and_leaves_the_last_slot():
    for limit, taken, comes_in in [(1, 0, False), (2, 0, True), (2, 1, False), (3, 1, True), (3, 3, False)]:
        some = gate(limit)
        for _ in range(taken):
            some.ask(ANSWER, 0.0)

        ticket = some.ask(SPECULATION, 0.1)

        assert (ticket.place is Place.INSIDE, some.waiting) == (comes_in, 0), (limit, taken)


def test_no_speculation_comes_in_while_somebody_waits():
    rates = Rates(Share())
    some = Gate(rates, longest_wait_s=LONGEST_WAIT_S)
    rates.learn(headers(requests=(100, 100, "0s"), tokens=(1000, 500, "30s")), 0.0)
    large = some.ask(ANSWER, 0.0, 600)

    assert large.place is Place.WAITS
    assert some.ask(SPECULATION, 0.0, 1).place is Place.GONE


@pytest.mark.parametrize("seed", range(5))
def test_nobody_starves_while_answers_keep_coming(seed):
    # Two slots, an utterance of 0.2 s, and answers as fast as the slots serve them.
    rng, some, now = random.Random(seed), gate(2), 0.0
    ends, waited, served = [], [], 0
    sentences = {}
    while now < 60.0:
        for end, ticket in [each for each in ends if each[0] <= now]:
            ends.remove((end, ticket))
            some.leave(ticket, now)
        if rng.random() < 0.096:
            ticket = some.ask(ANSWER, now)
            sentences[ticket] = ANSWER
        if rng.random() < 0.01:
            ticket = some.ask(NEXT, now)
            sentences[ticket] = NEXT
        for ticket, priority in list(sentences.items()):
            if ticket.place is Place.INSIDE:
                ends.append((now + 0.2, ticket))
                served += priority is NEXT
                del sentences[ticket]
            elif now - ticket.asked_at >= LONGEST_WAIT_S:
                some.leave(ticket, now)
                waited.append(priority)
                del sentences[ticket]
        now += 0.01

    assert served > 5 * waited.count(NEXT)


def test_whoever_has_waited_for_half_of_the_longest_wait_comes_before_answers_that_ask_now():
    full = gate(1)
    first = full.ask(ANSWER, 0.0)
    sentence = full.ask(NEXT, 0.0)
    answer = full.ask(ANSWER, LONGEST_WAIT_S / 2)

    assert full.leave(first, LONGEST_WAIT_S / 2) == [sentence]
    assert full.leave(sentence, 0.5) == [answer]


def test_a_place_is_given_back_once_and_a_ticket_that_gave_up_is_let_in_no_more():
    full = gate(1)
    first, second, third = (full.ask(ANSWER, 0.0) for _ in range(3))

    full.leave(second, 0.1)
    assert full.leave(first, 0.2) == [third]
    assert full.leave(first, 0.3) == []
    assert (full.inside, full.waiting, second.place) == (1, 0, Place.GONE)


def test_shares_add_up_to_the_limit_and_everybody_has_one():
    for limit in (1, 4, 5, 10, 30):
        for callers in (1, 2, 3, 7):
            for workers in (0, 1, 2):
                fleets = [Fleet(callers, workers, place) for place in range(callers)]
                fleets += [Fleet(callers, workers, None)] * workers
                shares = [Share(fleet).of(limit) for fleet in fleets]

                assert min(shares) >= 1
                assert sum(shares) == max(limit, callers + workers), (limit, callers, workers)
                assert max(shares[:callers]) - min(shares[:callers]) <= 1


def test_a_share_that_becomes_smaller_lets_in_nobody_until_enough_have_left():
    share = Share()
    some = gate(4, share)
    inside = [some.ask(ANSWER, 0.0) for _ in range(4)]
    share.fleet = Fleet(callers=2)
    waiting = some.ask(ANSWER, 0.0)

    let_in = [some.leave(ticket, 0.1) for ticket in inside]

    assert let_in == [[], [], [waiting], []]


def headers(**kinds):
    given = {}
    for kind, (limit, remaining, reset) in kinds.items():
        given |= {
            f"x-ratelimit-limit-{kind}": str(limit),
            f"x-ratelimit-remaining-{kind}": str(remaining),
            f"x-ratelimit-reset-{kind}": reset,
        }
    return given


def test_a_rate_lets_in_what_is_left_of_it_and_more_with_time():
    rates = Rates(Share())
    some = Gate(rates, longest_wait_s=LONGEST_WAIT_S)
    assert some.ask(SPECULATION, 0.0, 1e9).place is Place.INSIDE, "nothing was told yet"

    rates.learn(headers(requests=(60, 2, "58s"), tokens=(6000, 6000, "0s")), 0.0)
    places = [some.ask(ANSWER, 0.0, 100).place for _ in range(3)]

    assert places == [Place.INSIDE, Place.INSIDE, Place.WAITS]
    assert some.opens_in_s(0.0) == pytest.approx(1.0)
    assert some.admit(0.9) == [] and len(some.admit(1.01)) == 1


def test_speculations_leave_a_tenth_of_a_rate():
    rates = Rates(Share())
    rates.learn(headers(requests=(100, 12, "1m28s"), tokens=(100_000, 100_000, "0s")), 0.0)
    some = Gate(rates, longest_wait_s=LONGEST_WAIT_S)

    places = [some.ask(SPECULATION, 0.0, 100).place for _ in range(3)]

    assert places == [Place.INSIDE, Place.INSIDE, Place.GONE]
    assert some.ask(ANSWER, 0.0, 100).place is Place.INSIDE


def test_a_rate_is_shared_by_all_processes():
    rates = Rates(Share(Fleet(callers=3, workers=1)))
    rates.learn(headers(requests=(100, 40, "36s")), 0.0)

    assert rates.left(0.0) == 10
    assert rates.left(1.2) == pytest.approx(10 + 1.2 * (60 / 36) / 4)

    rates.learn(headers(requests=(100, 1, "59.4s")), 2.0)
    assert rates.left(2.0) == 1.0, "the last request is anybody's"


def test_a_request_larger_than_a_whole_share_is_sent_once_the_share_is_whole():
    rates = Rates(Share())
    rates.learn(headers(tokens=(1000, 1000, "0s")), 0.0)

    assert rates.fits(5000, 0.0, is_last_kept=False)
    rates.take(5000, 0.0)
    assert not rates.fits(5000, 30.0, is_last_kept=False)
    assert rates.fits(5000, 60.0, is_last_kept=False)


@pytest.mark.parametrize(
    "given",
    [
        {},
        headers(requests=(-1, -1, "0")),
        headers(requests=(0, 0, "0")),
        headers(requests=("many", 1, "1s")),
        headers(requests=("nan", "nan", "nans")),
        headers(requests=(10, 11, "1s")),
        headers(requests=("1e999", 1, "1s")),
    ],
)
def test_a_server_that_tells_no_rate_is_asked_without_one(given):
    rates = Rates(Share())
    rates.learn(given, 0.0)

    assert rates.fits(1e9, 0.0, is_last_kept=True)


def test_the_time_of_a_reset_is_read_as_go_writes_it():
    for told, remaining, left_after_1_s in [("12ms", 0, 60), ("6m0s", 0, 1 / 6), ("1m0.5s", 0, 60 / 60.5)]:
        rates = Rates(Share())
        rates.learn(headers(requests=(60, remaining, told)), 0.0)
        assert rates.left(1.0) == pytest.approx(left_after_1_s), told
    for told in ("", "soon", "1", "-5s", "5s5"):
        rates = Rates(Share())
        rates.learn(headers(requests=(60, 0, told)), 0.0)
        assert rates.left(1.0) == pytest.approx(1.0), told
