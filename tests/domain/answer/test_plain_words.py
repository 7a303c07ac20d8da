"""Plain words take a short way through what looks for marks and addresses, and come out as by the long one."""

import random
import re

from voicebot.domain.answer import heard, model_text
from voicebot.domain.answer.heard import Speech
from voicebot.domain.answer.model_text import ModelText
from voicebot.transports import sentences
from voicebot.transports.sentences import SentenceSplitter

NEVER, ALWAYS = re.compile("(?!)"), re.compile("")
WORDS = (
    *("Hi", "a", "Mr.", "e.g.", "don't", "you’re", "Ünder", "10", "1.", "ok:", "www.x.de", "x@y.z", "A.B", "com."),
    *(".", ",", "!", "?", ";", ":", "...", "。", "*", "->", "—", "- ", "# ", "`", "```", "[1]", "&amp;", "(x)", "~"),
    *(" ", "  ", "\t", "\n", "\r", "\u00a0", "\u2028", "\u3000", "\u200d", "×", "🙂", "<b>", "<", "[TOOL", "print(", "{"),
    *("<think>", "</think>", "assistant: ", "analysis", "\ud83d", "\ude42"),
)  # fmt: skip


def written(chance: random.Random, most: int) -> list[str]:
    return [chance.choice(WORDS) + chance.choice(("", " ")) for _ in range(chance.randrange(1, most))]


def both_ways(monkeypatch, module, name: str, other: re.Pattern[str], say):
    short = say()
    with monkeypatch.context() as changed:
        changed.setattr(module, name, other)
        return short, say()


def test_plain_words_come_out_of_an_answer_as_by_the_long_way(monkeypatch):
    chance = random.Random(7)
    for _ in range(1500):
        line, begins = "".join(written(chance, 7)), chance.random() < 0.5
        short, long = both_ways(
            monkeypatch,
            heard,
            "_PLAIN",
            NEVER,
            lambda: Speech().heard(line, line_begins=begins),  # noqa: B023
        )
        assert short == long, line


def test_plain_pieces_of_a_models_writing_are_given_on_as_by_the_long_way(monkeypatch):
    def read(pieces: list[str]) -> list[str]:
        text = ModelText()
        return [*(text.feed(piece) for piece in pieces), text.end()]

    chance = random.Random(8)
    for _ in range(1500):
        pieces = ["Well", *written(chance, 12)]
        short, long = both_ways(monkeypatch, model_text, "_PLAIN", NEVER, lambda: read(pieces))  # noqa: B023
        assert short == long, pieces


def test_sentences_end_where_they_ended_when_every_token_was_looked_at(monkeypatch):
    def cut(tokens: list[str]) -> list[list[str]]:
        splitter = SentenceSplitter()
        return [*(splitter.feed(token) for token in tokens), splitter.flush()]

    chance = random.Random(9)
    for _ in range(400):
        tokens = written(chance, 40)
        short, long = both_ways(monkeypatch, sentences, "_MAY_END", ALWAYS, lambda: cut(tokens))  # noqa: B023
        assert short == long, tokens
