"""Turn a draft into a form that people fill in, and back. Pure. Parts of a draft that the form does not send stay as they are."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from voicebot.console.library.draft_fields import (
    LISTS,
    NO,
    NUMBERS,
    PLACES,
    ROWS,
    SWITCHES,
    TEXTS,
    YES,
    default_of,
    field_of,
)
from voicebot.console.library.tool_rows import row_of, tool_of
from voicebot.domain.call.setup import BUILT_IN_TOOLS
from voicebot.domain.templates.fact import fact_of, question_and_answer
from voicebot.domain.templates.template import CallTemplate

Form = dict[str, Any]
"""The fields of the form by their names: texts, lists of lines as one text, and rows as lists of dicts."""
Written = dict[str, Any]
Hours = tuple[str, str, str]
"""The fields of opening hours: time zone, week, days off."""

_HOURS: Hours = ("timezone", "week", "holidays")
_TRANSFER_HOURS: Hours = ("transfer_timezone", "transfer_week", "transfer_holidays")
_ALONE = (
    "transfer_to", "transfer_order", "timezone", "holidays", "transfer_timezone", "transfer_holidays", "closed_greeting",
    "closed_instead", "closed_text",
)  # fmt: skip
_LANGUAGE = {
    "relay_code": "code",
    "relay_speaker": "tts_provider",
    "relay_voice_of": "voice",
    "relay_listener": "transcription_provider",
    "relay_model_of": "speech_model",
}


def form_of(draft: CallTemplate) -> Form:
    """Return the form of a draft."""
    data = draft.written()
    transfer, closed = (data.get(name) or {} for name in ("transfer", "closed"))
    return {
        **{name: _dig(data, path) for name, path in (TEXTS | NUMBERS).items()},
        **{name: _switch(data, path) for name, path in SWITCHES.items()},
        "languages": ", ".join(data.get("languages", ())),
        "tags": ", ".join(data.get("tags", ())),
        "hints": "\n".join(data.get("limits", {}).get("hints", ())),
        "facts": [
            dict(zip(ROWS["facts"], question_and_answer(fact), strict=True)) for fact in data.get("facts", ())
        ],
        "pronunciations": [dict(row) for row in data.get("pronunciations", ())],
        "variables": [
            {"variable": name, "value": value} for name, value in data.get("variables", {}).items()
        ],
        "tools": list(BUILT_IN_TOOLS if draft.tools is None else draft.tools),
        "own_tools": [row_of(tool) for tool in data.get("own_tools", ())],
        "record": draft.record,
        "transfer_to": "\n".join(transfer.get("to", ())),
        "transfer_order": transfer.get("order", "in_turn"),
        **_hours_shown(transfer.get("hours") or {}, _TRANSFER_HOURS),
        **_hours_shown(data.get("hours") or {}, _HOURS),
        "closed_greeting": closed.get("greeting", ""),
        "closed_instead": closed.get("instead_of_transfer", "message"),
        "closed_text": closed.get("text", ""),
        "relay_languages": [_language_shown(one) for one in (data.get("relay") or {}).get("languages", ())],
    }


def read_form(sent: Mapping[str, Sequence[str]]) -> Form:
    """Return the form as it was sent: every value of each field, without empty rows.

    A field that was not sent is missing here, so that a page of another version removes nothing that it does not show.
    Rows whose numbers are sent as `own_tools_gone` are removed.
    """

    def one(name: str) -> str:
        return _typed(next(iter(sent.get(name, ())), ""))

    names = (*TEXTS, *NUMBERS, *LISTS, *SWITCHES, *_ALONE)
    form: Form = {name: one(name) for name in names if name in sent}
    for name, columns in ROWS.items():
        if columns[0] in sent:
            values = [[_typed(text) for text in sent.get(column, ())] for column in columns]
            gone = sent.get(f"{name}_gone", ())
            form[name] = [
                dict(zip(columns, row, strict=True))
                for number, row in enumerate(zip_longest(*values, fillvalue=""))
                if any(row) and str(number) not in gone
            ]
    return form | {"tools": list(sent.get("tools", ())), "record": bool(one("record"))}


def written_by(form: Form, draft: CallTemplate) -> Written:
    """Return the draft as people write it, with what the form says; its rules are not checked here."""
    form = form_of(draft) | form
    data: Written = draft.written()
    for name, path in TEXTS.items():
        _put(data, path, form[name])
    for name, path in NUMBERS.items():
        if path[0] != "transfer" or form["transfer_to"]:
            _put(data, path, _number(form[name]))
    for name, path in SWITCHES.items():
        _put_switch(data, path, form[name])
    for name, path in LISTS.items():
        _put(data, path, _lines(form[name] if name == "hints" else form[name].replace(",", "\n")))
    _put(data, ("facts",), [fact_of(row["question"], row["answer"]) for row in form["facts"]])
    _put(data, ("pronunciations",), form["pronunciations"])
    _put(data, ("variables",), {row["variable"]: row["value"] for row in form["variables"]})
    _put(data, ("relay", "languages"), [_language_written(row) for row in form["relay_languages"]])
    _put(data, ("own_tools",), [tool_of(row) for row in form["own_tools"]])
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
    _put(data, ("transfer", "hours"), _hours_written(form, _TRANSFER_HOURS))


def _hours(data: Written, form: Form) -> None:
    _put(data, ("hours",), _hours_written(form, _HOURS))
    data.pop("closed", None)
    if form["closed_greeting"] or form["closed_text"] or form["closed_instead"] == "text":
        data["closed"] = {
            "greeting": form["closed_greeting"],
            "instead_of_transfer": form["closed_instead"],
            "text": form["closed_text"],
        }


def _hours_shown(hours: Written, names: Hours) -> Form:
    timezone, week, holidays = names
    days, spans = ROWS[week]
    return {
        timezone: hours.get("timezone", ""),
        week: [{days: each, spans: when} for each, when in hours.get("week", {}).items()],
        holidays: "\n".join(hours.get("holidays", ())),
    }


def _hours_written(form: Form, names: Hours) -> Written:
    timezone, week, holidays = names
    days, spans = ROWS[week]
    rows = {row[days]: row[spans] for row in form[week]}
    off = _lines(form[holidays])
    if not (rows or form[timezone] or off):
        return {}
    return {"timezone": form[timezone], "week": rows} | ({"holidays": off} if off else {})


def _language_shown(one: Written) -> dict[str, str]:
    row = {column: str(one.get(key) or "") for column, key in _LANGUAGE.items()}
    return row | {"relay_hints": ", ".join(one.get("hints", ()))}


def _language_written(row: Mapping[str, str]) -> Written:
    written: Written = {key: row[column] for column, key in _LANGUAGE.items() if row[column]}
    hints = _lines(row["relay_hints"].replace(",", "\n"))
    return written | ({"hints": hints} if hints else {})


def errors_of(problems: Sequence[str]) -> dict[str, str]:
    """Return the faults by the form's fields; a fault of no field has the empty name."""
    found: dict[str, str] = {}
    for problem in problems:
        place, mark, words = problem.partition(": ")
        known = bool(mark) and place.partition(".")[0] in CallTemplate.model_fields
        inner, _, rest = words.partition(": ")
        if known and rest and f"{place}.{inner}" in PLACES:
            # What is wrong with a part as a whole names the field that is to be mended.
            place, words = f"{place}.{inner}", rest
        name, told = (field_of(place), words) if known else ("", problem)
        found.setdefault(name, f"{told[:1].upper()}{told[1:]}.")
    return found


def _typed(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _number(text: Any) -> Any:
    """Return a number, or the text as it was written, so that the rules refuse it."""
    if not isinstance(text, str):
        return text
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


def _switch(data: Written, path: Sequence[str]) -> str:
    for step in path[:-1]:
        data = data.get(step) or {}
    value = data.get(path[-1], default_of(tuple(path)))
    return "" if value is None else YES if value else NO


def _put_switch(data: Written, path: Sequence[str], said: str) -> None:
    value = {YES: True, NO: False}.get(said)
    usual = default_of(tuple(path))
    if value is None or value == usual:
        _put(data, path, None)
        return
    _put(data, path, YES)
    above = data
    for step in path[:-1]:
        above = above[step]
    above[path[-1]] = value


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
