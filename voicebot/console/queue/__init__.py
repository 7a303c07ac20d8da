"""Queue: calls that wait to be dialled, and each of them."""
