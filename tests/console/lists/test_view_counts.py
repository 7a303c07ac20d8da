"""Views beside a page are counted a few at a time: a page never waits for all of them."""

from voicebot.console.search.counts import BUDGET_S, KEPT_S, MOST_KEPT, Counts


class Counted:
    """Counts that take time, and how often each was asked for."""

    def __init__(self, took_s):
        self.now, self.took_s, self.asked = 1000.0, took_s, []
        self.counts = Counts(lambda: self.now)

    def told(self, *names):
        return self.counts.told([(name, lambda name=name: self.count(name)) for name in names])

    def count(self, name):
        self.now += self.took_s
        self.asked.append(name)
        return f"{name}: {self.asked.count(name)}"


def test_a_page_counts_one_view_that_takes_long_and_shows_what_pages_before_it_counted():
    slow = Counted(2 * BUDGET_S)

    pages = [slow.told("a", "b", "c") for _ in range(4)]

    assert pages == [
        ["a: 1", "", ""],
        ["a: 1", "b: 1", ""],
        ["a: 1", "b: 1", "c: 1"],
        ["a: 1", "b: 1", "c: 1"],
    ]
    assert slow.asked == ["a", "b", "c"]


def test_views_that_are_counted_quickly_are_counted_at_once():
    assert Counted(BUDGET_S / 10).told("a", "b", "c") == ["a: 1", "b: 1", "c: 1"]


def test_what_was_counted_long_ago_is_counted_again_the_oldest_first_and_shown_until_then():
    slow = Counted(2 * BUDGET_S)
    for _ in range(3):
        slow.told("a", "b", "c")
    slow.now += KEPT_S + 1
    slow.asked.clear()

    first, second = slow.told("c", "b", "a"), slow.told("c", "b", "a")

    assert slow.asked == ["a", "b"]
    assert first == ["c: 1", "b: 1", "a: 1"] and second == ["c: 1", "b: 1", "a: 1"]


def test_no_more_counts_are_kept_than_there_is_room_for():
    quick = Counted(0.0)
    quick.told(*range(MOST_KEPT), "last")

    quick.asked.clear()
    quick.told("last", 1)
    quick.told(0)

    assert quick.asked == [0]
