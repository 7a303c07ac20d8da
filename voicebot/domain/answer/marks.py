"""The marks that models put around what is no answer: reasoning, tool calls, channels, markup.

Pure. Families write them differently: `<think>`, `[THINK]`, `<|channel|>analysis`, `<｜tool▁calls▁begin｜>`, `◁think▷`. A
mark is one token; `read_mark` says what it does.
"""

import re
from dataclasses import dataclass
from enum import Enum

LONGEST = 80


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Does(Enum):
    """The effect of a mark on the text after it."""

    HIDE = "hide"
    """Hides what follows, up to the mark of the same name that ends it."""
    END = "end"
    """Ends what the mark of the same name hides."""
    HEADER = "header"
    """Begins the name of a channel or a role."""
    MESSAGE = "message"
    """Ends the name: what follows is the message."""
    STOP = "stop"
    """Ends a message."""
    BREAK = "break"
    """Is a new line."""
    WORD = "word"
    """Is a word that may have been put into brackets, as in "press <Enter>": `name` of it."""
    NOTHING = "nothing"
    """Is a mark all the same, and no text."""
    TEXT = "text"
    """Is text: `name` of it."""


@dataclass(frozen=True)
class Mark:
    """What a mark does. `name` is the part that it hides or ends; `is_thought` says that the hidden part is the model's
    reasoning.
    """

    does: Does
    name: str = ""

    @property
    def is_thought(self) -> bool:
        """Whether it belongs to the model's reasoning."""
        return self.name in _THOUGHTS


_THOUGHTS = _words(
    "think thinking thought thoughts reasoning reason reflection reflect analysis scratchpad monologue inner_monologue "
    "internal internal_thoughts internal_monologue chain_of_thought cot plan planning rationale deliberation critique "
    "self_reflection unused"
)
_TOOLS = _words(
    "tool tools tool_call tool_calls tool_use tool_code tool_response tool_responses tool_result tool_results tool_output "
    "tool_outputs function functions function_call function_calls function_result function_results function_response function_responses invoke parameter "
    "parameters action actions api_call observation execute code_execution python python_tag plugin tool_calls_section "
    "arg_key arg_value available_tools system_prompt inst args call_id tool_content"
)
_UNSEEN = _words("script style head svg math title")
_HIDING = _THOUGHTS | _TOOLS | _UNSEEN
_LINES = _words("br p li div tr ul ol table h1 h2 h3 h4 h5 h6 hr section article blockquote pre")
_AROUND_WORDS = _words(
    "a abbr b big button center cite code dd dl dt em font form i img input kbd label main mark nav p pre q s samp small "
    "span strike strong sub sup tbody td textarea tfoot th thead tt u var html body header footer "
    "answer assistant response output result final solution reply message text speak speech say voice prosody emphasis "
    "sentence break silence pause breath laugh laughs laughing laughter sigh sighs chuckle chuckles smile smiles gasp cough "
    "whisper whispers escape user human bot model"
)
"""Names of marks that stand around words or between them."""
_HEADERS = frozenset({"start", "channel", "im_start", "start_header_id", "header_start", "start_of_turn"})
_MESSAGES = frozenset({"message", "end_header_id", "header_end", "im_middle", "im_sep"})
_STOPS = _words(
    "end return call eom eot im_end eot_id eom_id endoftext end_of_text end_of_turn end_of_sentence eos"
)
_EDGES = re.compile(r"^(?:begin|start|end)_(?:of_)?|_(?:begin|start|end)$")
_BRACKETED = _words(
    "TOOL_CALLS TOOL_CALL TOOL_RESULTS TOOL_CONTENT THINK ARGS CALL_ID INST AVAILABLE_TOOLS SYSTEM_PROMPT"
)
_ELEMENT = re.compile(
    r"(/?)\s*([A-Za-z][\w:.-]*)(=[^\s<>]*)?((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"']+))*)\s*(/?)"
)
_LINK = re.compile(r"(?:https?://|www\.|mailto:|tel:)\S+|[^\s@]+@[^\s@]+\.[^\s@]+")


def read_mark(token: str) -> Mark | None:
    """Return what a token in angle brackets, `[…]` or `◁…▷` does; None where it is text like any other."""
    inner = token[1:-1].strip()
    if token[0] == "[":
        name = inner.lstrip("/")
        if name not in _BRACKETED:
            return None
        return _hiding(name.lower(), ends=inner.startswith("/"))
    if token[0] == "◁":
        return _hiding(inner.lstrip("/").lower(), ends=inner.startswith("/"))
    if dsml := re.match(r"(/?)[|｜]DSML[|｜](\w+)", inner):
        return _hiding(dsml[2].lower(), ends=bool(dsml[1]))
    if inner[:1] in "|｜" or inner[-1:] in "|｜":
        return _special(inner.replace("｜", "|").replace("▁", "_").lower())
    if _LINK.fullmatch(inner):
        return Mark(Does.TEXT, inner.removeprefix("mailto:").removeprefix("tel:"))
    return _element(inner)


def _hiding(name: str, *, ends: bool) -> Mark:
    if name in _HIDING:
        return Mark(Does.END if ends else Does.HIDE, name)
    return Mark(Does.NOTHING)


def _special(inner: str) -> Mark:
    name = inner.strip("|/ ").replace(" ", "_")
    if inner.startswith("|") != inner.endswith("|"):
        # One family opens with `<|name>` and closes with `<name|>`.
        return Mark(
            Does.HIDE if inner.startswith("|") else Does.END, "thought" if name == "channel" else name
        )
    if name in _HEADERS:
        return Mark(Does.HEADER, name)
    if name in _MESSAGES:
        return Mark(Does.MESSAGE)
    if name in _STOPS:
        return Mark(Does.STOP)
    if name in ("user", "human", "assistant"):
        # A turn of somebody else, which no model may write: hidden until the model's own next turn.
        return Mark(Does.END if name == "assistant" else Does.HIDE, "turn")
    if name == "python_tag":
        return Mark(Does.HIDE, name)
    stem = _EDGES.sub("", name)
    ends = bool(re.match(r"end_|.*_end$", name)) or inner.strip("| ").startswith("/")
    return _hiding(stem, ends=ends)


def _element(inner: str) -> Mark | None:
    element = _ELEMENT.fullmatch(inner)
    if element is None:
        return None
    closing, name, _, _, empty = element.groups()
    name = name.lower().rpartition(":")[2].replace("-", "_")
    if name in ("start_of_turn", "end_of_turn"):
        return Mark(Does.HEADER if name.startswith("start") else Does.STOP, name)
    if numbered := re.fullmatch(r"unused(\d+)", name):
        return Mark(Does.END if int(numbered[1]) % 2 else Does.HIDE, "unused")
    if name in _LINES:
        return Mark(Does.BREAK)
    if empty:
        return Mark(Does.NOTHING)
    if _EDGES.sub("", name) in _HIDING:
        return _hiding(_EDGES.sub("", name), ends=bool(closing) or name.startswith("end_"))
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", inner) and name not in _AROUND_WORDS:
        return Mark(Does.WORD, inner)
    return Mark(Does.NOTHING)
