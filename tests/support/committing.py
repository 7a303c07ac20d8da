"""Find the fixed sentences that commit us or somebody: in the code's strings, in prompts and in seeds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPOKEN = ("voicebot/domain", "voicebot/services", "voicebot/transports", "webhooks")
WRITTEN = ("prompts/*.md", "sql/seed/*.sql")
COMMITS = re.compile(
    r"\b(?:(?:I|we|you|somebody|someone|they|(?:a|the) (?:person|team|owner|people)(?: of (?:the|this) line)?) will\b"
    r"|(?:I|we)'ll\b|(?:I|we) (?:have|just) (?:noted|told|sent)\b|pass(?:ed)? (?:it|this|that) on|gets? back|calls? you back"
    r"|connecting (?:you|the caller)|being connected|I am (?:text|send|call|connect)ing|I (?:text|call) you"
    r"|on its way|(?:is|are) noted|noted (?:it )?for the team|can answer you|and we (?:go on|finish)|gets you another)",
    re.IGNORECASE,
)
# They tell the model what not to say, and nobody else hears them; and patterns are no sentences.
RULES = re.compile(r"\bnever\b|\{\{tool\}\}|\(\?:", re.IGNORECASE)

WORDS_TO_KNOW = ("_words", "_phrases", "phrases", "leads.phrases")
"""What makes lists of words that are read, and said by nobody."""


def fixed_texts() -> Iterator[str]:
    """Everything that could be said as it stands: strings of the code without its documentation, prompts, seeds."""
    for folder in SPOKEN:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from strings_of(ast.parse(path.read_text(encoding="utf-8")))
    for pattern in WRITTEN:
        for path in sorted(ROOT.glob(pattern)):
            yield path.read_text(encoding="utf-8")


def strings_of(tree: ast.Module) -> Iterator[str]:
    documentation, parts = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in WORDS_TO_KNOW:
            documentation |= {each for argument in node.args for each in ast.walk(argument)}
        for each in body if isinstance(body := getattr(node, "body", None), list) else ():
            if isinstance(each, ast.Expr):
                documentation.add(each.value)
        if isinstance(node, ast.JoinedStr):
            parts |= set(node.values)
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in documentation | parts
        ):
            yield node.value


def commitments(texts: Iterator[str]) -> set[str]:
    sentences = (each.strip() for text in texts for each in re.split(r"(?<=[.!?])\s+|\n", text))
    # One word alone is no sentence.
    return {each for each in sentences if " " in each and COMMITS.search(each) and not RULES.search(each)}
