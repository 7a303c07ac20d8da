"""A draft as a form: what is shown comes back as it was, and faults are told at the field that shows them."""

import pytest

from voicebot.console.library.draft_form import ROWS, errors_of, form_of, read_form, written_by
from voicebot.domain.templates.template import CallTemplate

FULL = {
    "name": "Shop", "description": "The bicycle shop.", "category": "repair", "tags": ["bikes"], "languages": ["en-US", "es-ES"],
    "voice": "Anna", "greeting": "Hello, {{line}}.", "facts": ["When do you close? At six.", "We repair bicycles."],
    "prompt": "Be kind.\nBe short.", "variables": {"day": "Monday", "street": "Elm"}, "tools": ["end_call"],
    "pronunciations": [{"word": "Saoirse", "say": "Seer-sha"}],
    "transfer": {"to": ["+12025550123", "+12025550124"], "order": "at_once", "ring_s": 30, "hours": {
        "timezone": "UTC", "week": {"mon": "09:00-10:00"}}},
    "hours": {"timezone": "Europe/Berlin", "week": {"mon-fri": "09:00-18:00", "sat": "10:00-13:00"}, "holidays": ["12-25"]},
    "closed": {"greeting": "We are closed.", "instead_of_transfer": "text", "text": "We call you."},
    "onboarding": "none", "record": True, "recording_announcement": "We record.", "bot_is_back": "{{line}} is back.", "on_voicemail": "leave_message",
    "voicemail_message": "Call us.", "voicemail_again": "daily", "detect_machines": False, "identity": "The shop.",
    "call_purpose": "Your bicycle.", "goal": "A day is named.", "transport": "relay", "relay": {"voice": "", "debugging": True},
    "limits": {"max_duration_s": 600, "silence_timeout_s": 5, "hints": ["Saoirse", "derailleur"], "speculation": False,
               "turns": {"patience": 1.5, "interrupt_ms": 700}, "pauses": {"open": 3}},
}  # fmt: skip


def sent(form):
    """The form as a browser sends it."""
    fields = {
        name: [str(value)] for name, value in form.items() if name not in (*ROWS, "tools", "record") and value
    }
    for name, columns in ROWS.items():
        for column in columns:
            fields[column] = [*(row[column] for row in form[name]), ""]
    return fields | {"tools": form["tools"]} | ({"record": ["on"]} if form["record"] else {})


@pytest.mark.parametrize("data", [FULL, {"name": "Shop"}, {"name": "Shop", "tools": []}], ids=str)
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(data):
    draft = CallTemplate.model_validate(data)

    again = written_by(read_form(sent(form_of(draft))), draft)

    assert CallTemplate.model_validate(again) == draft


def test_what_is_emptied_goes_and_what_is_written_comes():
    draft = CallTemplate.model_validate(FULL)
    form = form_of(draft) | {
        "greeting": "", "patience": "2", "transfer_to": "", "hints": "Odo\n\n", "week": [], "timezone": "", "holidays": "",
        "closed_greeting": "", "closed_instead": "message", "closed_text": "",
        "facts": [{"question": "Parking", "answer": "Behind the house."}], "pronunciations": [],
    }  # fmt: skip

    changed = CallTemplate.model_validate(written_by(read_form(sent(form)), draft))

    assert (changed.greeting, changed.transfer, changed.hours, changed.closed) == ("", None, None, None)
    assert changed.facts == ("Parking? Behind the house.",)
    assert (changed.limits.hints, changed.limits.turns.patience) == (("Odo",), 2.0)
    assert (changed.relay, changed.limits.pauses, changed.pronunciations) == (
        draft.relay,
        draft.limits.pauses,
        (),
    )


@pytest.mark.parametrize(
    ("problem", "field"),
    [
        ("facts.3: string should have at most 500 characters", "facts.3"),
        ("limits.turns.patience: input should be less than or equal to 3", "patience"),
        ("limits.hints.2: string should have at most 100 characters", "hints"),
        ("transfer.to.0: expected a phone number in E.164, like +12025550123", "transfer_to"),
        ("hours: mon stands twice in week", "week"),
        ("hours.timezone: expected a time zone like Europe/Berlin", "timezone"),
        ("pronunciations.1.say: string should have at least 1 character", "pronunciations.1"),
        ("variables.Day.[key]: string should match pattern", "variables"),
        ("name: string should have at least 1 character", "name"),
        ("expected keys like `name:`", ""),
        ("voice: there is no voice 'Anna'", "voice"),
    ],
)
def test_a_fault_is_told_at_the_field_that_shows_it(problem, field):
    assert list(errors_of([problem])) == [field]


def test_a_number_that_is_none_is_refused_and_not_lost():
    draft = CallTemplate.model_validate(FULL)
    form = read_form(sent(form_of(draft) | {"patience": "slow"}))

    assert form["patience"] == "slow"
    with pytest.raises(ValueError, match="patience"):
        CallTemplate.model_validate(written_by(form, draft))
