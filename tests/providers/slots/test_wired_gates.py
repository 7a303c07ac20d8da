"""The gates as the service is wired: clips and calls have one account, so they have one gate."""

import pytest

from tests.providers.broken_provider import whole
from voicebot.domain.call.turn import SpokenItem
from voicebot.providers.ports import Priority
from voicebot.services.calls.speech import start_clip
from voicebot.settings import load_settings
from voicebot.storage.database import DatabaseAway
from voicebot.wiring import build_runtime

SOON_S = 10.0
SOUND = b"\xff\xfb\x90\x00" * 100


class NoDatabase:
    def call(self, function, /, **params):
        raise DatabaseAway(function)

    def close(self):
        pass


@pytest.fixture
def runtime(provider, tmp_path):
    given = {"VOICEBOT_DATA_DIR": str(tmp_path), "ELEVENLABS_BASE_URL": provider.url, "SPEAKER": "http"}
    return build_runtime(load_settings(given), NoDatabase())


def test_a_clip_teaches_the_plans_number_and_what_is_beyond_it_is_spoken_by_this_machine(provider, runtime):
    provider.will(whole(200, SOUND, "audio/mpeg", maximum_concurrent_requests="1"))
    speaking = runtime.admissions[0]
    assert runtime.clips.ensure("1-1-0-0-a", "Hello.", "v").wait(SOON_S)

    with speaking.place(Priority.ANSWER):
        sound = b"".join(chunk.audio for chunk in runtime.speaker.open("v", "en").say("Hello."))
        clip = runtime.clips.ensure("1-1-0-0-b", "Hello.", "v")
        assert not clip.wait(SOON_S)

    assert len(sound) > 1000, "more than a tenth of a second"
    assert len(provider.seen) == 1


def test_only_the_first_sentence_of_a_turn_is_waited_for(runtime):
    asked = []
    runtime.clips.ensure = lambda key, text, voice_id, priority: asked.append(priority)
    item = SpokenItem(1, 0, "Hello.", "v", "en")

    for place in [(7, 1, 0, 0), (7, 1, 0, 1), (7, 1, 1, 0)]:
        start_clip(runtime, place, item)
    start_clip(runtime, (7, 1, 0, 0), item, speculative=True)

    assert asked == [Priority.ANSWER, Priority.NEXT, Priority.NEXT, Priority.SPECULATION]
