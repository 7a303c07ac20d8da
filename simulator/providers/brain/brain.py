"""The demo brain: a small deterministic stand-in for a language model.

It knows nothing but the messages and tools of the request. It answers with the prompt's own sentences, asks
for what a tool still needs, calls tools, speaks their results, and says so when it does not know.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulator.providers.brain import small_talk, wishes
from simulator.providers.brain.arguments import Filled, fill
from simulator.providers.brain.conversation import Conversation, read_messages
from simulator.providers.brain.facts import ABOUT_ITSELF, Fact, best_matches, read_facts
from simulator.providers.brain.moments import told_time
from simulator.providers.brain.notes import wanted_by_notes
from simulator.providers.brain.person import answer_about_person, without_person
from simulator.providers.brain.phrasing import (
    passed_on,
    remainder,
    sentence,
    spoken_result,
    without_questions,
)
from simulator.providers.brain.synonyms import wished_kinds
from simulator.providers.brain.tell_hours import tell_hours
from simulator.providers.brain.tongues import in_english, said_in, tongue_in
from simulator.providers.brain.tool_use import (
    LEAST_SCORE,
    Tool,
    asks_to_end,
    best_tool,
    ends_talk,
    is_request,
    read_tools,
)
from simulator.providers.brain.words import questions_in, split_sentences, tokens

LEAST_FACT_SCORE = 0.5
CALL_TOOL = "callback"
_ASKS_FOR = "Please tell me "
_POINTS = re.compile(
    r"\b(?:it|that|this|they|them|there|then)\b|^\W*(?:and|what about|how about)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Thought:
    """What the model answers: text, tool calls (name, arguments), or both."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()


def think(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] = (),
    tool_choice: str = "auto",
) -> Thought:
    """Answer the newest message of a chat completion request."""
    conversation = Conversation(tuple(read_messages(messages)))
    tongue = tongue_in(conversation.prompt)
    conversation = Conversation(in_english(conversation.messages, tongue))
    usable = [] if tool_choice == "none" else read_tools(tools)
    cut = conversation.cut_answer()
    if cut is not None:
        before, partial = cut
        rest = remainder(_Mind(before.without_reminders(), []).answer().text, partial)
        silent = re.search(r"\b(?:write|say) nothing\b", conversation.last.text, re.I)
        return Thought(said_in(rest or ("" if silent else small_talk.ANYTHING_ELSE), tongue))
    thought = _Mind(conversation.without_reminders(), usable).answer()
    return replace(thought, text=said_in(without_questions(thought.text, conversation.prompt), tongue))


class _Mind:
    """Thinks about one conversation."""

    def __init__(self, conversation: Conversation, tools: Sequence[Tool]) -> None:
        self._talk = conversation
        # "Call me" alone may be a wish for a person; this tool is for a call at a given time only.
        self._tools = [tool for tool in tools if tool.name != CALL_TOOL]
        self._caller = next((tool for tool in tools if tool.name == CALL_TOOL), None)
        self._facts = read_facts(without_person(conversation.prompt))
        self._replies = conversation.said_by("assistant")
        self._questions = conversation.said_by("user")

    def answer(self) -> Thought:
        """What to say or do next."""
        last = self._talk.last
        if last.role == "tool":
            return Thought(" ".join(spoken_result(result) for result in self._talk.tool_results()))
        if not self._questions:
            return Thought(self._opening())
        if last.role in ("system", "developer"):
            return Thought(passed_on(last.text))
        thought, wanted = self._reply(last.text), wanted_by_notes(self._talk.messages)
        return replace(thought, text=f"{thought.text} {wanted}".strip()) if wanted else thought

    def _reply(self, said: str) -> Thought:
        last_reply = self._replies[-1] if self._replies else ""
        if not any(char.isalnum() for char in said):
            return Thought(small_talk.UNHEARD)
        if small_talk.wants_repetition(said) and last_reply:
            return Thought(last_reply)
        if last_reply.startswith(_ASKS_FOR) and (pending := self._answered(said, last_reply)):
            return pending
        if invited := self._invited(said, last_reply):
            return invited
        if last_reply.endswith(wishes.OFFER_MESSAGE) and (offered := self._to_the_offer(said)):
            return offered
        if small_talk.is_yes(said) and "?" in last_reply:
            offer = [one for one in split_sentences(last_reply) if one.endswith("?")][-1]
            return self._use_tool(offer) or Thought("Please go ahead, I am listening.")
        if small_talk.is_farewell(said, offered_more="anything else" in last_reply):
            return self._farewell(said)
        if small_talk.is_greeting(said):
            return Thought(small_talk.HELLO)
        if small_talk.is_thanks(said):
            return Thought(small_talk.WELCOME)
        if small := small_talk.answer_to_manners(said):
            return Thought(small)
        if about_them := answer_about_person(said, self._talk.prompt):
            return Thought(about_them)
        together = re.search(r"\banswer all the messages\b", self._talk.prompt, re.I)
        asked = self._talk.unanswered() if together else [said]
        return self._inform([small_talk.without_greeting(one) or one for one in asked])

    def _answered(self, said: str, asked: str) -> Thought | None:
        """Go on with the tool that lacked an argument; None when the words are no reply to its question."""
        if "?" in said or small_talk.is_farewell(said, offered_more=True):
            return None
        pending = self._use_tool(self._wish_so_far(), answer=said)
        return pending if pending is not None and pending.text != asked else None

    def _invited(self, said: str, last_reply: str) -> Thought | None:
        """Use the tool that the last reply asked words for, as in `tell me your message`."""
        asked = [
            s
            for s in split_sentences(last_reply)
            if re.search(r"\b(?:tell|give) me (?:your|the|an?)\b", s, re.I)
        ]
        if not asked or "?" in said or small_talk.is_farewell(said, offered_more=True):
            return None
        found = best_tool(asked[-1], self._tools)
        if found is None or found[1] < LEAST_SCORE:
            return None
        return _called(found[0], fill(found[0], "", answer=said))

    def _to_the_offer(self, said: str) -> Thought | None:
        """What comes of the words after the offer of a message: a no, or the message itself behind a yes."""
        if wishes.declines(said):
            return Thought(wishes.NO_MESSAGE)
        words = wishes.after_yes(said)
        if not words or words == said.strip() or "?" in words:
            return None
        return self._take_message(words)

    def _set_call(self, said: str) -> Thought | None:
        """Have the person called at the time that they said, or not any more; None where nobody sets calls."""
        if self._caller is None or not (wishes.call_wanted(said) or wishes.call_taken_back(said)):
            return None
        return _called(self._caller, fill(self._caller, said))

    def _take_message(self, words: str) -> Thought | None:
        """Hand the words to the tool that writes messages down; None where the request offers none."""
        found = best_tool("take a message", self._tools)
        if found is None or found[1] < LEAST_SCORE:
            return None
        return _called(found[0], fill(found[0], "", answer=words))

    def _unknown(self) -> str:
        """Return the answer when no fact fits; it offers to take a message where that is possible."""
        found = best_tool("take a message", self._tools)
        offers = found is not None and found[1] >= LEAST_SCORE
        return f"{small_talk.NOT_KNOWN} {wishes.OFFER_MESSAGE}" if offers else small_talk.UNKNOWN

    def _wish_so_far(self) -> str:
        """Return the words that asked for a tool and the replies to its questions, without the newest."""
        said: list[str] = []
        for message in reversed(self._talk.messages[:-1]):
            if message.role == "user":
                said.insert(0, message.text)
            elif message.role == "assistant" and not message.text.startswith(_ASKS_FOR):
                break
        return ". ".join(said)

    def _inform(self, messages: Sequence[str]) -> Thought:
        """Answer all that was said since the last answer from the facts, or use a tool, whichever fits better."""
        said = messages[-1]
        if small_talk.wants_more(said) and (more := self._more()):
            return Thought(more)
        parts = [part for message in messages for part in questions_in(message)]
        answers = [self._from_facts(part) for part in parts if tokens(part) or wished_kinds(part)]
        best = max((score for _, score in answers), default=0.0)
        if set_call := self._set_call(said):
            return set_call
        if (words := wishes.call_back_in(said)) and (taken := self._take_message(words)):
            return taken
        # Who wants something done is not told that it can be done.
        called = self._use_tool(said, better_than=0.0 if is_request(said) else best)
        if called is not None and not (called.text and wishes.message_in(said)):
            return called
        if (words := wishes.message_in(said)) and (taken := self._take_message(words)):
            return taken
        known = list(dict.fromkeys(text for text, _ in answers if text))
        if known:
            return Thought(" ".join(known))
        instead = (
            wishes.CANNOT_CONNECT
            if wishes.wants_person(said)
            else wishes.CANNOT_WRITE
            if wishes.wants_message(said)
            else wishes.SORRY_TO_HEAR
            if wishes.complains(said)
            else ""
        )
        if instead:
            return Thought(self._unknown().replace(small_talk.NOT_KNOWN, instead))
        return Thought(self._remembered(said) or self._unknown())

    def _from_facts(self, question: str) -> tuple[str, float]:
        if re.search(
            r"\bwho (?:are you|am i (?:talking|speaking|texting))|\bwho(?:'s| is) (?:this|that|there|it|texting|calling)\b"
            r"|\bwhat(?:'s| is) your name|\bwhat are you\b|\bare you (?:a|an) (?:bot|robot|machine|human|person|real)\b",
            question,
            re.I,
        ):
            own = [
                next((sentence(fact.text) for fact in self._facts if fact.text.startswith(kind)), "")
                for kind in ABOUT_ITSELF
            ]
            return " ".join(filter(None, own)), 1.0 if any(own) else 0.0
        prompt = self._talk.prompt
        if timed := told_time(question, prompt) or tell_hours(question, self._facts, prompt):
            return timed, 1.0
        # When the whole finds nothing, its last part may, with the topic of the talk before.
        last_part = re.split(r"[.!,]\s+", question)[-1]
        tries = [(question, ""), (last_part, ""), (question, self._context(question))]
        points = _POINTS.search(question) is not None
        if not tokens(question) and (points or not wished_kinds(question)):
            tries.reverse()
        for asked, context in tries:
            matches = best_matches(asked, self._facts, context)
            good = [match for match in matches if match.score >= LEAST_FACT_SCORE]
            if good:
                break
        if not good:
            return "", 0.0
        # Who asks for something else is not told who answers.
        good = [match for match in good if not match.fact.text.startswith(ABOUT_ITSELF)] or good
        chosen = [match.fact for match in good[:2] if match.score >= 0.9 * good[0].score]
        told = [fact for fact in self._facts if fact in chosen]
        return " ".join(sentence(fact.text) for fact in told), good[0].score

    def _context(self, question: str) -> str:
        """What a short or pointing question still talks about."""
        pointing = _POINTS.search(question)
        if len(self._questions) < 2 or not (pointing or len(tokens(question)) <= 1):
            return ""
        return f"{self._questions[-2]} {self._replies[-1] if self._replies else ''}"

    def _more(self) -> str:
        """The next fact of the section that the last answer came from."""
        said = " ".join(self._replies)
        last = [
            n
            for n, fact in enumerate(self._facts)
            if self._replies and sentence(fact.text) in self._replies[-1]
        ]
        if not last:
            return ""
        section = self._facts[last[-1]].section
        unsaid = [
            f for f in self._facts[last[-1] + 1 :] if f.section == section and sentence(f.text) not in said
        ]
        return sentence(unsaid[0].text) if unsaid else ""

    def _remembered(self, said: str) -> str:
        """What the person has told before, when they ask for it."""
        told = [
            Fact(text)
            for text in self._questions[:-1]
            if "?" not in text and re.search(r"\b(?:my|i)\b", text, re.I)
        ]
        matches = best_matches(said, told) if re.search(r"\b(?:my|i)\b", said, re.I) else []
        return f"You told me: {sentence(matches[0].fact.text)}" if matches and matches[0].score > 0.6 else ""

    def _use_tool(self, said: str, *, answer: str = "", better_than: float = 0.0) -> Thought | None:
        found = best_tool(said, [tool for tool in self._tools if not ends_talk(tool) or asks_to_end(said)])
        if found is None or found[1] < LEAST_SCORE or found[1] <= better_than:
            return None
        tool = found[0]
        if tool.name == wishes.MESSAGE_TOOL and not wishes.is_for_the_team(said):
            return None
        filled = fill(tool, said, answer=answer)
        return _called(tool, filled) or Thought(f"{_ASKS_FOR}{filled.missing}.")

    def _farewell(self, said: str) -> Thought:
        found = best_tool(f"{said}. Goodbye, end the call", self._tools)
        called = _called(found[0], fill(found[0], said)) if found and found[1] >= LEAST_SCORE else None
        return Thought(small_talk.GOODBYE, called.calls if called else ())

    def _opening(self) -> str:
        """The first words: those that the prompt quotes for a greeting, if it does."""
        quoted = re.search(r"(?i)\bgreet[^\n\"“]{0,80}[\"“]([^\"”]+)[\"”]", self._talk.prompt)
        return quoted[1] if quoted else small_talk.HELLO


def _called(tool: Tool, filled: Filled) -> Thought | None:
    return None if filled.missing else Thought(calls=((tool.name, filled.arguments),))
