"""A draft as a form that people fill in, and back: pure. What the form does not show of a draft stays as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.domain.call.setup import BUILT_IN_TOOLS
from voicebot.domain.templates.fact import fact_of, question_and_answer
from voicebot.domain.templates.template import CallTemplate

Form = dict[str, Any]
"""The fields of the form by their names: texts, lists of lines as one text, and rows as lists of dicts."""
Written = dict[str, Any]

TEXTS = (
    "name", "description", "voice", "greeting", "prompt", "goal", "recording_announcement", "bot_is_back", "voicemail_message",
    "identity", "call_purpose", "transport", "engine", "engine_voice", "onboarding", "on_voicemail", "voicemail_again",
)  # fmt: skip
ROWS = {
    "facts": ("question", "answer"),
    "pronunciations": ("word", "say"),
    "variables": ("variable", "value"),
    "week": ("days", "spans"),
}
"""Rows of the form with their two columns, each a field that is sent several times."""
NUMBERS = {
    "patience": ("limits", "turns", "patience"),
    "interrupt_ms": ("limits", "turns", "interrupt_ms"),
    "silence_timeout_s": ("limits", "silence_timeout_s"),
    "max_duration_s": ("limits", "max_duration_s"),
    "ring_s": ("transfer", "ring_s"),
}
"""Fields that hold a number, with where it stands in a template."""
PLACES = {
    "limits.turns": "patience",
    "limits.hints": "hints",
    "limits": "patience",
    "transfer.to": "transfer_to",
    "transfer.order": "transfer_order",
    "transfer.ring_s": "ring_s",
    "transfer": "transfer_to",
    "hours.timezone": "timezone",
    "hours.holidays": "holidays",
    "hours": "week",
    "closed.greeting": "closed_greeting",
    "closed.text": "closed_text",
    "closed": "closed_greeting",
} | {".".join(path): name for name, path in NUMBERS.items()}
"""Which field of the form shows what stands at a place of a template; any other place has its own name."""


def form_of(draft: CallTemplate) -> Form:
    """Return the form of a draft."""
    data = draft.written()
    transfer, hours, closed = (data.get(name) or {} for name in ("transfer", "hours", "closed"))
    return {
        **{name: data.get(name, "") for name in TEXTS},
        **{name: _dig(data, path) for name, path in NUMBERS.items()},
        "languages": ", ".join(data.get("languages", ())),
        "hints": "\n".join(data.get("limits", {}).get("hints", ())),
        "facts": [
            dict(zip(ROWS["facts"], question_and_answer(fact), strict=True)) for fact in data.get("facts", ())
        ],
        "pronunciations": [dict(row) for row in data.get("pronunciations", ())],
        "variables": [
            {"variable": name, "value": value} for name, value in data.get("variables", {}).items()
        ],
        "tools": list(BUILT_IN_TOOLS if draft.tools is None else draft.tools),
        "record": draft.record,
        "transfer_to": "\n".join(transfer.get("to", ())),
        "transfer_order": transfer.get("order", "in_turn"),
        "timezone": hours.get("timezone", ""),
        "week": [{"days": days, "spans": spans} for days, spans in hours.get("week", {}).items()],
        "holidays": "\n".join(hours.get("holidays", ())),
        "closed_greeting": closed.get("greeting", ""),
        "closed_instead": closed.get("instead_of_transfer", "message"),
        "closed_text": closed.get("text", ""),
    }


def read_form(sent: Mapping[str, Sequence[str]]) -> Form:
    """Return the form as it was sent: every value of each field. Rows of which nothing was written are left out."""

    def one(name: str) -> str:
        return next(iter(sent.get(name, ())), "").replace("\r\n", "\n").strip()

    names = (
        *TEXTS, *NUMBERS, "languages", "hints", "transfer_to", "transfer_order", "timezone", "holidays",
        "closed_greeting", "closed_instead", "closed_text",
    )  # fmt: skip
    form: Form = {name: one(name) for name in names}
    for name, columns in ROWS.items():
        first, second = ([text.strip() for text in sent.get(column, ())] for column in columns)
        form[name] = [
            dict(zip(columns, pair, strict=True)) for pair in zip(first, second, strict=False) if any(pair)
        ]
    return form | {"tools": list(sent.get("tools", ())), "record": bool(one("record"))}


def written_by(form: Form, draft: CallTemplate) -> Written:
    """Return the draft as people write it, with what the form says; its rules are not checked here."""
    data: Written = draft.written()
    for name in TEXTS:
        _put(data, (name,), form[name])
    for name, path in NUMBERS.items():
        if path[0] != "transfer" or form["transfer_to"]:
            _put(data, path, _number(form[name]))
    _put(data, ("languages",), _lines(form["languages"].replace(",", "\n")))
    _put(data, ("limits", "hints"), _lines(form["hints"]))
    _put(data, ("facts",), [fact_of(row["question"], row["answer"]) for row in form["facts"]])
    _put(data, ("pronunciations",), form["pronunciations"])
    _put(data, ("variables",), {row["variable"]: row["value"] for row in form["variables"]})
    data.pop("tools", None)
    if set(form["tools"]) != set(BUILT_IN_TOOLS):
        data["tools"] = form["tools"]
    _put(data, ("record",), form["record"])
    _transfer(data, form)
    _hours(data, form)
    return data


def _transfer(data: Written, form: Form) -> None:
    if not form["transfer_to"]:
        data.pop("transfer", None)
        return
    _put(data, ("transfer", "to"), _lines(form["transfer_to"]))
    _put(data, ("transfer", "order"), form["transfer_order"])


def _hours(data: Written, form: Form) -> None:
    week = {row["days"]: row["spans"] for row in form["week"]}
    data.pop("hours", None)
    data.pop("closed", None)
    if week or form["timezone"] or form["holidays"]:
        hours = {"timezone": form["timezone"], "week": week, "holidays": _lines(form["holidays"])}
        data["hours"] = {name: value for name, value in hours.items() if name != "holidays" or value}
    if form["closed_greeting"] or form["closed_text"] or form["closed_instead"] == "text":
        data["closed"] = {
            "greeting": form["closed_greeting"],
            "instead_of_transfer": form["closed_instead"],
            "text": form["closed_text"],
        }


def field_of(place: str) -> str:
    """Return the field of the form that shows a place of a template, with the number of its row: `facts.3`."""
    longest = max(
        (known for known in PLACES if place == known or place.startswith(f"{known}.")), key=len, default=""
    )
    if longest:
        return PLACES[longest]
    name, _, rest = place.partition(".")
    row = rest.partition(".")[0]
    return f"{name}.{row}" if row.isdigit() and name in ROWS else name


def errors_of(problems: Sequence[str]) -> dict[str, str]:
    """Return what is wrong by the form's fields; what is about no field is at the empty name."""
    found: dict[str, str] = {}
    for problem in problems:
        place, mark, words = problem.partition(": ")
        known = bool(mark) and place.partition(".")[0] in CallTemplate.model_fields
        name, told = (field_of(place), words) if known else ("", problem)
        found.setdefault(name, f"{told[:1].upper()}{told[1:]}.")
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _number(text: str) -> Any:
    """What is no number stays as it was written, for the rules to refuse."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _dig(data: Written, path: Sequence[str]) -> Any:
    for step in path:
        data = data.get(step) or {}
    return "" if data == {} else data


def _put(data: Written, path: Sequence[str], value: Any) -> None:
    """Set a value, or take it out where there is none, with whatever is empty above it."""
    above = data
    for step in path[:-1]:
        above = above.setdefault(step, {})
    if value in ("", None, [], {}, False):
        above.pop(path[-1], None)
    else:
        above[path[-1]] = value
    if len(path) > 1 and not above:
        _put(data, path[:-1], None)
