"""People of the team hear a call on Media Streams, and one of them talks with its caller."""

import base64
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import orjson
import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, said_in
from tests.services.calls.media.media_session import PAUSE_FRAMES, SILENCE, WORD_FRAMES, MediaSession, Senses
from tests.services.calls.stepping.step_calls import Hears, asks, call_of, committed, is_done, on_media
from tests.services.calls.streams.stream_calls import Line, end_sessions, parameters
from tests.support.providers import ScriptedModel
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.sound import CallSound
from voicebot.storage.calls.commands import RefusedCommand
from voicebot.storage.tapes.files import FileTapes
from voicebot.storage.tapes.wav import HEADER_BYTES

FRAME = 160
QUIET = base64.b64encode(b"\xff" * FRAME).decode()


@pytest.fixture
def senses() -> Senses:
    return Senses()


@pytest.fixture
def streaming(make_runtime: Callable[..., Runtime], senses: Senses) -> Iterator[Runtime]:
    runtime = make_runtime()
    update = {"voice_transport": "media", "operator_phone_number": "+12025550199"}
    runtime.settings = runtime.settings.model_copy(update=update)
    runtime.sockets_health.note(came_through=True)
    senses.given_to(runtime)
    yield runtime
    end_sessions(runtime)


def sound_in(runtime: Runtime) -> CallSound:
    (session,) = runtime.live_streams.values()
    return session.sound


def sent(session: MediaSession) -> list[bytes]:
    """The sound that Twilio was sent since the last time."""
    found = []
    while not session.line.sent.empty():
        message = orjson.loads(session.line.sent.get())
        if message["event"] == "media":
            found.append(base64.b64decode(message["media"]["payload"]))
    return found


def frames(hearer: Hears, count: int, within_s: float = 5.0) -> list[bytes]:
    return [hearer.frames.get(timeout=within_s) for _ in range(count)]


def test_who_listens_hears_both_and_is_never_heard(
    streaming: Runtime, senses: Senses, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["We open at nine."]]
    session = on_media(streaming, senses, call_sid)
    sound, hearer = sound_in(streaming), Hears(talks=True)
    sound.attach(hearer)
    session.says("when")
    session.hears("We open at nine.")
    session._sound(SILENCE, 10)
    word, words = senses.words.index("when"), senses.sentences.index("We open at nine.")
    heard = frames(hearer, WORD_FRAMES + PAUSE_FRAMES + 10)
    sent(session)

    # The way up is closed to everybody, whatever is sent and whoever sends it.
    for _ in range(50):
        sound.speak(hearer, b"\x01" * FRAME)
    session._sound(SILENCE, 50)
    frames(hearer, 50)
    sound.detach(hearer)
    committed(streaming)

    assert sent(session) == []
    assert bytes([word]) * FRAME in {each[:FRAME] for each in heard}
    assert bytes([words]) * FRAME in {each[FRAME:] for each in heard}
    assert hearer.words == ["listening"]
    session.hangs_up()
    assert [speaker for speaker, _ in said_in(owner, call_sid)] == ["bot", "caller", "bot"]


def test_an_operator_takes_a_call_over_talks_and_gives_it_back_with_what_was_said(
    streaming: Runtime, senses: Senses, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["So ten it is."]]
    session = on_media(streaming, senses, call_sid)
    sound = sound_in(streaming)
    anna, ben, watcher = Hears(talks=True), Hears("ben", talks=True), Hears()
    for each in (anna, ben, watcher):
        sound.attach(each)

    asks(streaming, call_sid, "take_over")
    anna.waits_for("talking")
    sent(session)
    senses.words += ["at", "ten"]
    for byte in (
        [senses.words.index("at")] * WORD_FRAMES
        + [senses.words.index("ten")] * WORD_FRAMES
        + [SILENCE] * PAUSE_FRAMES
    ):
        session._sound(SILENCE, 1)
        sound.speak(anna, bytes([byte]) * FRAME)
        sound.speak(ben, b"\x07" * FRAME)
        heard = anna.frames.get(timeout=5)
        assert heard[FRAME:] == b"\xff" * FRAME
    went = {each[:1] for each in sent(session)}
    session._sound(0, 0)
    session.says("fine")
    until = time.monotonic() + 10
    while ("caller", "fine") not in said_in(owner, call_sid):
        assert time.monotonic() < until, said_in(owner, call_sid)
        time.sleep(0.02)
    unanswered = list(model.requests)
    asks(streaming, call_sid, "give_back")
    session.hears("So ten it is.")
    committed(streaming)
    sound.speak(anna, b"\x01" * FRAME)
    session.hangs_up()

    assert (went, unanswered) == (
        {bytes([senses.words.index(word)]) for word in ("at", "ten")} | {b"\xff"},
        [],
    )
    assert said_in(owner, call_sid)[1:] == [
        ("operator", "at ten"),
        ("caller", "fine"),
        ("bot", phrase(Phrase.BOT_IS_BACK)),
        ("bot", "So ten it is."),
    ]
    asked = [(message["role"], message["content"]) for message in model.requests[0].messages]
    assert ("assistant", "at ten") in asked and ("user", "fine") in asked
    assert anna.words[:3] == ["listening", "talking", "listening"]
    assert set(ben.words) == {"listening", "over"} and set(watcher.words) == {"listening", "over"}


def test_sound_that_comes_faster_than_the_call_goes_on_is_dropped():
    line, anna = Line(), Hears(talks=True)
    sound = CallSound(line, "MZ1", report=lambda _: None)
    sound.attach(anna)
    sound.bridge(anna.maker)

    for _ in range(500):
        sound.speak(anna, b"\x01" * FRAME)
    ahead = line.sent.qsize()
    sound.speak(anna, b"\x01" * FRAME * 20)
    for _ in range(500):
        sound.heard({"event": "media", "sequenceNumber": "1", "media": {"timestamp": "20", "payload": QUIET}})
        sound.speak(anna, b"\x01" * FRAME)

    # Half a second ahead, and from then on a frame for a frame of the caller's.
    assert 25 <= ahead <= 26
    assert line.sent.qsize() == ahead + 500


def test_what_an_operator_says_is_on_the_tape_of_a_recorded_call(
    streaming: Runtime, senses: Senses, on_template: Callable[..., None], call_sid: str
):
    streaming.tapes = recordings = FileTapes(streaming.settings.data_dir / "tapes")
    on_template(record="true", greeting="'Good day.'")
    session = MediaSession(
        streaming, senses, call_sid, parameters(arrives(streaming, call_sid))["token"]
    ).begin()
    session.hears("Good day.")
    committed(streaming)
    sound, anna = sound_in(streaming), Hears(talks=True)
    sound.attach(anna)

    sound.speak(anna, b"\x01" * FRAME)
    asks(streaming, call_sid, "take_over")
    anna.waits_for("talking")
    for _ in range(10):
        session._sound(SILENCE, 1)
        anna.frames.get(timeout=5)
        sound.speak(anna, b"\x02" * FRAME)
    session.hangs_up()
    assert recordings.drain(10)

    (kept,) = recordings.of(call_of(streaming, call_sid))
    ours = recordings.read(kept)[HEADER_BYTES:][1::2]
    assert b"\x02" * FRAME * 9 in ours and b"\x01" * FRAME not in ours


def test_the_bot_takes_back_a_call_whose_operator_vanished(
    streaming: Runtime, senses: Senses, owner: Connection, call_sid: str
):
    session = on_media(streaming, senses, call_sid)
    sound, anna = sound_in(streaming), Hears(talks=True)
    sound.attach(anna)
    asks(streaming, call_sid, "take_over")
    anna.waits_for("talking")
    committed(streaming)
    real = streaming.now

    sound.detach(anna)
    until = time.monotonic() + 10
    while not owner.execute(
        """select s.state -> 'timers' ? 'operator_gone' from public.call_states s join public.call_history c on c.id = s.call_id
            where c.call_sid = %s""",
        [call_sid],
    ).fetchone()[0]:
        assert time.monotonic() < until
        time.sleep(0.01)
    streaming.now = lambda: real() + timedelta(seconds=6)
    session._sound(SILENCE, 2)
    session.hears(phrase(Phrase.BOT_IS_BACK))
    # It is heard before it is committed, and until then the call is the operator's.
    until = time.monotonic() + 10
    while isinstance(asks(streaming, call_sid, "whisper", text="It is yours again."), RefusedCommand):
        assert time.monotonic() < until
        time.sleep(0.01)
    done = is_done(streaming, call_sid)
    session.hangs_up()

    assert [kind for kind, *_ in done] == ["take_over", "whisper"]
