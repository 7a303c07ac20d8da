import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.providers.http.event_stream import one_event
from voicebot.providers.openai.chat_pieces import ChatPieces
from voicebot.providers.ports import ModelDone, Outcome, ProviderError, TextDelta, ToolCall


def chunk(finish=None, **delta):
    return {"id": "c1", "model": "m-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def tool(index=None, call_id=None, name=None, arguments=None):
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    part = {"function": function}
    if index is not None:
        part["index"] = index
    if call_id is not None:
        part["id"] = call_id
    return chunk(tool_calls=[part])


def put_together(*events):
    answer = ChatPieces("p", "asked-for")
    return [piece for event in events for piece in answer.take(event)], answer


def test_text_comes_out_as_it_came():
    pieces, answer = put_together(
        chunk(role="assistant", content=""),
        chunk(content="Good "),
        chunk(content="day."),
        chunk(finish="stop"),
    )

    assert pieces == [TextDelta("Good "), TextDelta("day.")]
    assert answer.done() == ModelDone("stop", "m-1")


def test_parallel_tool_calls_are_told_apart_by_their_index():
    pieces, _ = put_together(
        tool(0, "a", "transfer", ""),
        tool(1, "b", "take_message", '{"message":'),
        tool(0, arguments='{"reason":"bill'),
        tool(1, arguments='"call me"}'),
        tool(0, arguments='ing"}'),
        chunk(finish="tool_calls"),
    )

    assert pieces == [
        ToolCall("a", "transfer", {"reason": "billing"}),
        ToolCall("b", "take_message", {"message": "call me"}),
    ]


def test_a_new_id_and_name_begin_another_call_under_the_same_index():
    pieces, _ = put_together(
        tool(0, "a", "end_call", "{}"),
        tool(0, "b", "change_voice", '{"wish":"deep"}'),
        chunk(finish="tool_calls"),
    )

    assert pieces == [ToolCall("a", "end_call", {}), ToolCall("b", "change_voice", {"wish": "deep"})]


def test_parts_without_an_index_continue_the_last_call():
    pieces, _ = put_together(
        tool(None, "a", "end_call", "{}"),
        tool(None, "b", "change_voice", '{"wish"'),
        tool(None, arguments=':"deep"}'),
        chunk(finish="tool_calls"),
    )

    assert pieces == [ToolCall("a", "end_call", {}), ToolCall("b", "change_voice", {"wish": "deep"})]


def test_a_call_without_an_id_gets_one_from_the_completion():
    pieces, _ = put_together(tool(0, name="end_call", arguments="{}"), chunk(finish="tool_calls"))

    assert pieces == [ToolCall("c1_0", "end_call", {})]


def test_a_name_that_is_sent_again_with_every_part_stays_one_name():
    pieces, _ = put_together(
        tool(0, "a", "end_call", "{"), tool(0, "a", "end_call", "}"), chunk(finish="tool_calls")
    )

    assert pieces == [ToolCall("a", "end_call", {})]


@pytest.mark.parametrize(
    "arguments, parsed, bad",
    [
        ('{"a":1}', {"a": 1}, False),
        ("", {}, False),
        (None, {}, False),
        ("null", {}, False),
        ({"a": 1}, {"a": 1}, False),
        ('{"a":', {}, True),
        ("[1]", {}, True),
        ('"x"', {}, True),
    ],
)
def test_arguments_that_are_no_object_are_marked(arguments, parsed, bad):
    pieces, _ = put_together(tool(0, "a", "t", arguments), chunk(finish="tool_calls"))

    assert pieces == [ToolCall("a", "t", parsed, bad_arguments=bad)]


def test_tool_calls_come_with_done_when_no_reason_was_given():
    _, answer = put_together(tool(0, "a", "end_call", "{}"))

    assert answer.ended() == [ToolCall("a", "end_call", {})]
    assert answer.done().finish_reason == "tool_calls"


def test_token_counts_come_after_the_finish():
    usage = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 5}}

    _, answer = put_together(chunk(content="x"), chunk(finish="stop"), usage)

    assert (answer.done().prompt_tokens, answer.done().completion_tokens) == (12, 5)


def test_a_whole_completion_reads_like_a_stream():
    message = {"role": "assistant", "content": "Hello.", "tool_calls": None}

    pieces, answer = put_together({"choices": [{"message": message, "finish_reason": "stop"}]})

    assert pieces == [TextDelta("Hello.")]
    assert answer.done().model == "asked-for"


def test_a_sign_that_cannot_be_stored_is_left_out():
    pieces, _ = put_together(chunk(content="a\x00b"), chunk(content="\x00"))

    assert pieces == [TextDelta("ab")]


def test_content_in_parts_is_joined():
    pieces, _ = put_together(
        chunk(content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), chunk(finish="stop")
    )

    assert pieces == [TextDelta("ab")]


@pytest.mark.parametrize(
    "events, code",
    [
        ([], "empty"),
        ([chunk(role="assistant")], "empty"),
        ([chunk(content="half of")], "dropped"),
        ([tool(0, "a", "end_call", "{")], "dropped"),
        ([chunk(finish="stop")], "empty"),
        ([chunk(finish="content_filter")], "content_filter"),
        ([tool(0, "a", None, "{}"), chunk(finish="tool_calls")], "empty"),
    ],
)
def test_an_answer_that_is_cut_or_empty_is_a_failure(events, code):
    _, answer = put_together(*events)

    with pytest.raises(ProviderError) as failure:
        answer.done()

    assert (failure.value.code, failure.value.outcome) == (code, Outcome.UNKNOWN)


@pytest.mark.parametrize(
    "error, code",
    [
        ({"code": "server_error", "message": "we are busy"}, "server_error"),
        ({"type": "overloaded_error"}, "overloaded_error"),
        ({"code": 500}, "500"),
        ("it broke", "stream_error"),
    ],
)
def test_an_error_object_in_the_stream_is_a_failure(error, code):
    with pytest.raises(ProviderError) as failure:
        put_together(chunk(content="x"), {"error": error})

    assert failure.value.code == code


FIELDS = [
    "choices",
    "delta",
    "message",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "index",
    "id",
    "content",
    "text",
    "usage",
    "finish_reason",
    "model",
    "prompt_tokens",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=30,
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["choices", "usage", "error", "id", "model"]), JSON), max_size=5)
)
def test_any_json_gives_pieces_or_a_provider_error(events):
    try:
        pieces, answer = put_together(*events)
        answer.ended()
        answer.done()
    except ProviderError:
        return
    assert all(isinstance(piece, TextDelta | ToolCall) for piece in pieces)


def words(pieces):
    """What the answer is in the end."""
    said = ""
    for piece in pieces:
        if isinstance(piece, TextDelta):
            said = piece.text if piece.anew else said + piece.text
    return said


def test_reasoning_is_no_text_of_the_answer():
    pieces, answer = put_together(
        chunk(content="<thi"),
        chunk(content="nk>Greet.</think>Good"),
        chunk(content=" day."),
        chunk(finish="stop"),
    )

    assert words(pieces) == "Good day."
    assert answer.done().finish_reason == "stop"


def test_an_answer_begins_anew_where_a_mark_says_that_it_was_reasoning_so_far():
    pieces, _ = put_together(
        chunk(content="They greet. "), chunk(content="Say hi.</think>Good day."), chunk(finish="stop")
    )

    assert words(pieces) == "Good day."


def test_reasoning_alone_is_no_answer():
    _, answer = put_together(chunk(content="They greet.</think>"), chunk(finish="length"))

    with pytest.raises(ProviderError) as failure:
        answer.done()

    assert failure.value.code == "empty"


def test_parts_of_reasoning_are_no_text():
    parts = [
        {"type": "thinking", "thinking": "x"},
        {"type": "reasoning", "text": "y"},
        {"type": "text", "text": "Hi."},
    ]

    pieces, _ = put_together(chunk(content=parts), chunk(finish="stop"))

    assert words(pieces) == "Hi."


def test_an_emoji_whose_halves_come_in_two_chunks_is_one():
    halves = [
        rb'{"choices": [{"delta": {"content": "Hi \ud83d"}}]}',
        rb'{"choices": [{"delta": {"content": "\ude00!"}}]}',
    ]

    pieces, _ = put_together(*(one_event(half, "p") for half in halves), chunk(finish="stop"))

    assert words(pieces) == "Hi 😀!"


@pytest.mark.parametrize("half", [r"\ud83d", r"\ude00", r"\ude00\ud83d"])
def test_half_a_character_that_stays_alone_is_left_out(half):
    event = one_event(b'{"choices": [{"delta": {"content": "Hi %s!"}}]}' % half.encode(), "p")

    pieces, _ = put_together(event, chunk(finish="stop"))

    assert words(pieces) == "Hi !"


def test_halves_of_a_character_in_the_arguments_of_a_tool_are_joined():
    pieces, _ = put_together(
        tool(0, "a", "f", '{"x": "\ud83d'), tool(0, arguments='\ude00"}'), chunk(finish="tool_calls")
    )

    assert pieces == [ToolCall("a", "f", {"x": "😀"})]


def test_an_answer_that_was_cut_short_says_so():
    _, answer = put_together(chunk(content="Good day. And"), chunk(finish="length"))

    assert answer.done().cut_short
