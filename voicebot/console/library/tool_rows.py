"""A tool of one's own as a row of the form, and back: pure. Its arguments are lines, as `day: The day` and `note?: What else`."""

from collections.abc import Mapping
from typing import Any

COLUMNS = {
    "tool_name": "name",
    "tool_description": "description",
    "tool_url": "url",
    "tool_arguments": "arguments",
    "tool_timeout_s": "timeout_s",
    "tool_needs_code": "needs_code",
}
"""The columns of a row with the keys of a tool that they show; `optional` is in the lines of the arguments."""
OPTIONAL = "?"


def row_of(tool: Mapping[str, Any]) -> dict[str, str]:
    """Return the row of a tool as a template has it written."""
    optional = tool.get("optional", ())
    lines = (
        f"{name}{OPTIONAL if name in optional else ''}: {words}"
        for name, words in tool.get("arguments", {}).items()
    )
    return {
        **{column: str(tool.get(key, "")) for column, key in COLUMNS.items()},
        "tool_arguments": "\n".join(lines),
        "tool_timeout_s": f"{tool['timeout_s']:g}" if "timeout_s" in tool else "",
        "tool_needs_code": "yes" if tool.get("needs_code") else "",
    }


def tool_of(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the tool that a row describes, as it is written in a template; its rules are not checked here."""
    arguments: dict[str, str] = {}
    optional = []
    for line in filter(None, map(str.strip, row["tool_arguments"].split("\n"))):
        name, _, words = (each.strip() for each in line.partition(":"))
        if name.endswith(OPTIONAL):
            name = name.removesuffix(OPTIONAL).strip()
            optional.append(name)
        # A repeated name is refused by a rule of its own, because the second tool would replace the first.
        arguments[f"{name} twice" if name in arguments else name] = words
    tool: dict[str, Any] = {
        "name": row["tool_name"], "description": row["tool_description"], "url": row["tool_url"],
        "arguments": arguments, "optional": optional, "needs_code": bool(row["tool_needs_code"]),
    }  # fmt: skip
    # What is no number stays, for the rules to refuse.
    return tool | ({"timeout_s": row["tool_timeout_s"]} if row["tool_timeout_s"] else {})
