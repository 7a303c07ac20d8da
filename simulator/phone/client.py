"""A phone in Python: what the terminal, scenarios, tests and the tour use to call the bot."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

JSON = dict[str, Any]


class PhoneRefused(Exception):
    """The simulator would not do it; `status` 409 means that the call is over."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"{status}: {error}")
        self.status, self.error = status, error


class PhoneClient:
    """The phone API of one simulator. Calls are named by their sid, threads of texts by the person's address."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def call(
        self,
        from_number: str = "+12025550123",
        *,
        to: str | None = None,
        speed: float | None = None,
        typing_is_speaking: bool | None = None,
    ) -> str:
        """Phone the bot; returns the call's sid at once, while it still rings.

        `typing_is_speaking` is the knob of this name for this call alone.
        """
        wish = {"from": from_number, "to": to, "speed": speed, "typing_is_speaking": typing_is_speaking}
        started = self._post(
            "/phone/calls", {name: value for name, value in wish.items() if value is not None}
        )
        return str(started["sid"])

    def say(
        self, sid: str, text: str, *, confidence: float | str | None = "drawn", barge_in: bool = False
    ) -> None:
        """Say something at the next chance, or with `barge_in` over what is being heard; confidence None sends none."""
        wish: JSON = {"text": text, "barge_in": barge_in}
        self._post(
            f"/phone/calls/{sid}/say", wish if confidence == "drawn" else wish | {"confidence": confidence}
        )

    def keys(self, sid: str, digits: str) -> None:
        """Press keys."""
        self._post(f"/phone/calls/{sid}/keys", {"digits": digits})

    def silence(self, sid: str) -> None:
        """Say nothing until the bot gives up waiting."""
        self._post(f"/phone/calls/{sid}/silence", {})

    def sound(self, sid: str, kind: str, for_s: float = 10.0) -> None:
        """Let something be heard that is no speech: `music` or a `cough`. Only a call on a stream carries it."""
        self._post(f"/phone/calls/{sid}/sound", {"kind": kind, "for_s": for_s})

    def typing(self, sid: str, for_s: float = 10.0) -> None:
        """The person has begun to speak: no Gather gives up on them for so long."""
        self._post(f"/phone/calls/{sid}/typing", {"for_s": for_s})

    def hangup(self, sid: str) -> None:
        """Put the phone down."""
        self._post(f"/phone/calls/{sid}/hangup", {})

    def get(self, sid: str) -> JSON:
        """The call as it is now."""
        return self._get(f"/phone/calls/{sid}")

    def calls(self) -> list[JSON]:
        """The calls of this simulator, newest first, without what was heard in them."""
        return list(self._get("/phone/calls")["calls"])

    def wait(self, sid: str, for_: str = "turn", *, after: int = 0, timeout_s: float = 15.0) -> JSON:
        """Wait until the person may act (`turn`, `speech`, `keys`) or the call is `over`, which ends every wait.

        Only what was heard beyond item `after` counts. Raises TimeoutError.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            left_s = max(0.1, min(50.0, deadline - time.monotonic()))
            params = {"for": for_, "after": after, "timeout_s": left_s}
            view = self._get(f"/phone/calls/{sid}/wait", params, timeout_s=left_s + 10)
            if not view["timed_out"]:
                return view
            if time.monotonic() >= deadline:
                raise TimeoutError(
                    f"after {timeout_s:g} s the call is {view['status']}, waiting for {view['waiting']}"
                )

    def wait_heard(self, sid: str, wanted: Callable[[JSON], bool], *, timeout_s: float = 15.0) -> JSON:
        """Wait until something like this has begun to be heard (or the call is over). Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            last = int(self._get("/phone/events", {"after": 10**12, "timeout_s": 0})["last"])
            view = self.get(sid)
            if view["over"] or any(wanted(item) for item in view["heard"]):
                return view
            self.events(last, timeout_s=min(5.0, deadline - time.monotonic()))
        raise TimeoutError(f"after {timeout_s:g} s nothing of that kind was heard")

    def audio(self, sid: str, n: int) -> tuple[str, bytes]:
        """The content type and the bytes of heard item `n`."""
        response = self._session.get(f"{self.base_url}/phone/calls/{sid}/audio/{n}", timeout=30)
        if response.status_code != 200:
            raise PhoneRefused(response.status_code, "no audio")
        return response.headers["Content-Type"], response.content

    def text(
        self, body: str, from_number: str = "+12025550123", *, media: Sequence[str] = (), **more: Any
    ) -> str:
        """Text the bot; returns the message's sid at once. `media` are data URLs or types such as `image/png`.

        `more` are `to`, `channel` (sms, whatsapp), `profile_name`, and `sid`: one used before delivers that text again.
        """
        wish = {"from": from_number, "body": body, "media": list(media), **more}
        return str(self._post("/phone/texts", wish)["sid"])

    def texts(self, with_: str = "+12025550123") -> list[JSON]:
        """The thread with one person, oldest first."""
        return list(self._get("/phone/texts", {"with": with_})["texts"])

    def wait_text(
        self, with_: str = "+12025550123", *, after: int = 0, timeout_s: float = 15.0, for_: str = "arrived"
    ) -> list[JSON]:
        """The thread, once a text to the person beyond number `after` has arrived (`any`: was made). Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while True:
            left_s = max(0.1, min(50.0, deadline - time.monotonic()))
            params = {"with": with_, "after": after, "timeout_s": left_s, "for": for_}
            answer = self._get("/phone/texts/wait", params, timeout_s=left_s + 10)
            if not answer["timed_out"]:
                return list(answer["texts"])
            if time.monotonic() >= deadline:
                raise TimeoutError(f"no text to the person came within {timeout_s:g} s")

    def messages(self) -> list[JSON]:
        """Every message that the carrier knows of, as its own books tell it, oldest first."""
        return list(self._get("/carrier/ledger", {"part": "messages"}, timeout_s=60)["messages"])

    def message_counts(self) -> dict[tuple[str, str], int]:
        """(to, body) -> how often the service had these words sent to this address."""
        counted = self._get("/carrier/ledger", {"part": "message_counts"}, timeout_s=60)["message_counts"]
        return {(each["to"], each["body"]): each["count"] for each in counted}

    def events(self, after: int = 0, *, timeout_s: float = 25.0) -> JSON:
        """`{"events": [...], "last": n}`: all that happened after a number, waiting for something to happen."""
        return self._get("/phone/events", {"after": after, "timeout_s": timeout_s}, timeout_s=timeout_s + 10)

    def operator(self, behaviour: str, **more: Any) -> None:
        """How dialled people behave: answer, busy, no-answer, failed, voicemail, screener, fax, hang-up, hold-music; `number`, `says`, …

        What else there is stands in `far_end/people.py`.
        """
        self._post("/phone/operator", {"behaviour": behaviour} | more)

    def knobs(self, changes: Mapping[str, Any] | None = None) -> JSON:
        """Turn the carrier's knobs, or with None put all of them back; returns how they stand."""
        if changes is None:
            return self._answer(self._session.delete(f"{self.base_url}/carrier/knobs", timeout=10))
        return self._post("/carrier/knobs", changes)

    def provider_knobs(self, **knob: Any) -> JSON:
        """Turn a knob of the model's or the voice's stand-in; without arguments put all of them back."""
        if not knob:
            return self._answer(self._session.delete(f"{self.base_url}/providers/knobs", timeout=10))
        return self._post("/providers/knobs", knob)

    def ledger(self, call_sid: str | None = None) -> JSON:
        """`{"rest", "webhooks", "messages", "message_counts"}`, each a list: what went over the wire."""
        return self._get("/carrier/ledger", {"call_sid": call_sid} if call_sid else {})

    def alerts(self, call_sid: str | None = None) -> list[JSON]:
        """What the account's debugger would show."""
        return list(self._get("/carrier/alerts", {"call_sid": call_sid} if call_sid else {})["alerts"])

    def callbacks_idle(self, timeout_s: float = 10.0) -> bool:
        """Wait until no callback is under way or held back."""
        return bool(self._get("/carrier/idle", {"timeout_s": timeout_s}, timeout_s=timeout_s + 10)["idle"])

    def _get(self, path: str, params: Mapping[str, Any] | None = None, *, timeout_s: float = 20.0) -> JSON:
        return self._answer(self._session.get(self.base_url + path, params=params, timeout=timeout_s))

    def _post(self, path: str, body: Mapping[str, Any]) -> JSON:
        return self._answer(self._session.post(self.base_url + path, json=dict(body), timeout=20))

    def _answer(self, response: requests.Response) -> JSON:
        try:
            answer = response.json()
        except requests.JSONDecodeError:
            answer = {}
        if response.status_code >= 400:
            raise PhoneRefused(response.status_code, str(answer.get("error", response.reason)))
        return dict(answer)
