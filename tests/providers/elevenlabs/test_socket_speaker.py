"""A call's own socket: when it is opened, replaced and given up. The recorded sessions are in `test_voice_sessions`."""

import base64
import threading

import pytest

from tests.providers.scripted_socket import scripted_socket
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat
from voicebot.providers.elevenlabs.socket_speaker import SocketSpeaker, SocketTimes
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.transports.audio import pcm16_to_ulaw

TEXT = "One moment."
TIMES = SocketTimes(first_audio_s=10.0, tail_s=0.02, quiet_s=0.05)
IMPATIENT = SocketTimes(first_audio_s=0.6, tail_s=0.02, quiet_s=0.05)
MOST = 3
"""Contexts on a socket: it dies of the sixth, and those that are closing count."""
PCM = bytes(range(256)) * 40


@pytest.fixture
def server():
    with scripted_socket() as told:
        yield told
    assert told.faults == []


@pytest.fixture
def speaker(server):
    return SocketSpeaker(ElevenLabsAccount("key", server.url), "default-voice", SpokenFormat(), TIMES)


@pytest.fixture
def impatient(server):
    return SocketSpeaker(ElevenLabsAccount("key", server.url), "default-voice", SpokenFormat(), IMPATIENT)


def opens(context="$c1"):
    return ["send", {"text": " ", "context_id": context}]


def asks(text=TEXT, context="$c1"):
    return ["send", {"text": f"{text} ", "context_id": context, "flush": True}]


def closes(context="$c1"):
    return ["send", {"context_id": context, "close_context": True}]


def sounds(text=TEXT, context="$c1", audio=None):
    chars = f"{text} "
    times = {
        "chars": list(chars),
        "charStartTimesMs": [60 * place for place in range(len(chars))],
        "charDurationsMs": [60] * len(chars),
    }
    sound = f"@audio:ulaw:{60 * len(chars)}" if audio is None else base64.b64encode(audio).decode()
    return ["recv", {"audio": sound, "alignment": times, "contextId": context}]


def answer(context="$c1", text=TEXT):
    return [opens(context), asks(text, context), sounds(text, context)]


def ms_of(chunks):
    return sum(len(chunk.audio) for chunk in chunks) // 8


def test_the_socket_is_there_before_the_first_word(server, speaker):
    call = speaker.open("", "en")

    session = server.next_session()

    assert session.path.startswith("/v1/text-to-speech/default-voice/")
    assert session.messages == []
    call.close()
    assert session.over.wait(5)


def test_barge_ins_in_a_row_never_fill_a_socket(server, speaker):
    rows = [f"$c{number}" for number in range(MOST)]
    # This server says of no context that it is over.
    full = [frame for context in rows for frame in (*answer(context), closes(context))]
    server.will(full, full, [*answer(), closes()])
    call = speaker.open("v", "en")

    for _ in range(2 * MOST + 1):
        spoken = call.say(TEXT)
        assert ms_of([next(spoken)]) == 720
        call.drop()
        assert list(spoken) == []

    assert [server.next_session() for _ in range(3)]
    opened = [sum(message.get("text") == " " for message in session.messages) for session in server.sessions]
    assert opened == [MOST, MOST, 1]
    # Nobody waits for what was dropped.
    assert all(session.over.wait(5) for session in server.sessions[:2])
    call.close()


def test_a_full_socket_is_replaced_while_the_caller_still_speaks(server, speaker):
    full = [frame for n in range(MOST) for frame in (*answer(f"$c{n}"), closes(f"$c{n}"))]
    server.will(full)
    call = speaker.open("v", "en")
    for _ in range(MOST):
        next(call.say(TEXT))
        call.drop()

    # Nothing is to be said yet.
    server.next_session(), server.next_session()

    assert len(server.sessions) == 2
    call.close()


def test_an_answer_that_is_still_being_made_is_not_lost_to_the_next_one(server, speaker):
    server.will(
        [
            *[opens(), asks(), closes(), opens("$c2"), asks("Goodbye.", "$c2")],
            *[sounds(), ["recv", {"isFinal": True, "contextId": "$c1"}], sounds("Goodbye.", "$c2")],
        ]
    )
    call = speaker.open("v", "en")
    first, came = call.say(TEXT), []
    reader = threading.Thread(target=lambda: came.extend(first), daemon=True)
    reader.start()
    assert server.next_session().took(2)

    second = list(call.say("Goodbye."))

    reader.join(5)
    assert (ms_of(came), ms_of(second)) == (720, 540)
    call.close()


def test_a_silent_socket_is_given_up_in_time_and_not_asked_again(server, impatient, stopwatch):
    server.will([opens(), asks()], answer())
    call = impatient.open("v", "en")

    with pytest.raises(ProviderError) as failure:
        list(call.say(TEXT))

    assert (failure.value.code, failure.value.outcome) == ("timeout", Outcome.UNKNOWN)
    assert stopwatch() < 2.0
    assert ms_of(call.say(TEXT, before="Hello.")) == 720
    assert len(server.sessions) == 2
    call.close()


def test_a_sentence_that_stalls_in_the_middle_is_given_up(server, impatient):
    half = ["recv", {"audio": "@audio:ulaw:100", "alignment": None, "contextId": "$c1"}]
    server.will([opens(), asks(), half])
    call, came = impatient.open("v", "en"), []

    with pytest.raises(ProviderError) as failure:
        came.extend(iter(call.say(TEXT)))

    assert failure.value.code == "timeout"
    call.close()


CUT = ["close", {"by": "server", "code": 1006, "reason": ""}]


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012, 1013])
def test_a_sentence_of_which_nothing_was_heard_is_said_on_another_socket(server, speaker, code):
    server.will([opens(), asks(), ["close", {"by": "server", "code": code, "reason": ""}]], answer())
    call = speaker.open("v", "en")

    assert ms_of(call.say(TEXT)) == 720

    call.close()


def test_a_socket_that_is_lost_is_replaced_before_the_next_sentence(server, speaker):
    server.will([CUT], answer())
    call = speaker.open("v", "en")

    server.next_session(), server.next_session()

    assert ms_of(call.say(TEXT)) == 720
    assert len(server.sessions) == 2
    call.close()


def refusal(status, name, message="no"):
    return [["http", {"status": status, "body": {"detail": {"status": name, "message": message}}}]]


REFUSALS = {
    "too many at once": (refusal(429, "too_many_concurrent_requests"), Outcome.NOT_SENT, True),
    "no credits": (refusal(402, "insufficient_credits"), Outcome.REFUSED, True),
    "a wrong key": (refusal(401, "invalid_api_key"), Outcome.REFUSED, True),
    "a deleted voice": (refusal(404, "voice_not_found"), Outcome.REFUSED, False),
    "a broken server": (refusal(503, "service_unavailable"), Outcome.UNKNOWN, True),
}


@pytest.mark.parametrize("script, outcome, unwell", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refused_socket_says_what_others_may_expect(server, speaker, script, outcome, unwell):
    # Refused while it rang, it is asked once more for the first sentence.
    server.will(script, script)
    call = speaker.open("default-voice", "en")

    with pytest.raises(ProviderError) as failure:
        list(call.say(TEXT))

    assert (failure.value.outcome, failure.value.unwell) == (outcome, unwell)
    call.close()


GONE = {
    "before it opens": refusal(403, "voice_access_denied"),
    "in a frame": [opens(), asks(), ["recv", {"error": "voice_not_found", "message": "no", "code": 1008}]],
}


@pytest.mark.parametrize("script", GONE.values(), ids=GONE.keys())
def test_the_default_voice_speaks_where_the_wanted_one_is_gone(server, speaker, script):
    server.will(script, answer())
    call = speaker.open("gone", "en")

    assert ms_of(call.say(TEXT)) == 720

    assert "/default-voice/" in server.sessions[-1].path
    call.close()


FORMATS = {
    "before it opens": refusal(
        403, "subscription_required", "Output format 'ulaw_8000' is not on this plan."
    ),
    "in a frame": [
        opens(),
        asks(),
        ["recv", {"error": "invalid_output_format", "message": "no", "code": 1008}],
    ],
}


@pytest.mark.parametrize("script", FORMATS.values(), ids=FORMATS.keys())
def test_mu_law_is_made_here_where_the_plan_refuses_it(server, speaker, script):
    server.will(script, [opens(), asks(), sounds(audio=PCM)])
    call = speaker.open("v", "en")

    chunks = list(call.say(TEXT))

    assert b"".join(chunk.audio for chunk in chunks) == pcm16_to_ulaw(PCM)
    assert "output_format=pcm_8000" in server.sessions[-1].path
    call.close()


GARBAGE = {
    "no json": ["raw", "{"],
    "no object": ["raw", "[]"],
    "no sound": ["recv", {"audio": "!", "contextId": "$c1"}],
}


@pytest.mark.parametrize("frame", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_ends_the_socket_and_not_the_call(server, speaker, frame):
    server.will([opens(), asks(), frame])
    call = speaker.open("v", "en")

    with pytest.raises(ProviderError) as failure:
        list(call.say(TEXT))

    assert (failure.value.code, failure.value.outcome) == ("unreadable", Outcome.UNKNOWN)
    call.close()


def test_unknown_messages_and_contexts_are_passed_over(server, speaker):
    odd = [["recv", {"type": "ping"}], ["recv", {}], sounds(context="c9"), ["recv", {"isFinal": True}]]
    server.will([opens(), asks(), *odd, sounds()])
    call = speaker.open("v", "en")

    assert ms_of(call.say(TEXT)) == 720

    call.close()


def test_nobody_listening_and_a_bad_voice_are_told_at_once(closed_port, server, speaker):
    nobody = SocketSpeaker(ElevenLabsAccount("key", closed_port), "v", SpokenFormat(), TIMES)

    for call, outcome in (
        (nobody.open("v", "en"), Outcome.NOT_SENT),
        (speaker.open("a/b", "en"), Outcome.REFUSED),
    ):
        with pytest.raises(ProviderError) as failure:
            list(call.say(TEXT))
        assert failure.value.outcome is outcome
        call.close()
    assert server.sessions == []


@pytest.mark.parametrize("stop", ["drop", "close"])
def test_whoever_waits_for_a_sentence_is_at_its_end(server, speaker, stop):
    server.will([opens(), asks()])
    call, came = speaker.open("v", "en"), []
    waiting = call.say(TEXT)
    reader = threading.Thread(target=lambda: came.extend(waiting), daemon=True)
    reader.start()
    assert server.next_session().took(2)

    getattr(call, stop)()

    reader.join(5)
    assert not reader.is_alive()
    assert came == list(call.say(" ")) == []
    call.close()
    assert list(call.say(TEXT)) == []


def test_an_answer_that_nobody_goes_on_with_is_closed_and_an_idle_socket_renewed(server):
    times = SocketTimes(
        first_audio_s=10.0, keep_every_s=0.15, answer_idle_s=0.2, renew_after_s=0.5, tail_s=0.02
    )
    speaker = SocketSpeaker(ElevenLabsAccount("key", server.url), "v", SpokenFormat(), times)
    server.will(answer())
    call = speaker.open("v", "en")
    assert ms_of(call.say(TEXT)) == 720

    server.next_session(), server.next_session()

    first = server.sessions[0]

    assert first.over.wait(5)
    *kept, closed, goodbye = [
        message for message in first.messages if message.get("text") not in (" ", f"{TEXT} ")
    ]
    assert kept == [{"text": "", "context_id": "a1"}] * len(kept)
    assert (closed, goodbye) == ({"context_id": "a1", "close_context": True}, {"close_socket": True})
    call.close()
