"""A form that was refused, on its page once more: with what was typed into it, and what to do beside the field. Pure.

It works on the HTML of the page, so that every form keeps what somebody typed without a word about it in its template.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from html.parser import HTMLParser

from voicebot.console.words import with_code

FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.S)
DETAILS = re.compile(r"<details\b[^>]*>|</details>")
UNTOUCHED = ("form_token", "form_key")
"""The page as it is now knows these better."""
SEEN = ("version", "revision", "was")
"""The version that the user saw when typing: a newer one only after the page has reported the change."""
UNKEPT = ("password", "file", "submit", "button", "image")
TICKED = ("checkbox", "radio")
PROBLEM = "form-problem"

Typed = Mapping[str, Sequence[str]]


def form_again(
    page: str, action: str, typed: Typed, message: str, field: str = "", *, has_changed: bool = False
) -> str | None:
    """Return the page with the form for `action` filled in and the message beside `field`, or before the first field;
    None when the page has no such form.

    Of several forms it is the one with the sent fields and the same fixed values. `has_changed` says that somebody else
    was first, so the form refers to the present version.
    """
    forms = [found for found in FORM.finditer(page) if f'action="{escape(action)}"' in found[0]]
    if not forms:
        return None
    meant = max(forms, key=lambda found: _likeness(found[0], typed))
    filler = _Filler(typed, field, (*UNTOUCHED, *SEEN) if has_changed else UNTOUCHED)
    filler.feed(meant[0])
    filler.close()
    told = f'<p id="{PROBLEM}" class="problem" role="alert" tabindex="-1">{with_code(message)}</p>'
    before = page[: meant.start()]
    return f"{_opened(before)}{filler.result(told)}{page[meant.end() :]}"


def _likeness(form: str, typed: Typed) -> tuple[int, int]:
    sent = [(escape(name), escape(value)) for name, values in typed.items() for value in values]
    fixed = sum(f'name="{name}" value="{value}"' in form for name, value in sent)
    return sum(f'name="{name}"' in form for name, _ in sent), fixed


def _opened(before: str) -> str:
    """Open what the form is folded away in."""
    folds: list[re.Match[str]] = []
    for found in DETAILS.finditer(before):
        if found[0] == "</details>":
            folds = folds[:-1]
        else:
            folds.append(found)
    for fold in reversed(folds):
        if " open" not in fold[0]:
            before = f"{before[: fold.end() - 1]} open{before[fold.end() - 1 :]}"
    return before


class _Filler(HTMLParser):
    """Writes a form as it stands, but for the values of its fields."""

    def __init__(self, typed: Typed, field: str, untouched: Sequence[str]) -> None:
        super().__init__(convert_charrefs=False)
        self._typed, self._field, self._untouched = typed, field, untouched
        self._left: dict[str, Iterator[str]] = {name: iter(values) for name, values in typed.items()}
        self._written: list[str] = []
        self._chosen: Sequence[str] | None = None
        self._is_in_text = self._is_told = False
        self._owes_message, self._place = "", 0

    def result(self, told: str) -> str:
        """Return the form with the message in its place."""
        # Before everything but the form's own tag, unless the field is there.
        place = self._place or 1
        if self._place:
            told = told.replace("<p ", "<span ").replace("</p>", "</span>")
        return "".join([*self._written[:place], told, *self._written[place:]])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write it, with what was typed where it is a field."""
        held = dict(attrs)
        name = held.get("name") or ""
        mends = tag in ("input", "select", "textarea") and name not in self._untouched
        if tag == "option" and self._chosen is not None and "value" in held:
            self._set(held, "selected", (held["value"] or "") in self._chosen)
        elif mends:
            self._fill(tag, name, held)
        self._write(tag, held)
        if mends and name == self._field and name and not self._is_told and held.get("type") != "hidden":
            self._is_told = True
            self._owes_message = tag
        if tag == "input":
            self._pay(tag)

    def _fill(self, tag: str, name: str, held: dict[str, str | None]) -> None:
        kind = held.get("type") or ""
        if name == self._field and not self._is_told and kind != "hidden":
            held |= {"aria-invalid": "true", "aria-describedby": PROBLEM, "autofocus": None}
        if tag == "select":
            self._chosen = self._typed.get(name)
        elif kind in TICKED:
            self._set(held, "checked", (held.get("value") or "on") in self._typed.get(name, ()))
        elif kind not in UNKEPT and (value := next(self._left.get(name, iter(())), None)) is not None:
            if tag == "textarea":
                self._is_in_text, self._written_text = True, value
            else:
                held["value"] = value

    def handle_endtag(self, tag: str) -> None:
        """Write it."""
        if tag == "textarea" and self._is_in_text:
            # A line break that comes first is not part of the text.
            self._written.append("\n" + escape(self._written_text, quote=False))
            self._is_in_text = False
        if tag == "select":
            self._chosen = None
        self._written.append(f"</{tag}>")
        self._pay(tag)

    def handle_data(self, data: str) -> None:
        """Write what stands between tags, but in a text that was typed anew."""
        if not self._is_in_text:
            self._written.append(data)

    def handle_entityref(self, name: str) -> None:
        """Write it as it was."""
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Write it as it was."""
        self.handle_data(f"&#{name};")

    def _pay(self, tag: str) -> None:
        if self._owes_message == tag:
            self._place, self._owes_message = len(self._written), ""

    @staticmethod
    def _set(held: dict[str, str | None], name: str, is_set: bool) -> None:
        held.pop(name, None)
        if is_set:
            held[name] = None

    def _write(self, tag: str, held: Mapping[str, str | None]) -> None:
        words = "".join(
            f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in held.items()
        )
        self._written.append(f"<{tag}{words}>")
