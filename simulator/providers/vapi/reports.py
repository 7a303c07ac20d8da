"""Tell a server URL what happens, in Vapi's messages, signed as the credential says (providers' handbook 5.3, 5.4). Nothing is repeated."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import requests

from simulator.providers.vapi.account import Ending, ServerUrl, VapiAccount

TIMEOUT_S = 20.0
"""Vapi's default for a server URL."""


class Reporter:
    """Leads calls in threads of its own and posts their messages; `posts` holds (type, status of the answer)."""

    def __init__(self, account: VapiAccount) -> None:
        self._account = account
        self._busy = threading.Condition()
        self._running = 0
        self.posts: list[tuple[str, int]] = []

    def lead(self, call_id: str, ending: Ending) -> None:
        """Begin a call that was made; returns at once."""
        with self._busy:
            self._running += 1
        threading.Thread(target=self._led, args=(call_id, ending), daemon=True).start()

    def idle(self, within_s: float) -> bool:
        """Wait until nothing is on its way; a call that is held counts as at rest."""
        with self._busy:
            return self._busy.wait_for(lambda: self._running == 0, within_s)

    def finish(self, call_id: str, ending: Ending) -> bool:
        """End a call now and report it; False for one that is over."""
        call = self._account.ends(call_id, ending)
        if call is None:
            return False
        messages = [_status(call), _report(call)]
        for message in reversed(messages) if self._account.server.reversed else messages:
            self._post(message)
        return True

    def _led(self, call_id: str, ending: Ending) -> None:
        try:
            self._step(call_id, "ringing")
            if ending.answered:
                self._step(call_id, "in-progress")
            if not ending.hold:
                self.finish(call_id, ending)
        finally:
            with self._busy:
                self._running -= 1
                self._busy.notify_all()

    def _step(self, call_id: str, status: str) -> None:
        call = self._account.moves(call_id, status)
        if call is not None:
            self._post(_status(call))

    def _post(self, message: Mapping[str, Any]) -> None:
        server = self._account.server
        kind = message["type"]
        if not server.url or {kind, f"{kind}:{message.get('status')}"} & server.lose:
            return
        body = json.dumps({"message": message}).encode()
        for _ in range(2 if server.twice else 1):
            try:
                answer = requests.post(
                    server.url,
                    data=body,
                    headers={"Content-Type": "application/json", **proof(server, body, time.time())},
                    timeout=TIMEOUT_S,
                )
                self.posts.append((kind, answer.status_code))
            except requests.RequestException:
                self.posts.append((kind, 0))


def proof(server: ServerUrl, body: bytes, now: float) -> dict[str, str]:
    """Return the headers that show who sent a message."""
    given = server.credential
    match given.get("type"):
        case "hmac":
            stamp = str(int(now))
            key = str(given["secretKey"]).encode()
            if given.get("secretIsBase64"):
                key = base64.b64decode(key)
            stamped = given.get("includeTimestamp", True)
            signed = stamp.encode() + b"." + body if stamped else body
            digest = hmac.new(key, signed, getattr(hashlib, given.get("algorithm", "sha256"))).digest()
            text = (
                digest.hex()
                if given.get("signatureEncoding", "hex") == "hex"
                else base64.b64encode(digest).decode()
            )
            headers = {given.get("signatureHeader", "x-signature"): given.get("signaturePrefix", "") + text}
            return headers | ({given.get("timestampHeader", "x-timestamp"): stamp} if stamped else {})
        case "bearer":
            return {given.get("header", "authorization"): given.get("prefix", "Bearer ") + given["secret"]}
        case "secret":
            return {given.get("header", "x-vapi-secret"): given["secret"]}
        case _:
            return {}


def _status(call: Mapping[str, Any]) -> dict[str, Any]:
    message = {"type": "status-update", "timestamp": int(time.time() * 1000), "status": call["status"]}
    if call["status"] == "ended":
        message["endedReason"] = call["endedReason"]
    hidden = ("artifact", "analysis", "costs")
    return message | {"call": {name: value for name, value in call.items() if name not in hidden}}


def _report(call: Mapping[str, Any]) -> dict[str, Any]:
    told = ("endedReason", "startedAt", "endedAt", "cost", "costs", "analysis", "artifact")
    return {
        "type": "end-of-call-report",
        "timestamp": int(time.time() * 1000),
        **{name: call[name] for name in told if name in call},
        "call": {
            name: value for name, value in call.items() if name not in ("artifact", "analysis", "costs")
        },
    }
