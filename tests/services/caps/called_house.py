"""A house that is called again and again, for tests of what it takes."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import OURS, Connection, new_sid
from tests.services.calls.gather.gather_calls import verbs
from tests.support.servers import remove_rows
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.reports import CallArrival
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.take import answer_call
from voicebot.settings import load_settings

NUMBER, NEIGHBOUR, STRANGER = "+12025550123", "+12025550124", "+13035550123"
OPERATOR = "+12025550199"
MANY, MUCH = phrase(Phrase.CALLS_TOO_MANY), phrase(Phrase.CALLS_TOO_MUCH)


@pytest.fixture(autouse=True)
def nobody_called_yet(owner: Connection) -> Iterator[None]:
    remove_rows(
        owner,
        "caller_counters",
        "daily_spending",
        "call_history",
        "sms_history",
        "support_escalations",
        "blocked_callers",
    )
    yield


@pytest.fixture
def house(make_runtime: Callable[..., Runtime], tmp_path: Any) -> Callable[..., Runtime]:
    """A runtime with the caps that the product has, but for those given."""

    def make(**settings: str) -> Runtime:
        told = {"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR, **settings}
        return make_runtime(settings=load_settings(told))

    return make


def calls(runtime: Runtime, caller: str, sid: str = "") -> str:
    """A call comes in; what the caller hears first: `let in`, or the words of a refusal."""
    document = answer_call(runtime, CallArrival(sid or new_sid(), "inbound", caller, OURS))
    if "Gather" in verbs(document):
        return "let in"
    assert verbs(document) == ["Say", "Hangup"]
    return ElementTree.fromstring(document).findtext("Say") or ""


def end(runtime: Runtime, owner: Connection, caller: str | None = None) -> None:
    """Calls of a caller, or all, end as the carrier tells it."""
    open_calls = owner.execute(
        "select call_sid from public.call_history where ended_at is null and from_number = coalesce(%s, from_number)",
        [caller],
    ).fetchall()
    for (sid,) in open_calls:
        runtime.database.call("record_call_status", call_sid=sid, status="completed", direction="inbound")


def pass_time(owner: Connection, minutes: int) -> None:
    owner.execute(
        """update public.caller_counters c
              set recent = array(select r - make_interval(mins => %(m)s) from unnest(c.recent) r),
                  told = array(select t - make_interval(mins => %(m)s) from unnest(c.told) t),
                  refused_at = c.refused_at - make_interval(mins => %(m)s),
                  moved_at = c.moved_at - make_interval(mins => %(m)s)""",
        {"m": minutes},
    )


def calls_in_turn(runtime: Runtime, owner: Connection, callers: list[str]) -> Counter[str]:
    """Each calls, and hangs up before the next one does."""
    heard: Counter[str] = Counter()
    for caller in callers:
        heard[calls(runtime, caller)] += 1
        end(runtime, owner)
    return heard
