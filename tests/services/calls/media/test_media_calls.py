"""A call over Media Streams, from its first document to its last word, and what stays of it in rows."""

from collections.abc import Callable
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, flaky, said_in, verbs
from tests.services.calls.media.media_session import WORD_FRAMES, AskedTelephony, MediaSession, Senses
from tests.services.calls.streams.stream_calls import parameters
from tests.services.templates.kept_drafts import kept_draft
from tests.support.people import OURS
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.begin import After, after_session
from voicebot.services.templates import edit
from voicebot.storage.calls.calls import call_speech, show_call
from voicebot.storage.tapes.files import FileTapes
from voicebot.storage.tapes.wav import HEADER_BYTES
from voicebot.transports.twilio.forms import SessionEnd

GREETING = "Hello. How can I help you?"


@pytest.fixture
def telephony() -> AskedTelephony:
    return AskedTelephony()


@pytest.fixture
def senses() -> Senses:
    return Senses()


@pytest.fixture
def streaming(make_runtime: Callable[..., Runtime], telephony: AskedTelephony, senses: Senses) -> Runtime:
    runtime = make_runtime(telephony=telephony)
    update = {"voice_transport": "media", "operator_phone_number": "+12025550199"}
    runtime.settings = runtime.settings.model_copy(update=update)
    runtime.sockets_health.note(came_through=True)
    senses.given_to(runtime)
    return runtime


def begun(runtime: Runtime, senses: Senses, call_sid: str, document: str = "") -> MediaSession:
    token = parameters(document or arrives(runtime, call_sid))["token"]
    return MediaSession(runtime, senses, call_sid, token).begin()


def speech_of(session: MediaSession, owner: Connection, *, last_word: str) -> dict[str, Any]:
    """Who spoke when, once this word is kept."""
    row = owner.execute(
        "select public_id from public.call_history where call_sid = %s", [session.call_sid]
    ).fetchone()
    assert row is not None

    def kept() -> dict[str, Any] | None:
        session.takes(0.05)
        speech = call_speech(session.runtime.database, row[0]) or {}
        return dict(speech) if any(word == last_word for _, _, word in speech["words"]) else None

    return wait_for(kept)


def afterwards(runtime: Runtime, call_sid: str, *, by_gather: bool = False) -> After:
    return after_session(runtime, call_sid, SessionEnd(by_gather=by_gather), OURS)


def test_a_call_is_carried_by_a_stream_and_its_speed_is_kept(
    streaming: Runtime, senses: Senses, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    model.scripts = [["We open", " at nine", ".", " Shall I note", " your name?"]]
    document = arrives(streaming, call_sid)
    assert verbs(document) == ["Connect", "Redirect"]
    stream = next(ElementTree.fromstring(document).iter("Stream"))
    assert str(stream.get("url")).startswith("ws")
    assert str(stream.get("url")).endswith("/twilio/media")

    session = begun(streaming, senses, call_sid, document)
    session.hears("How can I help you?")
    session.says("when do you open")
    session.hears("Shall I note your name?")
    committed = speech_of(session, owner, last_word="name?")
    session.hangs_up()

    # While the call runs already: it may end with its process.
    ((began_s, _),) = committed["caller"]
    assert [from_s < began_s for from_s, _ in committed["bot"]][:2] == [True, False]
    assert (
        " ".join(word for _, _, word in committed["words"])
        == f"{GREETING} We open at nine. Shall I note your name?"
    )
    assert said_in(owner, call_sid) == [
        ("bot", GREETING),
        ("caller", "when do you open"),
        ("bot", "We open at nine."),
        ("bot", "Shall I note your name?"),
    ]
    turns = owner.execute(
        """select t.turn, t.said, t.closing ->> 'kind', t.gap_ms = t.wait_ms + t.words_ms + t.token_ms + t.sentence_ms
                  + t.voice_ms + t.ours_ms or t.gap_ms > 0, t.answered_at > t.caller_ended_at
             from public.call_turns t
             join public.call_history c on c.id = t.call_id where c.call_sid = %s order by t.turn""",
        [call_sid],
    ).fetchall()
    assert turns == [(0, None, "listen", None, None), (1, "when do you open", "listen", True, True)]


def test_a_recorded_call_leaves_a_tape_of_both_sides(
    streaming: Runtime, senses: Senses, on_template: Callable[..., None], call_sid: str
) -> None:
    streaming.tapes = recordings = FileTapes(streaming.settings.data_dir / "tapes")
    on_template(record="true", greeting="'Good day.'")
    session = begun(streaming, senses, call_sid)
    session.hears("Good day.")
    session.says("when do you open")
    session.hangs_up()
    assert recordings.drain(10)

    shown = show_call(streaming.database, call_sid=call_sid)
    assert shown is not None
    (kept,) = recordings.of(UUID(shown["call"]["public_id"]))
    sound = recordings.read(kept)[HEADER_BYTES:]
    greeting, word = (
        bytes([list_.index(said)])
        for list_, said in ((senses.sentences, "Good day."), (senses.words, "open"))
    )
    assert word * 160 * WORD_FRAMES in sound[0::2]
    assert greeting * 800 in sound[1::2]


def test_a_caller_hears_the_answer_while_the_database_is_away_and_nothing_is_lost(
    streaming: Runtime, senses: Senses, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    model.scripts = [["At nine."], ["On Sundays too."]]
    session = begun(streaming, senses, call_sid)
    session.hears("How can I help you?")
    session.takes(0.3)
    database = flaky(streaming)
    streaming.facts._database = database  # type: ignore[assignment]
    database.away = True
    for question, answer in (("when do you open", "At nine."), ("on sundays too", "On Sundays too.")):
        session.says(question)
        session.hears(answer)
    assert [words for _, words in said_in(owner, call_sid)] == [GREETING]

    database.away = False
    session.hangs_up()

    assert [words for _, words in said_in(owner, call_sid)] == [
        GREETING, "when do you open", "At nine.", "on sundays too", "On Sundays too.",
    ]  # fmt: skip


def test_a_key_for_a_person_connects_after_the_words_were_heard(
    streaming: Runtime, senses: Senses, telephony: AskedTelephony, call_sid: str
) -> None:
    session = begun(streaming, senses, call_sid)
    session.hears("How can I help you?")
    session.presses("0")
    session.hears("I am connecting you.")

    assert session.waits_for_close() == 1000
    asked, url = telephony.asked.get(timeout=5)
    assert (asked, "/twilio/relay/action" in url, "by_gather" in url) == ("redirect", True, False)
    assert verbs(afterwards(streaming, call_sid).document) == ["Dial"]


def test_a_goodbye_is_heard_and_then_the_carrier_is_told(
    streaming: Runtime, senses: Senses, telephony: AskedTelephony, call_sid: str
) -> None:
    session = begun(streaming, senses, call_sid)
    session.hears("How can I help you?")
    session.presses("#")
    session.hears("Goodbye.")

    assert session.waits_for_close() == 1000
    assert telephony.asked.get(timeout=5) == ("end", call_sid)


def test_a_call_whose_socket_dies_goes_on_with_the_next_one_or_by_gather(
    streaming: Runtime, senses: Senses, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    model.scripts = [["At nine."], ["On Sundays too."]]
    session = begun(streaming, senses, call_sid)
    session.hears("How can I help you?")
    session.says("when do you open")
    session.hears("At nine.")
    session.hangs_up(1006)

    after = afterwards(streaming, call_sid)
    assert verbs(after.document) == ["Connect", "Redirect"]
    session = begun(streaming, senses, call_sid, after.document)
    session.says("on sundays too")
    session.hears("On Sundays too.")
    assert "How can I help you?" not in " ".join(session.heard), "what was heard is not said again"
    session.hangs_up(1006)

    assert [words for _, words in said_in(owner, call_sid)][1:] == [
        "when do you open", "At nine.", "on sundays too", "On Sundays too.",
    ]  # fmt: skip
    after = afterwards(streaming, call_sid, by_gather=True)
    assert (after.document, after.turn) == ("", 4)
    assert after.opening


def test_a_call_whose_stream_never_came_goes_on_by_gather(streaming: Runtime, call_sid: str) -> None:
    arrives(streaming, call_sid)

    after = afterwards(streaming, call_sid)

    assert after.opening
    assert after.turn == 0


def test_without_a_transcriber_a_call_is_carried_by_gather(streaming: Runtime, call_sid: str) -> None:
    streaming.transcriber = None

    assert verbs(arrives(streaming, call_sid)) == ["Gather"]


def test_words_that_a_template_spells_are_spoken_so_and_kept_as_they_are_written(
    streaming: Runtime, senses: Senses, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    says = {"greeting": "This is Saoirse.", "pronunciations": [{"word": "Saoirse", "say": "Seer-sha"}]}
    kept = kept_draft(streaming, CallTemplate.model_validate({"name": f"line {call_sid}", **says}))
    edit.publish(streaming, kept)
    (number,) = owner.execute(
        """insert into public.provider_phone_numbers (
               full_number, country_code, area_code, phone_number, is_active, template_id, provider_id)
           select %s, '1', '202', '5550100', true, %s, id from public.call_service_providers limit 1 returning id""",
        [OURS, kept.id],
    ).fetchone()
    model.scripts = [["Ask Saoirse tomorrow."]]
    try:
        session = begun(streaming, senses, call_sid)
        session.hears("This is Seer-sha.")
        session.says("whom do I ask")
        session.hears("Ask Seer-sha tomorrow.")
        session.hangs_up()
    finally:
        owner.execute("update public.call_history set phone_number_id = null")
        owner.execute("delete from public.provider_phone_numbers where id = %s", [number])

    assert said_in(owner, call_sid) == [
        ("bot", "This is Saoirse."),
        ("caller", "whom do I ask"),
        ("bot", "Ask Saoirse tomorrow."),
    ]
