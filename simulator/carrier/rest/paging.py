"""Lists in pages: `next_page_uri` with a PageToken, fifty at a time, a thousand at most (handbook 9)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from simulator.carrier.wire.rest_errors import RestError

Item = TypeVar("Item")

DEFAULT_PAGE = 50
MAX_PAGE = 1000


def page_of(
    items: Sequence[Item],
    key: str,
    *,
    sid: Callable[[Item], str],
    show: Callable[[Item], dict[str, Any]],
    path: str,
    params: Mapping[str, str],
) -> dict[str, Any]:
    """One page of `items` (in the order of the list) as Twilio's JSON, with `key` holding the resources."""
    size = _page_size(params.get("PageSize", ""))
    token = params.get("PageToken", "")
    number = int(params["Page"]) if params.get("Page", "").isdecimal() else 0
    if number and not token:
        # A bare Page=N is not supported (handbook 9).
        raise RestError(400, 20001, "Page without a PageToken is not supported")
    start = _position_after(items, token.removeprefix("PA"), sid) if token else 0
    shown = items[start : start + size]
    kept = {name: value for name, value in params.items() if name not in ("Page", "PageToken", "PageSize")}
    more = start + size < len(items)
    following = {**kept, "PageSize": str(size), "Page": str(number + 1)}
    return {
        key: [show(item) for item in shown],
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, start + len(shown) - 1),
        "uri": f"{path}?{urlencode({**params})}" if params else path,
        "first_page_uri": f"{path}?{urlencode({**kept, 'PageSize': str(size), 'Page': '0'})}",
        "previous_page_uri": None,
        "next_page_uri": f"{path}?{urlencode({**following, 'PageToken': 'PA' + sid(shown[-1])})}"
        if more
        else None,
    }


def _page_size(asked: str) -> int:
    return min(MAX_PAGE, int(asked)) if asked.isdecimal() and int(asked) else DEFAULT_PAGE


def _position_after(items: Sequence[Item], last_sid: str, sid: Callable[[Item], str]) -> int:
    for position, item in enumerate(items):
        if sid(item) == last_sid:
            return position + 1
    raise RestError(400, 20001, "unknown PageToken")
