"""What the tests of refused callers share: a call that arrives, and a database that notes what it is asked."""

from typing import Any
from uuid import uuid4

from tests.webhooks.conftest import NUMBER, Sender
from voicebot.storage.database import Database


class Counted:
    """A database that notes which functions were called."""

    def __init__(self, database: Database) -> None:
        self._database, self.calls = database, list[str]()

    def call(self, function: str, **params: Any) -> Any:
        self.calls.append(function)
        return self._database.call(function, **params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def arrives(sender: Sender, caller: str, sid: str = "", **more: str) -> Any:
    form = {"From": caller, "To": NUMBER, "Direction": "inbound", "CallStatus": "ringing"} | more
    return sender.post("/twilio/voice", CallSid=sid or f"CA{uuid4().hex}", **form)
