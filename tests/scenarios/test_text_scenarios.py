"""Whole text dialogues, played against the pure flow."""

from pathlib import Path

import pytest

from tests.scenarios.text_runner import play

FOLDER = Path(__file__).parent / "texts"
SCENARIOS = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_dialogue_goes_as_written(path):
    play(path)


def test_there_are_dialogues_enough():
    about_onboarding = [path for path in SCENARIOS if path.stem.startswith("onboarding")]

    assert len(about_onboarding) >= 25


@pytest.mark.parametrize(
    "wrong", ["them: Hi", "them: Hi\nus: Goodbye*", "them: Hi\nus: Welcome*\nstate: phase=completed"]
)
def test_a_dialogue_that_does_not_go_as_written_fails(tmp_path, wrong):
    (tmp_path / "wrong.txt").write_text(wrong)

    with pytest.raises(AssertionError):
        play(tmp_path / "wrong.txt")
