"""Answers that are begun while a caller on Gather may still be speaking: told by signed callbacks, in whatever process."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import flaky, said_in
from tests.support.apps import app_of
from tests.support.limits import limits_with
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from tests.webhooks.conftest import Sender
from voicebot.domain.prices import HEARD_USD
from voicebot.providers.ports import ToolCall
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.tentative import MARGIN_S

pytestmark = pytest.mark.sql
QUICK: dict[str, Any] = {
    "stood_s": 0.03, "paused_s": 0.05, "apart_s": 0.0, "most_starts": 3, "silent_s": 0.3, "stalled_s": 0.6,
}  # fmt: skip
Processes = tuple[Sender, Sender]


@pytest.fixture
def processes(make_runtime: Callable[..., Runtime]) -> Processes:
    """Two processes on one database."""
    return process(make_runtime), process(make_runtime)


def process(make_runtime: Callable[..., Runtime], **changes: Any) -> Sender:
    runtime = make_runtime(limits=limits_with(speculation=QUICK), **changes)
    app = app_of(runtime)
    app.config["TESTING"] = False
    return Sender(app.test_client(), runtime)


def understood(sender: Sender, sid: str, words: str, number: int = 0, turn: int = 1) -> None:
    """The carrier tells what it has understood so far."""
    told = {"UnstableSpeechResult": words, "SequenceNumber": str(number), "Stability": "0.9"}
    answer = sender.post(f"/twilio/voice/partial?turn={turn}", CallSid=sid, **told)
    assert answer.status_code == 204


def settles(*senders: Sender) -> None:
    """Wait until the words that a process has heard last have stood, and what follows of them has been done."""
    timers = [known._timer for sender in senders for known in list(sender.runtime.tentative.values())]
    wait_for(lambda: all(timer is None or timer.finished.is_set() for timer in timers))


def final(sender: Sender, sid: str, words: str, turn: int = 1, document: int = 0, **more: str) -> str:
    """The caller is done; returns what they hear."""
    form = {"SpeechResult": words, "Confidence": "0.9"} if words else {}
    path = f"/twilio/voice/turn?turn={turn}&document={document}"
    answer = sender.post(path, CallSid=sid, **form, **more)
    assert answer.status_code == 200
    return str(answer.text)


def begun(owner: Connection, sid: str) -> tuple[Any, ...] | None:
    """The call's early answer: words known, events, finished, starts."""
    return owner.execute(
        """select g.words <> '', jsonb_array_length(g.events), g.finished, g.starts from public.call_speculations g
             join public.call_history c on c.id = g.call_id where c.call_sid = %s""",
        [sid],
    ).fetchone()


def finished(owner: Connection, sid: str) -> Callable[[], bool]:
    return lambda: (begun(owner, sid) or (None,) * 4)[2] is True


def bot_said(owner: Connection, sid: str) -> list[str]:
    return [words for speaker, words in said_in(owner, sid)[1:] if speaker == "bot"]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["the-same-process", "another-process"])
def test_the_answer_is_there_when_the_final_words_are_those_that_stood(
    processes: Processes, model: ScriptedModel, voice: InstantVoice, owner: Connection, elsewhere: bool
) -> None:
    here, there = processes[0], processes[int(elsewhere)]
    sid = here.call()
    model.scripts = [["We are open until six. ", "Do come by."]]

    understood(here, sid, "are you open today")
    wait_for(finished(owner, sid))
    asked = len(model.requests)
    document = final(there, sid, "Are you open today?")

    assert (asked, len(model.requests)) == (1, 1)
    assert model.requests[0].messages[-1] == {"role": "user", "content": "are you open today"}
    assert [each.tag for each in ElementTree.fromstring(document).iter("Play")] == ["Play", "Play"]
    assert said_in(owner, sid)[1:] == [
        ("caller", "Are you open today?"),
        ("bot", "We are open until six."),
        ("bot", "Do come by."),
    ]
    assert voice.spoken.count("We are open until six.") == 1
    assert begun(owner, sid) is None


def test_an_answer_that_was_begun_to_an_emergency_is_never_heard(
    processes: Processes, model: ScriptedModel, owner: Connection
) -> None:
    here, there = processes
    sid = here.call()
    model.scripts = [["We have no ambulance on the menu."]]

    understood(here, sid, "call an ambulance")
    wait_for(finished(owner, sid))
    final(there, sid, "Call an ambulance!")

    assert len(bot_said(owner, sid)) == 1
    assert "cannot send help" in bot_said(owner, sid)[0]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["the-same-process", "another-process"])
def test_other_final_words_drop_it_unheard_and_none_of_its_tools_has_run(
    processes: Processes, model: ScriptedModel, owner: Connection, elsewhere: bool
) -> None:
    here, there = processes[0], processes[int(elsewhere)]
    sid = here.call()
    take = ToolCall("1", "take_message", {"message": "call me"}, False)
    # Six cents of speech.
    model.scripts = [["I will note that. " * 34, take], ["We are open until six."]]

    understood(here, sid, "please take")
    wait_for(finished(owner, sid))
    spent = spent_usd(owner, sid)
    document = final(there, sid, "Please take your time, are you open?")

    assert len(model.requests) == 2
    assert bot_said(owner, sid) == ["We are open until six."]
    assert notes(owner, sid) == 0
    assert "<Play>" in document
    assert begun(owner, sid) is None
    # What was made in vain is paid: the model at once, the voice with the turn.
    assert 0 < spent < 0.02
    assert spent_usd(owner, sid) > 0.06 + HEARD_USD


def test_its_tools_run_once_the_words_are_final(
    processes: Processes, model: ScriptedModel, owner: Connection
) -> None:
    here, there = processes
    sid = here.call()
    take = ToolCall("1", "take_message", {"message": "call me"}, False)
    model.scripts = [["I will note that. ", take], ["It is noted."]]

    understood(here, sid, "take a message")
    wait_for(finished(owner, sid))
    before = notes(owner, sid)
    final(there, sid, "Take a message.")
    wait_for(lambda: bot_said(owner, sid) == ["I will note that.", "It is noted."])

    assert (before, notes(owner, sid)) == (0, 1)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["the-same-process", "another-process"])
def test_an_answer_that_still_grows_is_followed(
    processes: Processes, model: ScriptedModel, owner: Connection, elsewhere: bool
) -> None:
    here, there = processes[0], processes[int(elsewhere)]
    there.runtime.limits = limits_with(speculation={**QUICK, "stalled_s": 10.0})
    sid = here.call()
    model.scripts = [["We are open until six. Do ", 60.0, "come by."]]

    understood(here, sid, "are you open")
    wait_for(lambda: (begun(owner, sid) or (0, 0))[1] == 2)
    first = final(there, sid, "Are you open?")
    model.go_on.set()
    wait_for(lambda: not there.runtime.live_turns)
    second = final(there, sid, "", document=1)

    assert len(model.requests) == 1
    assert (first.count("<Play>"), "<Redirect" in first) == (1, True)
    assert (second.count("<Play>"), "<Gather" in second) == (1, True)
    assert bot_said(owner, sid) == ["We are open until six.", "Do come by."]


@pytest.mark.parametrize(
    "said", [["We are open until six. And "], []], ids=["after-a-sentence", "before-any"]
)
def test_a_process_that_dies_costs_the_head_start_alone(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, owner: Connection, said: list[str]
) -> None:
    here, there = process(make_runtime), process(make_runtime)
    sid = here.call()
    model.scripts = [[*said, 60.0, "never heard"], ["Do come by."]]
    understood(here, sid, "are you open")
    wait_for(lambda: (begun(owner, sid) or (0, 0))[1] == 1 + len(said))

    # It reaches no database any more.
    flaky(here.runtime).away = True
    final(there, sid, "Are you open?")
    wait_for(lambda: not there.runtime.live_turns)

    assert len(model.requests) == 2
    assert bot_said(owner, sid) == [*(each.removesuffix(" And ") for each in said), "Do come by."]
    model.go_on.set()


def test_late_repeated_and_reordered_results_change_nothing(
    processes: Processes, model: ScriptedModel, owner: Connection
) -> None:
    here, there = processes
    sid = here.call()
    model.scripts = [["We are open until six."], ["Tomorrow too."]]

    understood(here, sid, "are you open today", number=3)
    wait_for(finished(owner, sid))
    understood(there, sid, "are you", number=2)
    settles(there)
    for sender in processes:
        # Twice, one from before, and one of a turn that nobody has reached.
        understood(sender, sid, "are you open today", number=3)
        understood(sender, sid, "are you", number=2)
        understood(sender, sid, "are you there", number=1, turn=7)
    settles(here, there)
    final(there, sid, "Are you open today?")
    for sender in processes:
        understood(sender, sid, "are you open today please", number=4)
    settles(here, there)
    final(here, sid, "And tomorrow?", turn=2)

    assert len(model.requests) == 2
    assert bot_said(owner, sid) == ["We are open until six.", "Tomorrow too."]


def test_whoever_goes_on_is_answered_anew_and_only_so_often(
    processes: Processes, model: ScriptedModel, owner: Connection
) -> None:
    sid = processes[0].call()
    model.scripts = [[60.0, "never heard"] for _ in range(5)]
    words = ["are you open", "are you open on", "are you open on sunday", "are you open on sunday or"]
    started = []

    for number, text in enumerate(words):
        # Each process hears of half of it.
        understood(processes[number % 2], sid, text, number)
        wait_for(lambda number=number: len(model.requests) > min(number, 2))
        started.append(begun(owner, sid))
    # The last words were one too many.
    settles(processes[1])

    assert [each and each[3] for each in started] == [1, 2, 3, 3]
    assert len(model.requests) == 3
    model.scripts.clear()
    model.scripts.append(["We are closed."])
    final(processes[0], sid, "Are you open on Sunday, or Monday?")
    wait_for(lambda: bot_said(owner, sid) == ["We are closed."])
    # Whoever was overtaken notices, here or there, and asks the model no further.
    model.go_on.set()
    wait_for(lambda: not any(sender.runtime.speculating for sender in processes))


def test_whoever_has_gone_on_once_has_to_pause_for_longer(
    processes: Processes, model: ScriptedModel, owner: Connection
) -> None:
    here = processes[0]
    here.runtime.limits = limits_with(speculation={**QUICK, "paused_s": 1.2})
    sid = here.call()
    model.scripts = [["We are open until six."], ["On Sunday we are closed."]]
    understood(here, sid, "are you open", 0)
    wait_for(finished(owner, sid))

    understood(here, sid, "are you open on sunday", 1)
    timer = here.runtime.tentative[sid]._timer
    wait_for(lambda: len(model.requests) == 2)

    assert timer.interval > MARGIN_S > QUICK["stood_s"]


def test_numbers_and_codes_begin_nothing_and_are_kept_nowhere(
    processes: Processes, model: ScriptedModel, owner: Connection
) -> None:
    sid = processes[0].call()

    for number, text in enumerate(["my code is 48", "my code is four eight", "es ist vier acht zwei"]):
        understood(processes[0], sid, text, number)
        settles(processes[0])

    assert (begun(owner, sid), model.requests) == (None, [])


def test_a_caller_who_leaves_a_message_or_a_code_is_not_listened_to_half_way(
    processes: Processes, model: ScriptedModel, owner: Connection
) -> None:
    here = processes[0]
    sid = here.call()
    asked = here.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, Digits="*").text

    message = here.post("/twilio/voice/turn?turn=2&document=0", CallSid=sid, Digits="0").text
    understood(here, sid, "please tell them that", turn=3)
    settles(here)

    assert ("/twilio/voice/partial?turn=2" in asked, "partial" in message) == (True, False)
    assert model.requests == []


def test_it_can_be_switched_off_for_all_and_for_one_template(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, owner: Connection
) -> None:
    plain = make_runtime()
    off = process(make_runtime, settings=plain.settings.model_copy(update={"speculation": False}))
    on = process(make_runtime)
    sids = [off.call(), on.call()]
    owner.execute(
        """update public.call_states s set plan = jsonb_set(s.plan, '{template}', '{"limits": {"speculation": false}}')
             from public.call_history c where c.id = s.call_id and c.call_sid = %s""",
        [sids[1]],
    )

    documents = []
    for sender, sid in zip((off, on), sids, strict=True):
        understood(sender, sid, "are you open")
        documents.append(sender.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, Digits="*").text)
    settles(off, on)

    assert ["partial" in document for document in documents] == [False, False]
    assert model.requests == []


def test_a_result_waits_for_nothing(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, owner: Connection
) -> None:
    here, there = process(make_runtime), process(make_runtime)
    sid = here.call()
    model.scripts = [["We are open until six."]]
    flaky(here.runtime).away = True

    understood(here, sid, "are you open")
    settles(here)
    unsigned = here.client.post("/twilio/voice/partial?turn=1", data={"CallSid": sid})
    final(there, sid, "Are you open?")

    assert unsigned.status_code == 403
    assert bot_said(owner, sid) == ["We are open until six."]


def notes(owner: Connection, sid: str) -> int:
    """How many messages the call has left."""
    row = owner.execute(
        """select count(*) from public.smart_notes n join public.call_history c on c.id = n.session_id
            where c.call_sid = %s""",
        [sid],
    ).fetchone()
    return int(row[0]) if row else 0


def spent_usd(owner: Connection, sid: str) -> float:
    """What the call has cost besides its minutes."""
    row = owner.execute(
        """select s.spent_usd from public.call_states s join public.call_history c on c.id = s.call_id
            where c.call_sid = %s""",
        [sid],
    ).fetchone()
    return float(row[0]) if row else 0.0
