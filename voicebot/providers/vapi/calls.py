"""Calls at Vapi, or at a server with its API. Without an idempotency key no request is sent twice; the name of a call
finds it when the answer was lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from voicebot.domain.dialling.led_calls import LedCall
from voicebot.providers.http.errors import unreadable
from voicebot.providers.ports import Outcome, ProviderError, ProviderNumber
from voicebot.providers.ports.led import NewLedCall, Readiness
from voicebot.providers.vapi.http import PROVIDER, VapiHttp
from voicebot.transports.vapi.messages import OURS, Unreadable, call_of, id_of, moment_of

PAGE_SIZE, MOST_PAGES = 100, 200
SHORTEST_CALL_S, LONGEST_CALL_S = 10, 43_200
LONGEST_NAME = 40
END = {"type": "end-call"}
ENDED = "ended"
NO_CONTROL, INCOMPLETE = "no_control_address", "incomplete_list"


class VapiCalls:
    """`LedCalls` over Vapi's REST API. One instance an account; safe to share between threads and greenlets."""

    def __init__(self, http: VapiHttp, *, assistant_id: str, phone_number_id: str) -> None:
        self._http, self._assistant_id, self._phone_number_id = http, assistant_id, phone_number_id

    def create_call(self, call: NewLedCall) -> str:
        """Have it dialled; return Vapi's id. An `unknown` outcome may have dialled: never repeat it blindly."""
        customer = {"number": call.to} | ({"name": call.person[:LONGEST_NAME]} if call.person else {})
        made = self._http.ask(
            "POST",
            "/call",
            body={
                "assistantId": call.assistant_id or self._assistant_id,
                "phoneNumberId": self._phone_number_id,
                "name": call.name,
                "customer": customer,
                "assistantOverrides": {
                    "variableValues": {**call.variables, "attempt": call.name},
                    "maxDurationSeconds": min(max(call.time_limit_s, SHORTEST_CALL_S), LONGEST_CALL_S),
                    "serverMessages": sorted(OURS),
                },
            },
        )
        return _made(made)

    def fetch_call(self, call_id: str) -> LedCall:
        """Return the call as Vapi has it."""
        return _read(self._fetched(call_id))

    def find_call(self, name: str, *, since: datetime, until: datetime) -> LedCall | None:
        """Return the call of that name; None when a complete list of the account does not have it.

        The number's own list is short and looked at first. It proves nothing alone: the account may have been set to
        another number since.
        """
        for narrowed in ({"phoneNumberId": self._phone_number_id}, {}):
            for resource in self._listed(since, until, narrowed):
                if resource.get("name") == name:
                    return _read(resource)
        return None

    def end_call(self, call_id: str) -> None:
        """Hang up; a call that is already over counts as ended. DELETE would remove its record instead."""
        call = self._fetched(call_id)
        if call.get("status") == ENDED:
            return
        monitor = call.get("monitor")
        address = monitor.get("controlUrl") if isinstance(monitor, Mapping) else None
        if not isinstance(address, str) or not address:
            raise ProviderError(PROVIDER, NO_CONTROL, Outcome.REFUSED)
        self._http.control(address, END)

    def numbers(self) -> Sequence[ProviderNumber]:
        """Return the number that calls come from, where it is told."""
        found = self._http.ask("GET", f"/phone-number/{quote(self._phone_number_id, safe='')}")
        if not isinstance(found, Mapping) or not id_of(found):
            raise unreadable(PROVIDER)
        number = found.get("number")
        if not isinstance(number, str) or not number.startswith("+"):
            # One that is reached by SIP has none.
            return ()
        return (ProviderNumber(self._phone_number_id, number, {"voice": True}),)

    def readiness(self, events_url: str) -> Readiness:
        """Examine assistant and number without changes. Raises ProviderError when the account cannot be asked at all."""
        problems = []
        addresses = []
        for what, path, of in (
            ("number", "phone-number", self._phone_number_id),
            ("assistant", "assistant", self._assistant_id),
        ):
            try:
                found = self._http.ask("GET", f"/{path}/{quote(of, safe='')}")
            except ProviderError as error:
                if error.code != "http_404":
                    raise
                problems.append(f"The {what} is not known to the account.")
                continue
            server = found.get("server") if isinstance(found, Mapping) else None
            addresses.append(server.get("url") if isinstance(server, Mapping) else None)
        # The assistant's own address goes before the number's.
        reports_to = next((each for each in reversed(addresses) if each), None)
        if addresses and reports_to != events_url:
            problems.append(f"Reports do not come here: set the server URL of the assistant to {events_url}.")
        return Readiness(tuple(problems))

    def _fetched(self, call_id: str) -> Mapping[str, Any]:
        answer = self._http.ask("GET", f"/call/{quote(call_id, safe='')}")
        if not isinstance(answer, Mapping):
            raise unreadable(PROVIDER)
        return answer

    def _listed(
        self, since: datetime, until: datetime, narrowed: Mapping[str, str]
    ) -> Iterator[Mapping[str, Any]]:
        """Yield every call made in this time, page by page backwards; there is no cursor. Raises ProviderError."""
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            page = self._http.ask(
                "GET",
                "/call",
                query={
                    **narrowed,
                    "createdAtGe": _written(since),
                    "createdAtLe": _written(until),
                    "limit": str(PAGE_SIZE),
                },
            )
            if not isinstance(page, list) or not all(isinstance(each, Mapping) for each in page):
                raise unreadable(PROVIDER)
            fresh = [each for each in page if id_of(each) not in seen]
            yield from fresh
            if not fresh and len(page) < PAGE_SIZE:
                return
            seen |= {id_of(each) for each in fresh}
            moments = [moment for each in page if (moment := moment_of(each.get("createdAt")))]
            if not fresh or not moments:
                break
            # Several may have been made in one millisecond: those at the edge are asked for again. A page that is not
            # full may have been cut by the server's own limit: the list ends where nothing new comes.
            until = min(moments)
        raise unreadable(PROVIDER, INCOMPLETE)


def _made(answer: Any) -> str:
    """Return the id of a new call. A list of one answers like the call itself."""
    if isinstance(answer, Mapping) and "id" not in answer:
        results, errors = answer.get("results"), answer.get("errors")
        if isinstance(results, list) and len(results) == 1:
            answer = results[0]
        elif results == [] and errors:
            raise ProviderError(PROVIDER, "refused_customer", Outcome.REFUSED)
    call_id = id_of(answer)
    if not call_id:
        raise unreadable(PROVIDER)
    return call_id


def _read(resource: Mapping[str, Any]) -> LedCall:
    try:
        return call_of(resource)
    except Unreadable as error:
        raise unreadable(PROVIDER, str(error)) from error


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
