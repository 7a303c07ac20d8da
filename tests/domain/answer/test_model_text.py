"""Of what a model writes only the answer is given on, however the text is cut into chunks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.answer.model_text import ModelText, without_reasoning

CALL = '{"name": "end_call", "arguments": {"reason": "a } b"}}'
HARMONY = "<|channel|>analysis<|message|>We greet.<|end|><|start|>assistant<|channel|>final<|message|>"
DEEPSEEK = "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
KIMI = (
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{}<|tool_call_end|>"
    "<|tool_calls_section_end|>"
)


def answer(*chunks: str) -> str:
    """What is left of an answer in the end."""
    reader, said = ModelText(), ""
    for chunk in chunks:
        before = reader.restarts
        given_on = reader.feed(chunk)
        said = given_on if reader.restarts != before else said + given_on
    return said + reader.end()


ANSWERS = [
    ("<think>The caller greets.</think>Hello.", "Hello."),
    ("<think>\nx\n</think>\n\nHello.", "Hello."),
    ("<think>It says <think> here</think> and here</think>Hello.", "Hello."),
    ("<THINK>x</THINK>Hello.", "Hello."),
    ("<thinking>x</thinking>Hello.", "Hello."),
    ("<thought>x</thought>Hello.", "Hello."),
    ("<reasoning>x</reasoning>Hello.", "Hello."),
    ("<analysis>x</analysis>Hello.", "Hello."),
    ("<scratchpad>x</scratchpad>Hello.", "Hello."),
    ('<think duration="3">x</think>Hello.', "Hello."),
    ("<seed:think>x</seed:think>Hello.", "Hello."),
    ("[THINK]x[/THINK]Hello.", "Hello."),
    ("◁think▷x◁/think▷Hello.", "Hello."),
    ("<|begin_of_thought|>x<|end_of_thought|><|begin_of_solution|>Hello.<|end_of_solution|>", "Hello."),
    ("<|START_THINKING|>x<|END_THINKING|><|START_RESPONSE|>Hello.<|END_RESPONSE|>", "Hello."),
    ("<unused94>thought\nx<unused95>Hello.", "Hello."),
    ("<|channel>thought\nx<channel|>Hello.", "Hello."),
    ("Let me see what they want.</think>Hello.", "Hello."),
    ("<think>The caller greets and", ""),
    ("Hello. <think>And now", "Hello. "),
    (HARMONY + "Hello.<|return|>", "Hello."),
    ("<|channel|>final<|message|>Hello.<|return|>", "Hello."),
    ("<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>", ""),
    ("analysisThe caller greets.assistantfinalHello.", "Hello."),
    ("<|im_start|>assistant\nHello.<|im_end|>", "Hello."),
    ("Hello.<|im_end|>\n<|im_start|>user\nAnd you?", "Hello.\n"),
    ("<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>", "Hello."),
    ("<start_of_turn>model\nHello.<end_of_turn>", "Hello."),
    ("<s> Hello.</s>", "Hello."),
    ("Hello.<|endoftext|>", "Hello."),
    (f"Goodbye!<tool_call>\n{CALL}\n</tool_call>", "Goodbye!"),
    (f"Goodbye!\n{CALL}", "Goodbye!\n"),
    (f"[{CALL}]", ""),
    (f"[TOOL_CALLS] [{CALL}]", ""),
    ("[TOOL_CALLS]end_call[ARGS]{}", ""),
    ("<|python_tag|>end_call()", ""),
    ("<function=end_call>{}</function>", ""),
    (
        '<function_calls><invoke name="f"><parameter name="a">b</parameter></invoke></function_calls>Hello.',
        "Hello.",
    ),
    ("<minimax:tool_call>x</minimax:tool_call>Hello.", "Hello."),
    ("<｜DSML｜function_calls>x</｜DSML｜function_calls>Hello.", "Hello."),
    (f"Hello.{DEEPSEEK}", "Hello."),
    (f"{KIMI}Hello.", "Hello."),
    ("<|tool_call>call:f{}<tool_call|>Hello.", "Hello."),
    ("end_call()", ""),
    ("functions.end_call({})", ""),
    ('[end_call(reason="done")]', ""),
    ("Hello.\n```tool_code\nprint(f())\n```\n", "Hello.\n\n"),
    ("```json\n" + CALL + "\n```", ""),
    ("\ue200cite\ue202turn0search0\ue201Hello.", "Hello."),
    ("<!-- greet -->Hello.", "Hello."),
    ("<answer>Hello.</answer>", "Hello."),
    ("<b>Open</b> now<br>Come by", "Open now\nCome by"),
    ('<a href="https://x.org">Book</a>', "Book"),
    ("<https://x.org/a>", "https://x.org/a"),
    ("<info@x.org>", "info@x.org"),
    ("<start_function_call>call:f{day:<escape>Mon<escape>}<end_function_call>Hello.", "Hello."),
    ("functools[" + CALL + "]", ""),
    ("{'name': 'f', 'arguments': {}}", ""),
    ("book_table(day='Mon')", ""),
    ("Thought: They greet.\nAction: f\nAction Input: {}\nObservation: 8\nFinal Answer: Hello.", "Hello."),
    ('Let me see.\nAction: f\nAction Input: {"a": 1}', "Let me see.\n"),
    ("Assistant: Hello.", "Hello."),
    ("<|assistant|>\nHello.<|user|>\nAnd you?", "Hello."),
    ("<|user|>Hi<|assistant|>Hello.", "Hello."),
    ("Press <Enter> to go on.", "Press Enter to go on."),
    ("Send <name> and <AB-12> (<city>).", "Send name and AB-12 (city)."),
    ("Hello. <laughs> Well.", "Hello.  Well."),
    ("Hello.<final_answer>Yes.</final_answer><foo>", "Hello.Yes."),
    ("👍", ""),
    ("...", ""),
    ("…", ""),
    ("🙂 !", ""),
    (" \n\t", ""),
    ("Hel\u200blo\u202e \x07the\x00re\ufeff.", "Hello there."),
    ("a\u2028b", "a\nb"),
    ("👨\u200d👩\u200d👧 Hi", "👨\u200d👩\u200d👧 Hi"),
    ("Hi \ud83d\ude00!", "Hi 😀!"),
    ("Hi \ud83d!", "Hi !"),
    ("Hi \ude00\ud83d", "Hi "),
    ("Hello <think", "Hello "),
]

# What looks a little like a mark and is none.
TEXTS = [
    "I <3 you, and 3 < 5 > 2.",
    "open all day",
    "e.g. this",
    "Open from <Monday to Friday>.",
    "See [our site](https://x.org/a_b?c=d) and {this}.",
    "A [Note] of [OPEN HOURS].",
    "`now` and ```then```",
    "thinking about it",
    "1. One\n2. Two",
    "A < b",
    "| Day | Hours |\n|---|---|",
    "Wir öffnen um 8. 你好。",
    "final answer: analysis done",
    "Final: $20. Analysis is free, and so is the tool.",
    "Action: book a bike today!",
    "Actions speak louder. Assistants: two.",
    "Thoughts? Tell us.",
    "tool_box is a shop, print (in color) 5 cents",
    "r.smith(at)x.org",
    "open_now (all day)",
    "Prices <50 and >20 dollars, size S<M",
    "A",
    "Th",
]


@pytest.mark.parametrize(("written", "said"), ANSWERS)
def test_only_the_answer_is_given_on(written, said):
    assert answer(written) == said


@pytest.mark.parametrize("text", TEXTS)
def test_what_only_looks_like_a_mark_stays(text):
    assert answer(text) == text


@pytest.mark.parametrize("written", [*(written for written, _ in ANSWERS), *TEXTS])
def test_an_answer_is_the_same_sign_by_sign(written):
    assert answer(*written) == answer(written)


PIECES = st.sampled_from([*(written for written, _ in ANSWERS), *TEXTS, "Hello. ", "\n", " "])


@given(st.lists(PIECES, max_size=5).map("".join), st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_an_answer_is_the_same_however_it_is_cut_into_chunks(written, sizes):
    chunks, start = [], 0
    for place in range(len(written)):
        size = sizes[place % len(sizes)]
        chunks.append(written[start : start + size])
        start += size

    assert answer(*chunks) == answer(written)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.integers(0, 60))
def test_any_text_can_be_read(written, at):
    assert answer(written[:at], written[at:]) == answer(written)


def test_text_is_given_on_as_soon_as_it_cannot_be_a_mark():
    reader = ModelText()

    assert [reader.feed(chunk) for chunk in ("Well", ", it is <", "5 ", "or so")] == [
        "Well",
        ", it is ",
        "<5 ",
        "or so",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("They greet. </think>Hello. Well.", ["", "Hello.", " Well."]),
        ("<think>x</think> Hello. Well.", ["", "Hello.", " Well."]),
        ("They ask. Hello. Well.", ["", "", ""]),
    ],
)
def test_a_text_that_may_begin_with_reasoning_is_held_back_until_that_is_known(written, said):
    reader = ModelText(may_think=True)

    assert [reader.feed(chunk) for chunk in re.findall(r".*?[> ](?=Hello)|Hello\.| Well\.", written)] == said
    assert reader.end() == ("" if any(said) else written)


@pytest.mark.parametrize(
    "written",
    [
        '{"stop": true}',
        '<think>hm {"stop": false}</think>\n{"stop": true}',
        '</think>{"stop": true}',
        '<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>{"stop": true}',
    ],
)
def test_an_object_that_was_asked_for_stands_behind_the_reasoning(written):
    assert without_reasoning(written).strip().startswith('{"stop": true}')


def test_a_fenced_object_keeps_its_fence():
    assert (
        without_reasoning('<think>x</think>```json\n{"a": "<think>"}\n```')
        == '```json\n{"a": "<think>"}\n```'
    )
