"""The facts of a prompt, separated from its instructions, and the one that answers a question best."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from simulator.providers.brain.synonyms import alike, has_any, wished_kinds
from simulator.providers.brain.words import (
    Rarity,
    raw_words,
    says_little,
    split_sentences,
    tokens,
    word_set,
)

_ORDERS = word_set(
    "act address address always answer ask avoid be behave call check confirm continue decline describe do "
    "don't end ensure explain follow give greet hand handle help if ignore include introduce keep let limit "
    "mention never offer only politely prefer provide read refer refuse remember repeat reply respond return "
    "say sound speak spell start stay stop summarise summarize talk tell transfer treat try unless use wait "
    "when whenever write you your "
)
_MANNERS = word_set(
    "act always answer avoid behave describe do don't ensure explain greet introduce keep limit mention never only "
    "politely prefer refer refuse repeat reply respond return say sound speak spell summarise summarize talk tell treat"
)
"""Of the orders those that no business gives its customers."""
_RULE_HEADINGS = word_set(
    "rule instruction style tone behaviour behavior guideline tool output format safety limit how conduct"
)


ABOUT_ITSELF = ("I am ", "My name is ")
"""How facts begin that tell who answers."""


@dataclass(frozen=True)
class Fact:
    """One thing the prompt states; `section` is the heading it stands under."""

    text: str
    section: str = ""


@dataclass(frozen=True)
class Match:
    """A fact and how much of the question it covers, from 0 to about 1."""

    fact: Fact
    score: float


_TO_CUSTOMERS = re.compile(
    r"\b(?:us|our|we)\b|^\w+ (?:online|in advance|ahead)\b|\d{3}|@|\w\.(?:com|org|net|example|at|de|co|uk|eu|io)\b",
    re.IGNORECASE,
)
_TO_THE_MODEL = re.compile(
    r"\b(?:callers?|customers?|users?|tools?|transfer|prompt|persons?|messages?|politely|they|them|instructions?)\b",
    re.IGNORECASE,
)
_PASSED_ON = re.compile(
    r"^(?:(?:always|please|also) )?(?:(?:tell|inform|remind|let) (?:the |all |every )?(?:callers?|customers?|people|them|everyone|everybody)"
    r"(?: know)?|note|remember|mention|know|explain|point out)(?: that|:) (.+)$",
    re.IGNORECASE,
)
_ANSWERS_FOR = re.compile(
    r"^You (?:answer|take|handle|help|greet|assist|work|speak|talk|pick up|serve|look after)\b.{0,60}?\b(?:of|for|at) (?=(?:the )?[A-Z])(.+)$"
)
_MAY = re.compile(
    r"^You (?:can|may|could|will|get|find|reach|need|do not need|don't need|are welcome|have to|must) (?!only\b)",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"^(?:now it is|it is now|the (?:call|conversation) is in|current (?:date|time))\b", re.IGNORECASE
)


def read_facts(prompt: str) -> list[Fact]:
    """Split a prompt into its statements; orders to the model are left out, `You are X` becomes `I am X`."""
    facts: list[Fact] = []
    section, question, after_gap, passing = "", "", False, False
    for line in _joined_lines(prompt):
        item = re.sub(r"^(?:[-*•+]|\d+[.)])\s+", "", line)
        if not line:
            after_gap = True
            continue
        # A heading that is only a line with a colon rules the list under it, not the paragraphs after that.
        if passing and after_gap and item == line:
            section = ""
        after_gap = False
        heading = re.fullmatch(r"#+\s*(.+?)\s*#*|\*\*(.+?)\*\*:?|([A-Z][\w' ]{2,40}):", line)
        if heading:
            section = next(part for part in heading.groups() if part).strip(" :")
            passing = not line.startswith("#")
            continue
        bare = re.sub(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}", "", item).strip()
        if asked := re.match(r"(?:Q|Question):\s*(.+)", bare):
            question = asked[1]
            continue
        if told := re.match(r"(?:A|Answer):\s*(.+)", bare):
            facts.append(Fact(told[1], f"{section} {question}".strip()))
            continue
        facts.extend(_stated(bare, section, is_item=item != line))
    return facts


def best_matches(question: str, facts: Sequence[Fact], context: str = "") -> list[Match]:
    """Facts by how well they answer, best first; `context` is what was talked about before and counts less."""
    documents = [tokens(f"{fact.section} {fact.text}") for fact in facts]
    known = {token for document in documents for token in document}
    asked = _weights(question, context, Rarity(documents), known)
    # Every fact is about the shop: its name and kind in a question choose none.
    about_itself = {t for fact in facts if fact.text.startswith(ABOUT_ITSELF) for t in tokens(fact.text)}
    asked = {token: weight * (0.4 if token in about_itself else 1.0) for token, weight in asked.items()}
    total = sum(asked.values())
    kinds, own = wished_kinds(question), set(tokens(question))
    if not total:
        # `Where can I find you?` has no word of its own: its kind is all there is.
        hits = [sum(has_any(token, document) for token in kinds) for document in documents]
        ranked = sorted(zip(hits, facts, strict=True), key=lambda pair: -pair[0])
        return [Match(fact, 0.6) for hit, fact in ranked if hit][:1]
    matches = []
    for fact, document in zip(facts, documents, strict=True):
        held, direct = set(document), set(tokens(fact.text))
        met = {token: weight for token, weight in asked.items() if has_any(token, held)}
        if not met:
            continue
        score = sum(weight * _closeness(token, direct, held) for token, weight in met.items()) / total
        if own and not own & met.keys():
            score *= 0.5
        # The kind of question chooses between facts about its subject; alone it finds none.
        if score >= 0.5 and any(has_any(token, held) for token in kinds):
            score += 0.2
        # Of two facts that say as much about the question, the shorter one says less besides.
        matches.append(Match(fact, score - 0.002 * len(document)))
    return sorted(matches, key=lambda match: -match.score)


def _closeness(token: str, direct: set[str], held: set[str]) -> float:
    """The word itself in the fact counts whole, in its heading a little less, a word that means the same less."""
    return 1.0 if token in direct else 0.8 if token in held else 0.7


_THINGS = re.compile(
    r"\b(?:an?|my|our|your|the|some|any|for|of|sell|have|buy) ([^\W\d_][\w'-]+)", re.IGNORECASE
)
_MEASURES = re.compile(
    r"\bhow (old|tall|big|heavy|high|wide|deep|large|many|strong|hot|cold)\b", re.IGNORECASE
)


def _weights(question: str, context: str, rarity: Rarity, known: set[str]) -> dict[str, float]:
    """What each word of the question weighs: of unknown words a proper name most, a thing more than what happened to it."""
    asked = {}
    doubtful = _doubtful(question, known)
    for token in tokens(question):
        if has_any(token, known):
            weight = min(rarity.of(other) for other in alike(token) if other in known)
        else:
            weight = max(rarity.of(other) for other in alike(token)) * doubtful.get(token, 0.5)
        asked[token] = 0.4 * weight if says_little(token) else weight
    for token in tokens(context):
        if has_any(token, known):
            asked.setdefault(token, 0.4 * rarity.of(token))
    return asked


def _doubtful(question: str, known: set[str]) -> dict[str, float]:
    """How much a word counts that no fact has, where it is more than a word by the way."""
    counts = dict.fromkeys((token for thing in _THINGS.findall(question) for token in tokens(thing)), 0.75)
    words = [tokens(word) for word in raw_words(question)]
    # The first half of "loyalty card" says which card.
    pairs = ((one[0], two[0]) for one, two in pairwise(words) if one and two)
    counts |= {first: 0.9 for first, second in pairs if has_any(second, known)}
    names = re.findall(r"(?<=[a-z,] )[A-Z][\w'-]+", question) + _MEASURES.findall(question)
    return counts | dict.fromkeys((token for name in names for token in tokens(name)), 1.3)


def _stated(text: str, section: str, *, is_item: bool) -> list[Fact]:
    """The facts in one paragraph or list item."""
    if (
        re.match(r"[^.!?:]{2,60}:\s+\S", text)
        and (is_item or len(split_sentences(text)) == 1)
        and not _is_order(text)
        and not _is_rules(section)
    ):
        return [Fact(text, section)]
    facts = []
    for sentence in split_sentences(text):
        own = _as_own(sentence)
        if passed := _PASSED_ON.match(sentence):
            facts.append(Fact(passed[1], section))
        elif own is not None:
            facts.append(Fact(own, section))
        elif _NOW.match(sentence):
            continue
        elif not _is_order(sentence) and not _is_rules(section) and len(tokens(sentence)) > 1:
            facts.append(Fact(sentence, section))
    return facts


def _as_own(sentence: str) -> str | None:
    """What the prompt says about the one it talks to, in the first person."""
    match = re.match(r"You(?: are|'re) ((?:an?|the|[A-Z])\b.*)", sentence)
    if match:
        return "I am " + re.split(r",? (?:and|who|that|which) (?:you|your|must|should)\b", match[1])[0]
    if helps := _ANSWERS_FOR.match(sentence):
        return f"I am the assistant of {helps[1]}"
    named = re.match(r"Your name is (.+)", sentence)
    return f"My name is {named[1]}" if named else None


def _is_order(sentence: str) -> bool:
    words = raw_words(sentence)
    if not words:
        return True
    # "Call us before you come" and "If you are late, we wait" are said to customers.
    to_customers = _MAY.match(sentence) or (words[0] != "you" and _TO_CUSTOMERS.search(sentence))
    if to_customers and words[0] not in _MANNERS and not _TO_THE_MODEL.search(sentence):
        return False
    # "Call number: …" and "Address: …" are labels, not orders.
    label = re.match(r"[^.!?]{2,40}:\s", sentence)
    return words[0] in _ORDERS and not (
        label and words[0] not in {"if", "when", "never", "always", "do", "you"}
    )


def _is_rules(section: str) -> bool:
    named = any(token in _RULE_HEADINGS for token in tokens(section))
    return named or section.casefold().startswith(("how to", "how you"))


def _joined_lines(prompt: str) -> list[str]:
    """Lines of the prompt with wrapped paragraphs and list items put together again; empty ones between them."""
    joined: list[str] = []
    fresh = True
    for raw in prompt.splitlines():
        line = raw.strip()
        starts = re.match(
            r"#|[-*•+]\s|\d+[.)]\s|\*\*|(?:Q|A|Question|Answer):|[A-Z][\w' ]{1,40}:(?:\s|$)", line
        )
        if not line:
            fresh = True
            joined.append("")
        elif fresh or starts or joined[-1].startswith("#") or joined[-1].endswith(":"):
            joined.append(line)
            fresh = False
        else:
            joined[-1] += " " + line
    return joined
