"""Time filters of lists: on a day or at a moment, before it, after it (handbook 9)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta


def matches_moment(moment: datetime | None, name: str, params: Mapping[str, str]) -> bool:
    """Whether a time fits the filters `name`, `name<` and `name>`. Items without a time are missed by any filter."""
    for sign, holds in _COMPARISONS.items():
        given = params.get(name + sign)
        if given and (moment is None or not holds(moment, given)):
            return False
    return True


def _moment(given: str) -> datetime:
    moment = datetime.fromisoformat(given.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _same_day(moment: datetime, given: str) -> bool:
    start = _moment(given)
    return start <= moment < start + timedelta(days=1) if len(given) == 10 else moment == start


_COMPARISONS: dict[str, Callable[[datetime, str], bool]] = {
    "": _same_day,
    "<": lambda moment, given: moment < _moment(given),
    ">": lambda moment, given: moment > _moment(given),
}
