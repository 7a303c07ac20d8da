"""Every prompt as it is written, with its placeholders and when it is used."""

from dataclasses import dataclass

from voicebot import prompts

USED = {
    "call": "In every call: our own rules, and below them the template.",
    "text": "In every thread of texts.",
    "assistant": "The template of a number that has none.",
    "line": "A template without a prompt of its own.",
    "continue": "When an answer was cut off by the model's limit.",
    "aside": "When somebody asks something while questions of the onboarding are open.",
    "onboarding_answer": "To find a name and a place in what somebody wrote.",
    "opt_out": "To tell whether a text asks to be left alone, where the words alone do not.",
    "sound": "Beside the template's, where it says how words are pronounced and which to expect.",
    "summary": "After each call.",
    "summary_goal": "After a call that was to reach something.",
}


@dataclass(frozen=True)
class Prompt:
    """One prompt: `pieces` are its words, and the names of placeholders, which are marked by True."""

    name: str
    used: str
    pieces: tuple[tuple[str, bool], ...]


def all_prompts() -> list[Prompt]:
    """Return every prompt, those of calls and texts first."""
    order = list(USED)
    names = sorted(
        prompts.names(), key=lambda name: (order.index(name) if name in order else len(order), name)
    )
    return [Prompt(name, USED.get(name, ""), tuple(prompts.pieces(name))) for name in names]
