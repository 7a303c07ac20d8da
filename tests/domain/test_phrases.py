"""Every phrase that a call can play exists, and every phrase that exists is played."""

import ast
from pathlib import Path

import pytest

import voicebot.domain
from voicebot.domain.call.caller import NUDGES
from voicebot.domain.call.codes import CLIPS
from voicebot.domain.call.events import TransferOutcome
from voicebot.domain.call.heard import ASIDES
from voicebot.domain.call.phrases import FILLERS, PHRASES, STATIC_PHRASES, UNKNOWN_TO_MODEL, phrase

PLAYING = {"play", "say_goodbye", "ask_for_person"}
ANY_TRANSFER = {
    f"transfer_{outcome.value.replace('-', '_')}"
    for outcome in TransferOutcome
    if outcome is not TransferOutcome.COMPLETED
}


def literals(node: ast.AST) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def names_in_the_call_flow() -> set[str]:
    """The clip names that are written as arguments or defaults of the functions that play one."""
    names: set[str] = set()
    for path in Path(voicebot.domain.__file__).parent.glob("call/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PLAYING:
                names |= set().union(*(literals(argument) for argument in node.args[:1]))
            if isinstance(node, ast.FunctionDef) and node.name in PLAYING:
                names |= set().union(*(literals(default) for default in node.args.defaults))
    return (names - {"transfer_"}) | set(NUDGES) | set(CLIPS.values()) | ANY_TRANSFER


def test_every_phrase_that_a_call_plays_exists():
    assert names_in_the_call_flow() - set(PHRASES) == set()


def test_no_phrase_is_without_use():
    assert set(PHRASES) - names_in_the_call_flow() - set(FILLERS) - set(STATIC_PHRASES) == set()


def test_lists_of_phrases_name_phrases():
    assert UNKNOWN_TO_MODEL | ASIDES | set(FILLERS) <= set(PHRASES)


@pytest.mark.parametrize("words", PHRASES.values(), ids=PHRASES.keys())
def test_a_phrase_is_short_and_a_whole_sentence(words):
    assert len(words) <= 110
    assert words[0].isupper()
    assert words[-1] in ".?"


def test_fillers_take_no_more_than_a_breath():
    assert all(len(PHRASES[name]) <= 25 for name in FILLERS)


def test_an_unknown_phrase_is_an_error_and_another_language_is_not():
    assert phrase("goodbye", "de-DE") == PHRASES["goodbye"]
    with pytest.raises(KeyError):
        phrase("yodel")
