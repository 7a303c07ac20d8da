"""What the bot decided about a turn of texts is said by the rule that decided."""

import pytest

from voicebot.domain.person.effects import Escalate, RequestErasure, SetAiMode, Suppress
from voicebot.domain.thread.decision import decided

SILENT: list[str] = []


@pytest.mark.parametrize(
    ("effects", "kinds", "author", "mode", "decision", "rule", "confidence"),
    [
        ([], ["conversation"], "model", "ON", "respond", "model", None),
        ([], ["conversation"], "nobody", "ON", "respond", "model_failed", 1),
        ([], ["conversation"], "rules", "ON", "respond", "phrase", 1),
        ([], ["onboarding"], "rules", "ON", "respond", "onboarding", 1),
        ([], SILENT, "rules", "ON", "ignore", "nothing_to_say", 1),
        ([], SILENT, "rules", "OFF", "ignore", "ai_off", 1),
        ([Suppress()], ["confirmation"], "rules", "ON", "respond", "stop_request", 1),
        ([RequestErasure("x")], ["conversation"], "rules", "ON", "respond", "erasure_requested", 1),
        # What a person answers from here on, whatever else is told.
        (
            [Escalate("message", "x"), Escalate("human_requested")], ["conversation"], "rules", "ON",
            "escalate", "human_requested", 1,
        ),
        ([Escalate("loop"), SetAiMode("OFF")], SILENT, "rules", "ON", "escalate", "loop", 1),
        # A note for the team beside an answer is no case that silences the bot.
        ([Escalate("message", "x")], ["conversation"], "model", "ON", "respond", "model", None),
        ([Escalate("unsure_stop_request")], SILENT, "rules", "ON", "escalate", "unsure_stop_request", 1),
    ],
)  # fmt: skip
def test_a_decision_names_its_rule(effects, kinds, author, mode, decision, rule, confidence):
    found = decided(effects, kinds, author=author, ai_mode=mode, knew={"texts": [1]})

    assert (found.decision, found.rule, found.confidence) == (decision, rule, confidence)
    assert found.reason.endswith(".") and found.to_json()["knew"] == {"texts": [1]}


def test_silence_after_a_stop_is_the_stops():
    texts = {"author": "rules", "ai_mode": "ON", "knew": {}, "stopped": True}

    assert decided([], SILENT, **texts).reason == "The person wants no more texts."
    assert decided([], ["confirmation"], **texts).rule == "phrase"
