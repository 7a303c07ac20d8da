import pytest

from voicebot.domain.call.shown.starred import starred
from voicebot.domain.json_text import DEEPEST, read_json


def nested(times, opens="[", closes="]"):
    return opens * times + closes * times


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"a":}', "nan?", nested(DEEPEST + 1), nested(900), nested(100_000), "[" * 200_000, nested(90, '{"a":[', "]}"),
     '"' + "x" * 300_000 + '"', "9" * 5000, b"\xff\xfe{", '{"a": 1} x'],
)  # fmt: skip
def test_what_is_malformed_too_long_or_too_deep_is_refused_in_one_way(text):
    with pytest.raises(ValueError):
        read_json(text)


def test_what_people_and_programs_write_is_read():
    assert read_json('{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}
    assert read_json(nested(DEEPEST)) is not None
    assert read_json('"[[[[{{{{"') == "[[[[{{{{"


def test_arguments_that_are_nested_without_end_are_shown_as_text():
    assert starred(nested(900) + "4155550123")[:3] == "[[["
    assert starred('{"code": "123456", "deep": ' + nested(900) + "}").count("123456") == 0
