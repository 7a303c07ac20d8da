"""How a template tunes turn taking: what it may say, and what comes of it in a call."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.domain.call.turn_taking.talk import Talk
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.turn_taking.pauses import Pauses
from voicebot.domain.call.turn_taking.rules import TurnRules, TurnWishes
from voicebot.domain.call.turn_taking.signals import BargeIn, TurnDone
from voicebot.runtime import Runtime
from voicebot.services.calls.setup import call_setup
from voicebot.transports.template_yaml import TemplateUnreadable, read_template

SETTINGS = SimpleNamespace(
    allowed_countries=("US",), operator_phone_number="", max_call_seconds=1800, home_language="en"
)


def setup_of(template: dict[str, Any]) -> CallSetup:
    carriers = SimpleNamespace(main=SimpleNamespace(number=None))
    runtime = SimpleNamespace(
        settings=SETTINGS, carriers=carriers, now=lambda: datetime(2026, 11, 28, tzinfo=UTC)
    )
    return call_setup(cast(Runtime, runtime), CallBackground(template))


def test_a_template_sets_patience_and_what_interrupts_and_nonsense_counts_as_unsaid():
    wished = read_template("name: A\nlimits: {turns: {patience: 2, interrupt_ms: 900}}").written()

    assert setup_of(wished).turns == TurnWishes(2.0, 900)
    assert setup_of({"limits": {"turns": {"patience": "no", "interrupt_ms": -1}}}).turns == TurnWishes()
    assert setup_of({}).turns == TurnWishes()


@pytest.mark.parametrize(
    "turns", ["{patience: 0.1}", "{patience: 9}", "{interrupt_ms: 20}", "{impatience: 2}"]
)
def test_a_template_that_asks_for_too_much_is_refused(turns):
    with pytest.raises(TemplateUnreadable, match=r"limits\.turns"):
        read_template(f"name: A\nlimits: {{turns: {turns}}}")


def test_a_setup_keeps_its_wishes_and_one_without_is_read_by_the_version_before():
    wished = CallSetup(turns=TurnWishes(2.0, 900))

    assert CallSetup.from_json(wished.to_json()) == wished
    assert "turns" not in CallSetup().to_json()


def test_the_rules_of_a_call_follow_its_setup():
    setup = CallSetup(language="de-DE", pauses=Pauses(open=4), turns=TurnWishes(2.0, 900))

    assert setup.turn_rules(ends_turns=True) == TurnRules(
        language="de-DE", ends_turns=True, pauses=Pauses(open=4), patience=2.0, barge_in_ms=900
    )


def test_a_patient_call_waits_longer_and_is_interrupted_later():
    waits, interrupted = [], []
    for patience, interrupt_ms in [(1.0, 500), (2.0, 900)]:
        rules = CallSetup(turns=TurnWishes(patience, interrupt_ms)).turn_rules()
        waits.append(Talk(rules).speaks(1000).is_silent(3000).at(TurnDone) - 1000)
        interrupted.append(Talk(rules).bot(True).is_silent(2000).speaks(1500).at(BargeIn) - 2000)

    assert waits == [900, 1800]
    assert 480 <= interrupted[0] <= 520
    assert 880 <= interrupted[1] <= 920
