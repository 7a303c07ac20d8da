"""What a turn has cost, as it is used."""

import threading

import pytest

from voicebot.domain.prices import model_usd
from voicebot.providers.ports import ModelDone, ModelRequest
from voicebot.services.meter import Meter

ASKED = ModelRequest(messages=[{"role": "user", "content": "x" * 300}])


def test_tokens_are_paid_as_the_server_tells_them():
    meter = Meter()

    meter.add_answer("gpt-4.1", ASKED, 40, ModelDone("stop", "gpt-4.1-mini-2025-04-14", 2000, 100))

    assert meter.usd == pytest.approx(model_usd("gpt-4.1-mini", 2000, 100))


@pytest.mark.parametrize("done", [None, ModelDone("stop", "gpt-4.1")])
def test_an_answer_of_which_nobody_tells_the_tokens_is_paid_all_the_same(done):
    meter = Meter()

    meter.add_answer("gpt-4.1", ASKED, 300, done)

    assert meter.usd == pytest.approx(model_usd("gpt-4.1", 105, 105))


def test_what_many_threads_use_is_added_up():
    meter = Meter()
    threads = [threading.Thread(target=lambda: [meter.add(0.25) for _ in range(1000)]) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert meter.usd == 1000
