"""What a month came to, by product."""

from voicebot.services.operators.usage import with_unpriced


def test_what_has_no_price_yet_counts_with_its_product() -> None:
    products = [
        {"product": "calls in", "currency": "", "count": 1, "minutes": 2, "cost": None, "unpriced": 1},
        {"product": "calls in", "currency": "USD", "count": 5, "minutes": 5, "cost": 0.04, "unpriced": 0},
        {"product": "calls in", "currency": "EUR", "count": 1, "minutes": 1, "cost": 0.01, "unpriced": 0},
        {"product": "texts in", "currency": "", "count": 3, "minutes": None, "cost": None, "unpriced": 3},
        {"product": "texts out", "currency": "USD", "count": 2, "minutes": None, "cost": 0.02, "unpriced": 0},
        {"product": "texts out", "currency": "", "count": 1, "minutes": None, "cost": None, "unpriced": 1},
    ]

    shown = [
        (row["product"], row["currency"], row["count"], row["minutes"], row["cost"], row["unpriced"])
        for row in with_unpriced(products)
    ]

    assert shown == [
        ("calls in", "EUR", 1, 1, 0.01, 0),
        ("calls in", "USD", 6, 7, 0.04, 1),
        ("texts in", "", 3, None, None, 3),
        ("texts out", "USD", 3, None, 0.02, 1),
    ]
