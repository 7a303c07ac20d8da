"""The stations of the tour that are texts."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from voicebot.demo.visitor import Visitor
from voicebot.services.create_key import create_key
from voicebot.storage import api_keys, suppressions
from voicebot.storage.pages import ListRefused, Part
from voicebot.storage.texts import conversations
from voicebot.storage.texts.conversations import ConversationFilter

SETTLED_WITHIN_S = 15.0
KEY_HOLDS_FOR = timedelta(hours=1)


def onboarding(visitor: Visitor) -> None:
    """Be asked name, place, voice and consent, prove the phone with a code, and then ask something."""
    chat = visitor.chat()
    chat.write("Hello")
    chat.write("I am Grace Hopper")
    chat.write("Arlington")
    chat.write("any")
    _, words = chat.write_for_code("AGREE")
    chat.write(words)
    answer = chat.write("When are you open on Saturday?")
    thread = _settled(visitor, lambda found: found.get("onboarding_status") == "completed")
    stored = _messages(visitor, thread)
    evidence = visitor.evidence
    evidence.tell("user_profiles", f"onboarding_status {thread.get('onboarding_status')}")
    evidence.tell(
        "sms_history",
        f"{len(stored)} texts, {sum(1 for text in stored if text['direction'] == 'inbound')} of them theirs",
    )
    evidence.check("the onboarding is completed", thread.get("onboarding_status") == "completed")
    evidence.check("the question was answered from the template's facts", "two" in answer)
    bodies = json.dumps(stored)
    evidence.check("the code stands nowhere in the thread's rows", words not in bodies and "[code]" in bodies)


def verification(visitor: Visitor) -> None:
    """Verify the number by the API."""
    with _api(visitor) as api:
        _verify(visitor, api)


def _verify(visitor: Visitor, api: "_Api") -> None:
    status, started = api.post("/api/v1/verifications", {"to": visitor.number, "channel": "sms"})
    visitor.evidence.check(f"asked for a code: {status} {started.get('status')}", status == 201)
    code, _ = visitor.chat().code()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for what, given, valid in (
        ("a wrong code", wrong, False),
        ("the right code", code, True),
        ("the same again", code, False),
    ):
        status, answer = api.post("/api/v1/verifications/check", {"to": visitor.number, "code": given})
        visitor.evidence.check(
            f"{what}: {answer.get('status')}", status == 200 and answer.get("valid") is valid
        )


def stopped(visitor: Visitor) -> None:
    """Text STOP: from then on nothing is sent, at anybody's request; START lifts it."""
    chat = visitor.chat()
    chat.write("Hello")
    chat.send("STOP")
    number, evidence = visitor.number, visitor.evidence
    database = visitor.runtime.database
    evidence.check(
        "the number is suppressed", _comes_true(lambda: suppressions.is_suppressed(database, number))
    )
    before = len(chat.received())
    with _api(visitor) as api:
        status, _ = api.post("/api/v1/verifications", {"to": number, "channel": "sms"})
    chat.send("Are you there?")
    time.sleep(2.0)
    evidence.check(
        f"a code was asked for ({status}) and not sent", status == 201 and len(chat.received()) == before
    )
    chat.send("START")
    lifted = _comes_true(lambda: not suppressions.is_suppressed(database, number))
    evidence.check("START lifted what STOP had set", lifted)
    told = _comes_true(lambda: any("CONTINUE" in text["body"] for text in chat.received()))
    evidence.check("the bot says how to go on", told)
    chat.catch_up()
    evidence.check("and the bot answers again", bool(chat.write("Is the shop open today?")))


class _Api:
    """The service's own API, as a program would use it."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and JSON."""
        request = urllib.request.Request(  # noqa: S310
            self._url + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@contextmanager
def _api(visitor: Visitor) -> Iterator[_Api]:
    """Open the API by a key that ends with the block, or after an hour if this process is killed."""
    runtime = visitor.runtime
    name = f"tour {visitor.number[-4:]} {time.time_ns()}"
    key = create_key(runtime.database, name, "integrator", expires_at=datetime.now(UTC) + KEY_HOLDS_FOR)
    try:
        yield _Api(runtime.settings.public_url, key)
    finally:
        api_keys.revoke_api_key(runtime.database, name)


def _comes_true(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + SETTLED_WITHIN_S
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def _thread(visitor: Visitor) -> dict[str, Any]:
    page = conversations.conversations_page(visitor.runtime.database, ConversationFilter(visitor.number))
    return dict(page.rows[0]) if page.rows else {}


def _settled(visitor: Visitor, settled: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    _comes_true(lambda: settled(_thread(visitor)))
    return _thread(visitor)


def _messages(visitor: Visitor, thread: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        page = conversations.messages_page(visitor.runtime.database, thread["id"], Part(100))
    except ListRefused:
        return []
    return [dict(message) for message in page.rows]
