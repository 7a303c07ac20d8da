"""The tool by which a caller is sent a code: to the number that calls, and to no other."""

import pytest

from tests.services.verification.verification_desk import code_of, new_number, take_code
from voicebot.services.calls.run_tool import ToolUse, run_tool

pytestmark = pytest.mark.sql


def use(number, arguments=None):
    return ToolUse(1, "1-t", arguments or {}, number=number)


def queued(owner, number):
    return owner.execute("select content from public.sms_history where to_number = %s", [number]).fetchall()


def test_a_code_goes_to_the_caller_whatever_number_the_model_names(runtime, owner, number):
    other = new_number()

    sent = run_tool(runtime, "send_code", use(number, {"to": other, "number": other}))

    assert (sent.ok, sent.expects_code) == (True, True)
    assert len(queued(owner, number)) == 1
    assert queued(owner, other) == []
    assert code_of(runtime, number, "call") not in sent.text


def test_asked_again_at_once_nothing_is_sent_and_the_code_that_holds_is_awaited(runtime, owner, number):
    run_tool(runtime, "send_code", use(number))

    again = run_tool(runtime, "send_code", use(number))

    assert (again.ok, again.expects_code) == (True, True)
    assert len(queued(owner, number)) == 1
    assert take_code(runtime, number, code_of(runtime, number, "call")).outcome == "approved"


def test_with_no_code_left_for_today_the_model_is_told_so(runtime, owner, number):
    run_tool(runtime, "send_code", use(number))
    take_code(runtime, number, code_of(runtime, number, "call"))

    refused = run_tool(runtime, "send_code", use(number))

    assert (refused.ok, refused.expects_code) == (False, False)


@pytest.mark.parametrize("withheld", ["", "anonymous", "client:alice", "sip:a@b.example"])
def test_who_shows_no_number_is_sent_nothing(runtime, owner, withheld):
    refused = run_tool(runtime, "send_code", use(withheld))

    assert (refused.ok, refused.expects_code) == (False, False)
    assert queued(owner, withheld) == []
