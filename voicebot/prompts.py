"""What the model is told: the texts of `prompts/`, their placeholders filled strictly."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "prompts"
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class PromptError(Exception):
    """A prompt was filled with too little or too much."""


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def names() -> list[str]:
    """Return the names of all prompts."""
    return sorted(file.stem for file in FOLDER.glob("*.md"))


def pieces(name: str) -> list[tuple[str, bool]]:
    """Return a prompt in pieces, as it is written: words, and names of placeholders, which are marked by True."""
    cut = _PLACEHOLDER.split(_text(name))
    return [(piece, number % 2 == 1) for number, piece in enumerate(cut) if piece]


def placeholders(name: str) -> set[str]:
    """Return the names that `prompts/<name>.md` wants filled."""
    return set(_PLACEHOLDER.findall(_text(name)))


def render(name: str, **values: str) -> str:
    """Return the prompt with its placeholders filled. Raises PromptError when names are missing or left over."""
    wanted = placeholders(name)
    if wanted != set(values):
        raise PromptError(f"prompts/{name}.md wants {sorted(wanted)}, got {sorted(values)}")
    # One pass: a value that looks like a placeholder stays as it is.
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], _text(name)).strip()
