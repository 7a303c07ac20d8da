"""Providers that were told to misbehave do, as often and to whom they were told."""

import threading
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import gevent
import openai
import pytest
import requests
from flask import Flask
from gevent.pywsgi import WSGIServer

from simulator.providers.latency import FIRST_AUDIO, Pace
from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.support.waiting import wait_for
from voicebot.transports.audio import duration_s

SYSTEM = {"role": "system", "content": "- Parking is free in the courtyard behind the house."}
ASK = {"role": "user", "content": "Is there parking?"}


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    with serving(app_with()) as running:
        yield running


def served_by_gevent(app: Flask) -> tuple[str, threading.Event]:
    """Serve as the simulator does, from a thread with a hub of its own."""
    ready, over, address = threading.Event(), threading.Event(), []

    def run() -> None:
        server = WSGIServer(("127.0.0.1", 0), app, log=None, error_log=None)
        server.start()
        address.append(server.server_port)
        ready.set()
        while not over.is_set():
            gevent.sleep(0.01)
        server.stop(timeout=1)

    threading.Thread(target=run, daemon=True).start()
    assert ready.wait(5)
    return f"http://127.0.0.1:{address[0]}", over


def test_a_failing_model_fails_as_often_as_told_and_then_works_again(stand_ins: StandIns) -> None:
    stand_ins.turn(target="model", mode="fail", status=503, times=2)

    statuses = [stand_ins.chat(SYSTEM, ASK).status_code for _ in range(3)]

    assert statuses == [503, 503, 200]
    assert stand_ins.knobs()["knobs"] == []


def test_only_the_named_model_fails(stand_ins: StandIns) -> None:
    stand_ins.turn(target="model", mode="fail", model="gpt-4o-mini")

    assert stand_ins.chat(SYSTEM, ASK, model="gpt-4o-mini").status_code == 500
    assert stand_ins.chat(SYSTEM, ASK, model="gpt-4o").status_code == 200
    assert stand_ins.speak("Hello").status_code == 200


def test_a_limited_rate_says_when_to_come_back(stand_ins: StandIns) -> None:
    stand_ins.turn(target="model", mode="rate_limit", delay_s=7)
    stand_ins.turn(target="voice", mode="rate_limit", delay_s=2)

    model, voice = stand_ins.chat(SYSTEM, ASK), stand_ins.speak("Hello")

    assert (model.status_code, model.headers["Retry-After"], model.json()["error"]["code"]) == (
        429,
        "7",
        "rate_limit_exceeded",
    )
    assert (voice.status_code, voice.headers["Retry-After"]) == (429, "2")
    assert voice.json()["detail"]["status"] == "too_many_concurrent_requests"


def test_a_slow_provider_is_silent_first_in_real_time(stand_ins: StandIns) -> None:
    stand_ins.turn(target="model", mode="slow", delay_s=0.4, times=1)
    stand_ins.turn(target="voice", mode="slow", delay_s=0.4, times=1)

    for ask in (lambda: stand_ins.chat(SYSTEM, ASK, stream=True), lambda: stand_ins.speak("Hello")):
        began = time.monotonic()
        first = next(ask().iter_content(1))
        assert first and 0.35 < time.monotonic() - began < 3.0


def test_a_slow_stream_can_stall_in_the_middle(stand_ins: StandIns) -> None:
    stand_ins.turn(target="model", mode="slow", delay_s=0.5, after_chars=12)

    began, gaps = time.monotonic(), []
    for _ in stand_ins.chat(SYSTEM, ASK, stream=True).iter_lines(chunk_size=1):
        gaps.append(time.monotonic() - began)
        began = time.monotonic()

    longest = gaps.index(max(gaps))
    assert max(gaps) > 0.45
    assert 3 < longest < len(gaps) - 3


@pytest.mark.parametrize("server", ["werkzeug", "gevent"])
def test_a_cut_answer_breaks_off_after_so_many_characters(server: str) -> None:
    app = app_with()
    with serving(app) as running:
        url, over = (running.url, threading.Event()) if server == "werkzeug" else served_by_gevent(app)
        running.turn(target="model", mode="cut", after_chars=15, times=1)
        heard = ""
        with openai.OpenAI(api_key="x", base_url=f"{url}/openai/v1", max_retries=0) as sdk:
            with pytest.raises(Exception, match=r"peer closed|incomplete|Connection") as broken:
                for chunk in sdk.chat.completions.create(
                    model="gpt-4o-mini", messages=[SYSTEM, ASK], stream=True
                ):  # type: ignore[call-overload]
                    heard += chunk.choices[0].delta.content or ""
        over.set()

    assert broken.type.__name__ in ("APIConnectionError", "RemoteProtocolError", "APIError")
    assert 5 <= len(heard) <= 15
    assert "Parking is free in the courtyard".startswith(heard)


def test_a_cut_voice_breaks_off_after_so_many_bytes(stand_ins: StandIns) -> None:
    stand_ins.turn(target="voice", mode="cut", after_chars=5000)

    got = b""
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        for piece in stand_ins.speak("This is a sentence that takes a good while to say.").iter_content(100):
            got += piece

    assert 4900 <= len(got) <= 5000
    assert duration_s(got, "mp3_22050_32") > 1.0
    assert wait_for(lambda: ended(stand_ins)) == "cut"


def test_garbage_is_answered_with_success(stand_ins: StandIns) -> None:
    stand_ins.turn(target="model", mode="garbage")
    stand_ins.turn(target="voice", mode="garbage")

    model, voice = stand_ins.chat(SYSTEM, ASK), stand_ins.speak("Hello")

    assert (model.status_code, voice.status_code) == (200, 200)
    with pytest.raises(ValueError, match="Expecting value"):
        model.json()
    assert duration_s(voice.content, "mp3_22050_32") < 0.2


def test_a_provider_that_times_out_takes_the_request_and_says_nothing(stand_ins: StandIns) -> None:
    stand_ins.turn(target="voice", mode="timeout")

    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(
            f"{stand_ins.url}/elevenlabs/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/stream",
            json={"text": "Hello"},
            headers={"xi-api-key": "x"},
            timeout=0.4,
        )
    assert stand_ins.knobs()["counts"]["voice"] == 1


def test_resetting_frees_those_who_wait(stand_ins: StandIns) -> None:
    stand_ins.turn(target="model", mode="slow", delay_s=30)
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(stand_ins.chat(SYSTEM, ASK).json()))
    waiting.start()
    wait_for(lambda: stand_ins.knobs()["counts"]["model"])
    # It is counted a moment before it waits, which nobody can see.
    time.sleep(0.1)

    requests.delete(f"{stand_ins.url}/providers/knobs", timeout=5)
    waiting.join(timeout=5)

    assert "courtyard" in answers[0]["choices"][0]["message"]["content"]


def test_a_client_that_leaves_early_is_seen_to_leave() -> None:
    with serving(app_with(speed=0.2)) as running:
        response = running.chat(SYSTEM, ASK, stream=True)
        next(response.iter_content(1))

        response.close()

        assert wait_for(lambda: ended(running)) == "left"


def ended(running: StandIns) -> str | None:
    """How the last request ended, None while it goes on: who asked has the answer a moment before it is written down."""
    how = str(running.knobs()["requests"][-1]["finished"])
    return None if how == "running" else how


def test_requests_are_counted_and_listed(stand_ins: StandIns) -> None:
    stand_ins.chat(SYSTEM, ASK)
    assert stand_ins.speak("Hello", model_id="eleven_flash_v2_5").content

    shown = stand_ins.knobs()

    assert shown["counts"] == {"model": 1, "voice": 1, "voice_socket": 0, "transcriber": 0, "engine": 0}
    assert [(seen["target"], seen["model"], seen["finished"]) for seen in shown["requests"]] == [
        ("model", "gpt-4o-mini", "whole"),
        ("voice", "eleven_flash_v2_5", "whole"),
    ]


@pytest.mark.parametrize(
    "knob",
    [
        {},
        {"target": "ears", "mode": "ok"},
        {"target": "model", "mode": "explode"},
        {"target": "model", "mode": "slow", "delay_s": "long"},
        {"target": "model", "mode": "slow", "colour": "red"},
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(stand_ins: StandIns, knob: dict[str, Any]) -> None:
    response = stand_ins.turn(**knob)

    assert response.status_code == 400
    assert response.json()["error"]


def test_latencies_have_a_median_a_tail_and_a_seed() -> None:
    drawn = [FIRST_AUDIO.draw(Pace(7, 0.0, "voice").next_request()) for _ in range(3)]
    pace = Pace(7, 0.0, "voice")
    many = sorted(FIRST_AUDIO.draw(pace.next_request()) for _ in range(3000))

    assert len(set(drawn)) == 1
    assert median(many) == pytest.approx(0.075, rel=0.1)
    assert many[int(0.995 * len(many))] > 2 * median(many)
    assert many[-1] < 8.1


def test_real_time_speech_starts_after_a_moment_and_fast_mode_at_once() -> None:
    began = time.monotonic()
    Pace(1, 1.0, "voice").spend(FIRST_AUDIO, Pace(1, 1.0, "voice").next_request())
    real = time.monotonic() - began
    began = time.monotonic()
    Pace(1, 0.0, "voice").spend(FIRST_AUDIO, Pace(1, 0.0, "voice").next_request())

    assert real > 0.03
    assert time.monotonic() - began < 0.02


def test_a_knob_with_words_meets_only_the_conversation_in_which_they_stand(stand_ins: StandIns) -> None:
    theirs = {"role": "user", "content": "My order number is 48213."}
    stand_ins.turn(target="model", mode="fail", words="48213")

    mine = stand_ins.chat(SYSTEM, ASK)
    failed = stand_ins.chat(SYSTEM, theirs, ASK)
    stand_ins.turn(target="model", mode="slow", delay_s=0.0)
    stand_ins.turn(target="model", mode="ok", words="48213")

    assert (mine.status_code, failed.status_code) == (200, 500)
    assert [(knob["mode"], knob["words"]) for knob in stand_ins.knobs()["knobs"]] == [("slow", None)]


def test_a_knob_with_words_meets_only_the_speech_in_which_they_stand(stand_ins: StandIns) -> None:
    stand_ins.turn(target="voice", mode="fail", words="48213")

    assert stand_ins.speak("Nothing of the kind.").status_code == 200
    assert stand_ins.speak("Order 48213.").status_code == 500
