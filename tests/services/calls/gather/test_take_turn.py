"""A Gather call's requests: one model call a turn, the same bytes for the same request, any process serves the next."""

import threading
import time
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, asks, dies, flaky, follows, said_in, verbs
from tests.support.limits import limits_with
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid, KeyPressed, SilencePassed
from voicebot.providers.ports import Outcome, ProviderError, ToolCall
from voicebot.runtime import Runtime

OURS = "+12025550100"


def gather_of(document: str) -> ElementTree.Element:
    gather = ElementTree.fromstring(document).find("Gather")
    assert gather is not None, document
    return gather


def test_a_call_that_begins_has_connections_opened_and_a_refused_one_has_none(
    runtime: Runtime, call_sid: str
) -> None:
    asked: list[str] = []
    runtime.prewarm = lambda: asked.append("opened")
    arrives(runtime, call_sid)
    assert asked == ["opened"]

    runtime.settings = runtime.settings.model_copy(update={"max_calls": 1})
    arrives(runtime, f"{call_sid[:-1]}x")

    assert asked == ["opened"]


def test_a_call_is_greeted_and_listened_to_in_one_document(runtime: Runtime, call_sid: str) -> None:
    document = arrives(runtime, call_sid)

    gather = gather_of(document)
    assert [child.tag for child in gather] == ["Play"]
    assert gather.get("action", "").split("#")[0].endswith("/twilio/voice/turn?turn=1&document=0")


def test_a_quick_answer_is_one_document_that_can_be_interrupted(
    runtime: Runtime, model: ScriptedModel, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [["We are open. ", "Come by."]]

    document = asks(runtime, call_sid, 1, CallerSaid("Are you open?"))

    assert verbs(document) == ["Gather"]
    assert [child.tag for child in gather_of(document)] == ["Play", "Play"]


def test_a_slow_answer_is_two_documents(runtime: Runtime, model: ScriptedModel, call_sid: str) -> None:
    arrives(runtime, call_sid)
    model.scripts = [["We are open. ", 1.0, "Come by."]]

    first = asks(runtime, call_sid, 1, CallerSaid("Are you open?"))
    second = follows(runtime, call_sid, 1, 1)

    assert verbs(first) == ["Play", "Redirect"]
    assert verbs(second) == ["Gather"]
    assert len(gather_of(second)) == 1


def test_a_repeated_request_gets_the_same_bytes_and_asks_the_model_once(
    runtime: Runtime, model: ScriptedModel, call_sid: str
) -> None:
    arrives(runtime, call_sid)

    documents = {asks(runtime, call_sid, 1, CallerSaid("Hello?")) for _ in range(3)}

    assert len(documents) == 1
    assert len(model.requests) == 1


def test_two_identical_requests_at_once_cause_one_model_call_and_the_same_bytes(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, call_sid: str
) -> None:
    processes = [make_runtime(), make_runtime()]
    arrives(processes[0], call_sid)
    model.scripts = [[0.2, "We are open. ", 0.2, "Come by."]]
    documents: list[str] = []

    threads = [
        threading.Thread(target=lambda p=p: documents.append(asks(p, call_sid, 1, CallerSaid("Hello?"))))
        for p in (*processes, *processes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(documents) == 4
    assert len(set(documents)) == 1
    assert len(model.requests) == 1


def test_another_process_serves_the_rest_of_an_answer(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, call_sid: str
) -> None:
    here, there = make_runtime(), make_runtime()
    arrives(here, call_sid)
    model.scripts = [["We are open. ", 1.0, "Come by."]]
    asks(here, call_sid, 1, CallerSaid("Are you open?"))

    rest = follows(there, call_sid, 1, 1)

    assert verbs(rest) == ["Gather"]
    assert len(model.requests) == 1


def test_a_dead_process_is_taken_over_and_the_answer_goes_on_where_it_stopped(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    dying, heir = make_runtime(), make_runtime()
    database = flaky(dying)
    arrives(dying, call_sid)
    model.scripts = [["We are open. ", 60.0, "never said"], ["Come by."]]
    first = asks(dying, call_sid, 1, CallerSaid("Are you open?"))
    dies(owner, call_sid, database)

    rest = follows(heir, call_sid, 1, 1)

    assert verbs(first) == ["Play", "Redirect"]
    assert verbs(rest) == ["Gather"]
    assert len(gather_of(rest)) == 1
    said = model.requests[1].messages
    assert said[-2] == {"role": "assistant", "content": "We are open."}
    assert "Continue exactly" in said[-1]["content"]
    model.go_on.set()


def test_a_model_that_says_nothing_gets_a_filler_in_time(
    runtime: Runtime, model: ScriptedModel, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [[30.0, "too late"]]
    asked = time.monotonic()

    document = asks(runtime, call_sid, 1, CallerSaid("Are you open?"))

    assert time.monotonic() - asked < 2.0
    assert verbs(document)[-1] == "Redirect"
    assert verbs(document)[0] in ("Say", "Play")
    model.go_on.set()


def test_a_turn_is_given_up_after_four_redirects_and_the_caller_is_asked_again(
    runtime: Runtime, model: ScriptedModel, call_sid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.limits = limits_with(turn={"first_sound_s": 0.1})
    arrives(runtime, call_sid)
    model.scripts = [[60.0, "too late"]]

    documents = [asks(runtime, call_sid, 1, CallerSaid("Are you open?"))]
    documents += [follows(runtime, call_sid, 1, k) for k in (1, 2, 3, 4)]

    assert [verbs(document)[-1] for document in documents] == ["Redirect"] * 4 + ["Gather"]
    assert "n=2" in gather_of(documents[-1]).get("action", "")
    model.go_on.set()


def test_without_a_voice_twilio_speaks(
    runtime: Runtime, model: ScriptedModel, voice: InstantVoice, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    voice.failing = True
    model.scripts = [["We are open."]]

    document = asks(runtime, call_sid, 1, CallerSaid("Are you open?"))

    (said,) = gather_of(document)
    assert (said.tag, said.text) == ("Say", "We are open.")


def test_a_model_that_fails_is_apologised_for_and_the_caller_goes_on(
    runtime: Runtime, model: ScriptedModel, voice: InstantVoice, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [[ProviderError("m", "500", Outcome.UNKNOWN)], ["We are open."]]

    apology = asks(runtime, call_sid, 1, CallerSaid("Are you open?"))
    answer = asks(runtime, call_sid, 2, CallerSaid("Are you open?"))

    assert verbs(apology) == verbs(answer) == ["Gather"]
    assert "We are open." in voice.spoken


def test_the_end_call_tool_hangs_up_after_the_goodbye(
    runtime: Runtime, model: ScriptedModel, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [["Goodbye then.", ToolCall("t1", "end_call", {})]]

    document = asks(runtime, call_sid, 1, CallerSaid("Bye"))

    assert verbs(document) == ["Play", "Hangup"]
    row = runtime.database.call("show_call", call_sid=call_sid)["call"]
    assert row["end_reason"] == "bot_ended"


def test_a_tool_whose_arguments_are_no_object_does_not_run_and_the_model_is_told(
    runtime: Runtime, model: ScriptedModel, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [[ToolCall("t1", "end_call", {}, bad_arguments=True)], ["Anything else?"]]

    document = asks(runtime, call_sid, 1, CallerSaid("Bye"))

    assert verbs(document) == ["Gather"]
    refusals = [message["content"] for message in model.requests[1].messages if message["role"] == "tool"]
    assert len(refusals) == 1 and "not a JSON object" in refusals[0]


def test_words_whose_answer_nobody_finishes_are_in_the_transcript_of_an_ended_call(
    runtime: Runtime, model: ScriptedModel, call_sid: str, owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.limits = limits_with(turn={"first_sound_s": 0.1})
    arrives(runtime, call_sid)
    model.scripts = [[60.0, "We are open."]]
    asks(runtime, call_sid, 1, CallerSaid("Are you open?", 0.8))

    runtime.database.call("record_call_status", call_sid=call_sid, status="completed")
    at_the_end = said_in(owner, call_sid)
    model.go_on.set()
    wait_for(lambda: not runtime.live_turns)
    later = said_in(owner, call_sid)

    assert at_the_end[1:] == [("caller", "Are you open?")]
    assert later == [*at_the_end, ("bot", "We are open.")]


@pytest.fixture
def recorded_by_law(owner: Connection) -> Iterator[str]:
    """Our number leads to a template that records; what it says first."""
    words = "We write down this call."
    owner.execute("update public.call_history set phone_number_id = null")
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])
    owner.execute(
        """with template as (
               insert into public.call_templates (name, record, recording_announcement)
               values ('Law', true, %s) returning id)
           insert into public.provider_phone_numbers (
               provider_id, full_number, country_code, area_code, phone_number, is_active, template_id)
           select p.id, %s, '1', '202', '5550100', true, template.id
             from template, public.call_service_providers p limit 1""",
        [words, OURS],
    )
    owner.execute(
        "select public.publish_template(id, revision) from public.call_templates where name = 'Law'"
    )
    yield words
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])


def test_a_template_says_in_its_own_words_that_a_call_is_recorded(
    runtime: Runtime, owner: Connection, call_sid: str, recorded_by_law: str
) -> None:
    arrives(runtime, call_sid)

    # The voice makes sentences ahead, in whatever order its threads run.
    assert said_in(owner, call_sid)[0] == ("bot", recorded_by_law)


def test_a_key_needs_no_model(runtime: Runtime, model: ScriptedModel, call_sid: str) -> None:
    arrives(runtime, call_sid)

    document = asks(runtime, call_sid, 1, KeyPressed("#"))

    assert verbs(document) == ["Play", "Hangup"]
    assert model.requests == []


def test_a_turn_from_the_past_leads_back_to_where_the_call_is(runtime: Runtime, call_sid: str) -> None:
    arrives(runtime, call_sid)
    asks(runtime, call_sid, 1, SilencePassed())
    asks(runtime, call_sid, 2, SilencePassed())

    document = asks(runtime, call_sid, 9, CallerSaid("I am out of turn"))

    assert "n=3" in gather_of(document).get("action", "")


def test_an_unknown_call_hears_an_apology(runtime: Runtime, call_sid: str) -> None:
    document = asks(runtime, call_sid, 4, CallerSaid("Hello?"))

    assert verbs(document) == ["Say", "Hangup"]


def test_what_was_said_is_kept_word_for_word(runtime: Runtime, model: ScriptedModel, call_sid: str) -> None:
    arrives(runtime, call_sid)
    model.scripts = [["We are open. ", "Come by."]]
    asks(runtime, call_sid, 1, CallerSaid("Are you open?", 0.8))

    asks(runtime, call_sid, 2, SilencePassed())

    rows = runtime.database.call("show_call", call_sid=call_sid)["transcripts"]
    lines = [(row["speaker"], row["content"], row["heard"]) for row in rows]
    assert lines[1:4] == [
        ("caller", "Are you open?", None),
        ("bot", "We are open.", "We are open."),
        ("bot", "Come by.", "Come by."),
    ]


def test_a_finished_turn_leaves_nothing_behind_in_the_process(
    runtime: Runtime, model: ScriptedModel, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [[0.1, "We are open."]]

    asks(runtime, call_sid, 1, CallerSaid("Are you open?"))

    wait_for(lambda: not runtime.live_turns and model.closed == 1)
