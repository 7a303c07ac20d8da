"""The prompt's information about the person: who they are, and earlier talks with them."""

import re

_KNOWN = re.compile(r"\b(first name|last name|location): ([^;.\n]+)")
_MEMORY = re.compile(
    r"^- (\d{4}-\d\d-\d\d \d\d:\d\d) UTC(?: (call|text (?:from|to) the caller))?: (.+)$", re.M
)
_ABOUT_PERSON = re.compile(
    r"\b(?:number|caller) is (?:not )?verified\b|^What was said before|^Their last calls|^- \d{4}-\d\d-\d\d \d\d:\d\d UTC"
)
_WHO = re.compile(r"\bwho am i\b|\b(?:what(?:'s| is)|say|know) my (?:first |last |full )?name\b", re.I)
_WHERE = re.compile(
    r"\bwhere (?:do|did) i (?:live|say i live)\b|\bwhat(?:'s| is) my (?:city|town|location|place)\b", re.I
)
_BEFORE = re.compile(
    r"\bwhat (?:did|was it that) (?:i|we|you) (?:just |last )?(?:ask|say|said|tell|text|write|want|talk)"
    r"|\bwhat (?:did we|have we) (?:talk|discuss)|\b(?:our|my) (?:last|earlier|previous) (?:call|talk|texts?|conversation)\b",
    re.I,
)


def without_person(prompt: str) -> str:
    """Return the prompt without the lines that tell of the person: they are no facts to be recited."""
    return "\n".join(line for line in prompt.splitlines() if not _ABOUT_PERSON.search(line.strip()))


def answer_about_person(question: str, prompt: str) -> str:
    """Return the answer to what somebody asks about themselves; blank where the prompt does not tell."""
    known = {name: value.strip() for name, value in _KNOWN.findall(prompt)}
    name = " ".join(filter(None, (known.get("first name"), known.get("last name"))))
    if _WHO.search(question) and name:
        return f"You are {name}."
    if _WHERE.search(question) and "location" in known:
        return f"You told me that you live in {known['location']}."
    if _BEFORE.search(question):
        return _remembered(
            _MEMORY.findall(prompt), texts=re.search(r"\b(?:text|write|wrote)", question, re.I) is not None
        )
    return ""


def _remembered(memories: list[tuple[str, str, str]], *, texts: bool) -> str:
    """Return the newest of what was said before, of the channel that was asked for."""
    chosen = [
        (at, said)
        for at, how, said in memories
        if (how == "text from the caller" if texts else not how.startswith("text"))
    ]
    if not chosen:
        return ""
    _, said = max(chosen, key=lambda memory: memory[0])
    where = "You texted" if texts else "On the phone"
    return f"{where}: {_to_you(said)}"


def _to_you(told: str) -> str:
    """Say to callers what was written about them."""
    told = re.sub(r"\bThe caller\b(?=:? )", "you", told.strip())
    return re.sub(r"\band was (?=told|connected)", "and were ", told)
