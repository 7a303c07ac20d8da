"""Scenarios: whole calls as text, replayed, compared and written down."""

from pathlib import Path

import pytest

from simulator.carrier.books.numbers import IDLE
from simulator.phone.client import PhoneClient
from simulator.phone.line_words import line_words
from simulator.phone.play import play_scenario
from simulator.phone.scenario import NotAScenario, fits, parse_scenario, written_scenario
from simulator.phone.terminal import run_scenarios, run_terminal
from simulator.tests.fake_product import FakeProduct

GREETING = '<Gather input="speech dtmf" numDigits="1" finishOnKey="" action="/turn" actionOnEmptyResult="true"><Say>Hello there.</Say></Gather>'
ANSWER = GREETING.replace("Hello there.", "It is nine.")

TALK = """
# somebody asks for the time and then for a person
from: +12025550145
operator: busy
bot: Hello*
caller: what time is it
bot: it is   NINE.
key: 0
bot: One moment.
ring
dial: busy
bot: Nobody is free.
ends: completed
"""


@pytest.fixture
def talking(product: FakeProduct) -> FakeProduct:
    product.says(GREETING)
    product.says(ANSWER, '<Say>One moment.</Say><Dial action="/after">+12025550199</Dial>', path="/turn")
    product.says("<Say>Nobody is free.</Say>", path="/after")
    return product


def test_a_scenario_that_is_followed_passes(talking: FakeProduct, phone: PhoneClient) -> None:
    result = play_scenario(TALK, phone)

    assert result.passed, [str(each) for each in result.mismatches]
    assert result.view["from"] == "+12025550145"
    assert talking.to("/turn")[1].form["Digits"] == "0"


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ("it is   NINE.", "it is ten", "line 7: expected 'bot: it is ten', heard 'bot: It is nine.'"),
        ("dial: busy", "dial: answered", "line 11: expected 'dial: answered', heard 'dial: busy'"),
        ("ends: completed", "ends: failed", "line 13: expected 'ends: failed', heard 'ends: completed'"),
        ("bot: Nobody is free.\n", "", "line 12: expected 'ends: completed', heard 'bot: Nobody is free.'"),
        ("ends: completed", "", "at the end: expected 'nothing more', heard 'ends: completed'"),
    ],
)
def test_what_differs_is_named_with_its_line(
    talking: FakeProduct, phone: PhoneClient, line: str, instead: str, told: str
) -> None:
    result = play_scenario(TALK.replace(line, instead), phone)

    assert [str(each) for each in result.mismatches] == [told]
    assert result.view["over"]


def test_an_act_in_a_call_that_is_over_is_a_mismatch(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Hangup/>")

    result = play_scenario("ends: completed\ncaller: hello", phone)

    assert [each.heard for each in result.mismatches] == ["the call is over"]


def test_what_may_be_ignored_is_and_pieces_of_one_answer_are_one_text(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says("<Say>Hello</Say><Say>One moment.</Say><Say>there.</Say>")

    result = play_scenario("ignore: One moment*\nbot: Hello there.\nends: completed", phone)

    assert result.passed


def test_silence_and_hanging_up_are_acts(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(GREETING)
    product.says(GREETING.replace("Hello there.", "Are you there?"), path="/turn")

    result = play_scenario("bot: Hello*\nsilence\nbot: Are you there?\nhangup\nends: completed", phone)

    assert result.passed, result.mismatches


def test_a_mumbled_turn_has_a_low_confidence(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(GREETING)
    product.says("<Hangup/>", path="/turn")

    play_scenario("bot: *\nmumbled: hm\nends: completed", phone)

    assert product.to("/turn")[0].form["Confidence"] == "0.2"


@pytest.mark.parametrize("line", ["bot Hello", "sing: la", "caller"])
def test_a_line_that_means_nothing_is_named(line: str) -> None:
    with pytest.raises(NotAScenario, match="line 2"):
        parse_scenario(f"bot: Hello\n{line}\n")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("Hello, *", "Hello, Ann. Welcome.", True),
        ("Hello*nine*", "hello  it is NINE o'clock", True),
        ("What? (yes)", "What? (yes)", True),
        ("Hello", "Hello there", False),
        ("", "something", False),
    ],
)
def test_patterns(pattern: str, text: str, expected: bool) -> None:
    assert fits(pattern, text) is expected


def test_a_saved_call_replays(talking: FakeProduct, phone: PhoneClient, tmp_path: Path, capsys) -> None:
    file = tmp_path / "call.txt"
    phone.operator("busy")

    code = run_terminal(phone.base_url, "+12025550145", file, ["what time is it", "/0"], at_once=False)
    printed = capsys.readouterr().out
    # The product's answers begin anew for the replay.
    talking.says(ANSWER, '<Say>One moment.</Say><Dial action="/after">+12025550199</Dial>', path="/turn")
    saved = file.read_text(encoding="utf-8")
    replayed = play_scenario(saved + "operator: busy\n", phone)

    assert code == 0
    assert "bot  Hello there." in printed
    assert "you  what time is it" in printed
    assert "\x1b[" not in printed
    assert saved.splitlines()[:3] == ["from: +12025550145", "bot: Hello there.", "caller: what time is it"]
    assert saved.splitlines()[-1] == "ends: completed"
    assert replayed.passed, [str(each) for each in replayed.mismatches]


def test_silences_are_saved_where_they_were() -> None:
    view = {
        "from": "+12025550145",
        "over": True,
        "status": "completed",
        "heard": [
            {"n": 1, "kind": "say", "text": "Hello"},
            {"n": 2, "kind": "play", "text": None},
            {"n": 3, "kind": "hangup", "text": "caller"},
        ],
    }

    assert written_scenario(view, [1]).splitlines() == [
        "from: +12025550145",
        "bot: Hello",
        "silence",
        "bot: (a sound)",
        "hangup",
        "ends: completed",
    ]


def test_the_exit_code_of_a_replay_can_be_trusted(
    product: FakeProduct, phone: PhoneClient, tmp_path: Path, capsys
) -> None:
    product.says("<Say>Hello</Say>")
    good, bad, broken = tmp_path / "good.txt", tmp_path / "bad.txt", tmp_path / "broken.txt"
    good.write_text("bot: Hello\nends: completed\n")
    bad.write_text("bot: Good morning\nends: completed\n")
    broken.write_text("what\n")

    codes = [
        run_scenarios(phone.base_url, files, as_json=False) for files in ([good], [good, bad], [bad, broken])
    ]

    assert codes == [0, 1, 2]
    assert "expected 'bot: Good morning', heard 'bot: Hello'" in capsys.readouterr().out


def test_the_terminal_says_what_to_do_when_no_simulator_runs(capsys) -> None:
    code = run_terminal("http://127.0.0.1:9", "+12025550145", None, [])

    assert code == 1
    assert "make demo" in capsys.readouterr().out


def test_the_terminal_dials_another_number_of_the_account(talking: FakeProduct, phone, exchange) -> None:
    exchange.numbers.change(
        exchange.numbers.by_number(IDLE).sid, {"VoiceUrl": f"{talking.url}/voice", "VoiceMethod": "POST"}
    )

    code = run_terminal(phone.base_url, "+12025550145", None, [], at_once=False, to=IDLE)

    assert code == 0
    assert [each.form["To"] for each in talking.to("/voice")] == [IDLE]


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("hangup", "caller", "you hung up"),
        ("hangup", "bot", "the bot hung up"),
        ("hangup", "person", "the person who was dialled hung up"),
        ("hangup", "time limit", "the call reached its time limit"),
        ("dial", "no-answer", "nobody picked up"),
        ("ring", None, "the other phone rings"),
    ],
)
def test_what_happens_on_the_line_is_told_in_words(kind: str, text: str | None, words: str) -> None:
    assert line_words({"kind": kind, "text": text}) == words


def test_in_a_demo_the_caller_is_somebody_else() -> None:
    assert line_words({"kind": "hangup", "text": "caller"}, "the caller") == "the caller hung up"
