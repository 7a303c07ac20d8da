"""Extract the answer from a model's stream: without reasoning, tool calls, channels and stray characters. Pure.

The way the text is cut into chunks never changes the answer. Text passes as soon as it cannot belong to a mark and
holds a word; dots or a lone emoji are no answer.
"""

import re
import unicodedata
from enum import Enum

from voicebot.domain.answer.marks import LONGEST, Does, Mark, read_mark


def _halves(word: str) -> str:
    """Return the pattern of what a word begins with."""
    return "(?:" + "|".join(re.escape(word[:end]) for end in range(len(word), 0, -1)) + ")"


_SURROGATE = re.compile("[\ud800-\udfff]")
_WHOLE = {
    "<": re.compile(rf"<[A-Za-z/|｜][^<>\n]{{0,{LONGEST}}}>"),
    "[": re.compile(r"\[/?[A-Z][A-Z_]{2,20}\]"),
    "◁": re.compile(r"◁/?[a-z_]{1,20}▷"),
}
_HALF = {
    "<": re.compile(rf"<(?:[A-Za-z/|｜][^<>\n]{{0,{LONGEST}}}|!-?)?"),
    "[": re.compile(r"\[/?[A-Z_]{0,21}"),
    "◁": re.compile(r"◁/?[a-z_]{0,20}"),
}
_OBJECT = re.compile(r"\{\s*[\"'}]|\[\s*\{")
_HALF_OBJECT = re.compile(r"[\[{]\s*")
_LIST_OF_CALLS = re.compile(r"\[[a-z]\w*(?:\.\w+)*\(")
_HALF_LIST_OF_CALLS = re.compile(r"\[(?:[a-z][\w.]*)?")
_CALL = re.compile(r"(?:[a-z.]*[a-z]_[a-z_.]*|(?:functions|tools?|api)\.[a-z.]+|print)\(|functools\[")
_HALF_WORD = re.compile(r"[a-z][\w.]*")
_GLUED = re.compile(r"(?:analysis|commentary)(?=[A-Z\"'])|assistantfinal")
# How a model says what it does where it was taught to act in words.
_ACTED = re.compile(r"Action:[ \t]*[\w.]+[ \t]*\n\s{0,8}Action Input:")
_HALF_ACTED = re.compile(
    rf"{_halves('Action:')}|Action:[ \t]*[\w.]*[ \t]*|Action:[ \t]*[\w.]+[ \t]*\n\s{{0,8}}(?:{_halves('Action Input:')})?"
)
_BEGUN = re.compile(r"(?:[Aa]ssistant|ASSISTANT)[ \t]*:(?!\w)|Thought:")
_HALF_BEGUN = re.compile(
    "|".join(f"{_halves(one)}[ \t]*" for one in ("Assistant:", "assistant:", "ASSISTANT:", "Thought:"))
)
_FENCE = re.compile(
    r"```[ \t]*(tool_code|tool_call|tool_calls|tool_outputs?|thinking|thought|reasoning)[ \t]*\n"
)
_HALF_FENCE = re.compile(r"`{1,3}[ \t]*[a-z_]{0,12}[ \t]*")
_WORD = re.compile(r"[^\W_]")
_FENCE_NAMES = re.compile(r"`{3}[\w+-]*")
_CUT_MARK = re.compile(r"</?[A-Za-z|｜][\w|｜▁:/.-]*")
_FOREIGN = re.compile("[^\x00-\x7f]")
_PLAIN = re.compile(r"[ -;=-Z\\-~]+")
"""What can neither begin a mark nor has to be looked at sign by sign, where no line begins."""


class _Until(Enum):
    """What ends the part that is being hidden."""

    MARK = "mark"
    BRACKETS = "brackets"
    HEADER = "header"
    TEXT = "text"


class ModelText:
    """One answer as it streams. Feed it each chunk; `end` returns the text that was held back."""

    def __init__(self, *, thought: str = "", may_think: bool = False, is_data: bool = False) -> None:
        """Prepare for one answer.

        `is_data`: the answer is a JSON object, so marks inside it are its own. `thought`: the text begins inside
        reasoning, which a mark of this name ends; the property `thought` of an earlier text reports it. `may_think`:
        the text may begin inside reasoning, so it is held back until a mark of reasoning, `answers` or the end decides.
        """
        self._is_data, self._may_think = is_data, may_think
        self._half = self._text = self._held = self._last = self._seen = ""
        self._until: _Until | None = None
        self._name, self._depth, self._header = thought, 0, ""
        self._thought_first = thought
        if thought:
            self._until, self._depth = _Until.MARK, 1
        self.thought = ""
        """The name of the mark that ended reasoning which no mark began; blank where there was none."""
        self._in_string = self._escaped = False
        self._begins = self._line_begins = True
        self._spoke = False
        self.restarts = 0
        """How often a mark said that all before it was reasoning, without a mark where the reasoning began."""

    def feed(self, chunk: str) -> str:
        """Return what the chunk adds to the answer; where `restarts` grew, to an answer that begins anew."""
        if (
            self._spoke
            and self._until is None
            and not (self._line_begins or self._text or self._half)
            and _PLAIN.fullmatch(chunk)
        ):
            # In the middle of a line most of what comes is nothing but words.
            self._last = chunk[-1]
            return chunk
        self._text += self._whole(self._half + chunk)
        return self._given(self._read(final=False))

    def answers(self) -> None:
        """Note that the reasoning arrives another way: the text held back passes with the next chunk."""
        self._may_think = False

    def end(self) -> str:
        """Return the text held back; nothing when the answer has no word, or breaks off inside a hidden part."""
        self._half, self._may_think = "", False
        cut = self._until is None and _CUT_MARK.fullmatch(self._text)
        # "S<M" is no half of a mark.
        if cut and not (self._text[1].isalpha() and self._last.isalnum()):
            self._text = ""
        rest = self._given(self._read(final=True))
        self._held = ""
        return rest

    def _whole(self, text: str) -> str:
        """Join the halves of characters that came in two chunks, and leave out halves that stay alone."""
        self._half = ""
        if not _SURROGATE.search(text):
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")

    def _given(self, text: str) -> str:
        if self._spoke:
            return text
        self._held += text
        if self._may_think or not _WORD.search(_FENCE_NAMES.sub("", self._held)):
            return ""
        self._spoke, text, self._held = True, self._held, ""
        return text.lstrip()

    # --- reading ---

    def _read(self, *, final: bool) -> str:
        self._seen = ""
        while self._text:
            before = len(self._text), self._until
            if self._until is None:
                self._visible(final=final)
            else:
                self._hidden(final=final)
            if before == (len(self._text), self._until):
                break
        return self._seen

    def _visible(self, *, final: bool) -> None:
        """Take text up to the next thing that may be a mark, and that thing if it is whole."""
        start = self._next_candidate()
        self._show(self._text[:start])
        self._text = self._text[start:]
        if not self._text or self._took_mark() or (not final and self._is_half()):
            return
        first, self._text = self._text[0], self._text[1:]
        self._show(first)

    def _next_candidate(self) -> int:
        """Return the first place where something else than plain text may begin."""
        line_begins = self._line_begins
        for place, char in enumerate(self._text):
            if char in "<◁\ue200[" or (line_begins and (char in "{`AT" or "a" <= char <= "z")):
                return place
            line_begins = char == "\n" or (line_begins and char.isspace())
        return len(self._text)

    def _took_mark(self) -> bool:
        """Remove a whole mark, or a part for programs only, from the text; return whether there was one."""
        text, first = self._text, self._text[0]
        if first == "\ue200":
            return self._hide("\ue201", 1)
        if text.startswith("<!--"):
            return self._hide("-->", 4)
        whole = _WHOLE[first].match(text) if first in _WHOLE else None
        if whole and (mark := read_mark(whole.group())):
            self._text = text[whole.end() :]
            self._do(mark)
            return True
        return self._line_begins and self._took_program()

    def _took_program(self) -> bool:
        """Hide what only a program reads, where a line begins with it."""
        text = self._text
        if self._is_data:
            return self._took_object()
        if self._begins and (begun := _BEGUN.match(text)):
            self._text = text[begun.end() :]
            return begun.group() != "Thought:" or self._hide("Final Answer:", 0)
        if acted := _ACTED.match(text):
            return self._hide("Final Answer:", acted.end())
        if self._begins and (glued := _GLUED.match(text)):
            if glued.group() == "assistantfinal":
                self._text = text[glued.end() :]
                return True
            return self._hide("assistantfinal", glued.end())
        if fence := _FENCE.match(text):
            return self._hide("```", fence.end())
        if _OBJECT.match(text) or _LIST_OF_CALLS.match(text):
            return self._hide_brackets(0)
        call = _CALL.match(text)
        return bool(call) and self._hide_brackets(call.end() - 1 if call else 0)

    def _took_object(self) -> bool:
        """Take the rest as it is, once the object begins."""
        if self._text[0] not in "{[`":
            return False
        self._seen, self._text, self._begins = self._seen + self._text, "", False
        return True

    def _is_half(self) -> bool:
        """Whether what comes next may make a mark of the text."""
        text, first = self._text, self._text[0]
        if first in _HALF and not _WHOLE[first].match(text) and _HALF[first].fullmatch(text):
            return True
        halves = [_HALF_OBJECT, _HALF_LIST_OF_CALLS, _HALF_FENCE, _HALF_WORD, _HALF_ACTED]
        if self._begins:
            halves.append(_HALF_BEGUN)
        return self._line_begins and any(half.fullmatch(text) for half in halves)

    def _do(self, mark: Mark) -> None:
        self._may_think = self._may_think and not mark.is_thought
        match mark.does:
            case Does.TEXT:
                self._show(mark.name)
            case Does.WORD if self._last in (" ", "(", "+", "/") and not self._line_begins:
                self._show(mark.name)
            case Does.BREAK:
                self._show("\n")
            case Does.HIDE:
                self._until, self._name, self._depth = _Until.MARK, mark.name, 1
            case Does.END if mark.is_thought:
                self.restarts, self.thought = self.restarts + 1, mark.name
                self._held = self._seen = ""
                self._spoke, self._begins, self._line_begins = False, True, True
            case Does.HEADER:
                self._until, self._header = _Until.HEADER, ""

    def _hide(self, end: str, taken: int) -> bool:
        self._until, self._name, self._text = _Until.TEXT, end, self._text[taken:]
        return True

    def _hide_brackets(self, taken: int) -> bool:
        self._until, self._depth, self._text = _Until.BRACKETS, 0, self._text[taken:]
        self._in_string = self._escaped = False
        return True

    # --- what is hidden ---

    def _hidden(self, *, final: bool) -> None:
        match self._until:
            case _Until.BRACKETS:
                self._skip_brackets()
            case _Until.TEXT:
                self._skip_to_text()
            case _:
                self._skip_to_mark(final=final)

    def _skip_to_text(self) -> None:
        at = self._text.find(self._name)
        if at >= 0:
            self._text, self._until = self._text[at + len(self._name) :], None
        else:
            kept = len(self._name) - 1
            self._text = self._text[-kept:] if kept else ""

    def _skip_brackets(self) -> None:
        for place, char in enumerate(self._text):
            if self._in_string:
                self._in_string = self._escaped or char != '"'
                self._escaped = char == "\\" and not self._escaped
            elif char == '"':
                self._in_string = True
            elif char in "{[(":
                self._depth += 1
            elif char in "}])":
                self._depth -= 1
                if self._depth <= 0:
                    self._text, self._until = self._text[place + 1 :], None
                    return
        self._text = ""

    def _skip_to_mark(self, *, final: bool) -> None:
        """Pass over hidden text up to the next mark, and see whether it ends the hiding."""
        ends = "<[◁\n" if self._until is _Until.HEADER else "<[◁"
        place = next((at for at, char in enumerate(self._text) if char in ends), len(self._text))
        self._header += self._text[:place] if self._until is _Until.HEADER else ""
        self._text = self._text[place:]
        if not self._text:
            return
        first = self._text[0]
        if first == "\n":
            self._text = self._text[1:]
            self._open_message()
            return
        whole = _WHOLE[first].match(self._text)
        mark = read_mark(whole.group()) if whole else None
        if whole and mark:
            self._text = self._text[whole.end() :]
            self._at_mark(mark)
        elif final or whole or not _HALF[first].fullmatch(self._text):
            self._text = self._text[1:]

    def _at_mark(self, mark: Mark) -> None:
        if self._until is _Until.HEADER:
            if mark.does is Does.MESSAGE:
                self._open_message()
            elif mark.does is Does.STOP:
                self._until = None
            elif mark.does is Does.HEADER:
                self._header += " "
            return
        if self._name == "":
            # The message of another channel, up to the end of it.
            if mark.does is Does.STOP:
                self._until = None
            elif mark.does is Does.HEADER:
                self._until, self._header = _Until.HEADER, ""
        elif mark.name == self._name:
            self._depth += {Does.HIDE: 1, Does.END: -1}.get(mark.does, 0)
            if self._depth <= 0:
                self._until, self.thought, self._thought_first = None, self._thought_first or self.thought, ""
        elif mark.does is Does.STOP and self._name == "python_tag":
            self._until = None

    def _open_message(self) -> None:
        """Show the message of the final channel; hide any other."""
        names = self._header.split()
        others = {"analysis", "commentary", "system", "user", "tool", "developer", "ipython"}
        hidden = "final" not in names and any(name in others or name.startswith("to=") for name in names)
        self._until, self._name = (_Until.MARK, "") if hidden else (None, "")

    # --- plain text ---

    def _show(self, text: str) -> None:
        kept = "".join(self._char(char) for char in text)
        if kept.strip():
            self._begins = False
        _, new_line, line = kept.rpartition("\n")
        self._line_begins = not line.strip() and (bool(new_line) or self._line_begins)
        self._seen += kept

    def _char(self, char: str) -> str:
        """Return the character, or a blank text for an invisible one; new lines and tabs stay."""
        last, self._last = self._last, char
        if char in "\n\t" or " " <= char < "\x7f":
            return char
        if char in "\u200c\u200d":
            # Joins the parts of one picture, and letters in some scripts; between Latin letters it is a stray.
            return char if _FOREIGN.match(last) else ""
        if char in "\r\u2028\u2029\x85\x0b\x0c":
            return " " if char == "\r" else "\n"
        return "" if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Cn") else char


def without_reasoning(text: str) -> str:
    """Return the JSON object of a model's text, without anything that stands before it."""
    reader = ModelText(is_data=True)
    given = reader.feed(text)
    return given + reader.end()
