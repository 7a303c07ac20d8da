"""A dental practice's prompt, the tools of a call, and ways to talk with the stand-in model about them."""

from typing import Any

from simulator.providers.brain.brain import Thought, think

PROMPT = """You are the telephone assistant of Harbour Dental, a small dental practice.

## Facts
- Opening hours: Monday to Friday from nine to five. On Saturdays we are closed.
- Address: 12 Quay Street, next to the old lighthouse.
- A check-up costs 80 dollars and takes thirty minutes.
- Parking is free in the courtyard.
- Dr. Elena Ruiz and Dr. Tom Baker are our dentists.

## How to behave
Never give medical advice. Answer in one or two short sentences about pizza.
If the caller wants a person, use the transfer tool.
"""


def tool(
    name: str, description: str, /, required: list[str] | None = None, **properties: dict[str, Any]
) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


def text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


TOOLS = [
    tool("end_call", "End the call after saying goodbye. Use it when the caller is done."),
    tool(
        "transfer",
        "Connect the caller with a human colleague.",
        [],
        reason=text("Why the caller wants a person"),
    ),
    tool(
        "change_voice",
        "Speak with another voice when the caller asks for one.",
        [],
        wish=text("What the voice should be like"),
    ),
    tool(
        "take_message",
        "Write down a message for the staff.",
        message=text("The message, in the caller's words"),
    ),
]


def talk(*said: str, prompt: str = PROMPT) -> list[dict[str, Any]]:
    """A conversation in which user and assistant take turns."""
    turns = [{"role": "assistant" if n % 2 else "user", "content": words} for n, words in enumerate(said)]
    return [{"role": "system", "content": prompt}, *turns]


def ask(*said: str, prompt: str = PROMPT, tools: list[dict[str, Any]] | None = None) -> Thought:
    return think(talk(*said, prompt=prompt), TOOLS if tools is None else tools)
