"""Somebody who picks up a call of ours is greeted though the database takes its time, and once alone."""

import threading
import time
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from tests.webhooks.conftest import Sender, verbs
from voicebot.transports.twilio.urls import RETRY

pytestmark = pytest.mark.sql


def test_a_document_that_is_late_is_announced_by_a_word_and_comes_next(sender: Sender) -> None:
    database, sid = sender.runtime.database, f"CA{uuid4().hex}"
    answered, goes_on = database.call, threading.Event()

    def slow(function: str, /, **params: Any) -> Any:
        if function == "answered_dial":
            goes_on.wait(30)
        return answered(function, **params)

    def asked(path: str) -> Any:
        return sender.post(
            path, CallSid=sid, Direction="outbound-api", From="+12025550100", To="+13035550142"
        )

    database.call = slow  # type: ignore[method-assign]
    began = time.monotonic()
    first = asked("/twilio/voice/outbound")
    took_s = time.monotonic() - began
    goes_on.set()
    database.call = answered  # type: ignore[method-assign]
    hello, redirect = ElementTree.fromstring(first.data)
    second = asked(redirect.text.removeprefix(sender.runtime.settings.public_url).removesuffix(RETRY))
    again = asked(redirect.text.removeprefix(sender.runtime.settings.public_url).removesuffix(RETRY))

    assert (hello.tag, hello.text) == ("Say", "Hello.")
    # Far less than what a voice document may take, also on a machine with other work.
    assert took_s < 2
    assert verbs(second)[-1] == "Gather" or "Gather" in verbs(second)
    assert b"Hello." not in second.data.replace(b"Hello. How can I help you?", b"")
    assert again.data == second.data
