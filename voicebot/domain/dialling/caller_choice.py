"""Explain in words why a call uses one number of ours and not another (`caller_numbers.sql`)."""

from collections.abc import Mapping

CHOICES: Mapping[str, str] = {
    "named": "the entry names it",
    "bound": "the person was called from it before",
    "area": "it is of the person's area",
    "region": "it is of the person's state",
    "country": "it is of the person's country",
    "default": "it is the default",
    "other": "the default is red",
    "instead_of_red": "the person's own number is red",
    "instead_of_gone": "the person's own number is gone",
}
