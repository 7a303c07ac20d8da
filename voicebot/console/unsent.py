"""A form that was sent after its session had ended: its values pass through the sign-in and are in the form again
afterwards.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from voicebot.domain.json_text import read_json

FIELD = "unsent"
MOST_BYTES = 128 * 1024
"""Of a form; a larger one does not come along."""
WITH_UNSENT_BYTES = 4 * MOST_BYTES
"""Of a sign-in with such a form: sent anew, a character may take several bytes."""
NOT_KEPT = ("form_token", "password", "code", FIELD)


@dataclass(frozen=True)
class Unsent:
    """Where a form was to go, and the values of its fields."""

    path: str
    typed: Mapping[str, Sequence[str]]


def sent_form() -> MultiDict[str, str]:
    """Return the form of the request; an empty one where it is larger than is read."""
    try:
        return request.form
    except RequestEntityTooLarge:
        return MultiDict()


def unsent_form() -> str:
    """Return the form of the request as the sign-in hands it on; blank where there is none, or where another site may have sent it."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") != "same-origin":
        return ""
    typed = {name: values for name, values in sent_form().lists() if name not in NOT_KEPT}
    written = json.dumps({"path": request.path, "typed": typed}, ensure_ascii=False)
    return written if typed and len(written.encode()) <= MOST_BYTES else ""


def read_unsent(written: str) -> Unsent | None:
    """Return the form that came along; None: there is none."""
    try:
        said = read_json(written) if written else None
    except ValueError:
        return None
    match said:
        case {"path": str(path), "typed": dict(typed)} if all(
            isinstance(values, list) and all(isinstance(one, str) for one in values)
            for values in typed.values()
        ):
            return Unsent(path, typed)
    return None
