"""A draft as a form: what is shown comes back as it was, and faults are told at the field that shows them."""

import pytest
from pydantic import BaseModel

from voicebot.console.library.draft_fields import ROWS, field_of, kinds_of
from voicebot.console.library.draft_form import errors_of, form_of, read_form, written_by
from voicebot.domain.templates.template import CallTemplate

FULL = {
    "name": "Shop", "description": "The bicycle shop.", "category": "repair", "tags": ["bikes"], "languages": ["en-US", "es-ES"],
    "voice": "Anna", "greeting": "Hello, {{line}}.", "facts": ["When do you close? At six.", "We repair bicycles."],
    "prompt": "Be kind.\nBe short.", "variables": {"day": "Monday", "street": "Elm"}, "tools": ["end_call"],
    "pronunciations": [{"word": "Saoirse", "say": "Seer-sha"}],
    "own_tools": [
        {"name": "find_bike", "description": "Find a bike.", "url": "https://bikes.example.com/find"},
        {"name": "book_repair", "description": "Book a repair,\nonce the day is said.", "url": "https://bikes.example.com/book",
         "arguments": {"day": "The day: as it was said.", "note": "Anything else."}, "optional": ["note"],
         "timeout_s": 2.5, "needs_code": True}],
    "transfer": {"to": ["+12025550123", "+12025550124"], "order": "at_once", "ring_s": 30, "hours": {
        "timezone": "UTC", "week": {"mon": "09:00-10:00"}, "holidays": ["01-01"]}},
    "hours": {"timezone": "Europe/Berlin", "week": {"mon-fri": "09:00-18:00", "sat": "10:00-13:00"}, "holidays": ["12-25"]},
    "closed": {"greeting": "We are closed.", "instead_of_transfer": "text", "text": "We call you."},
    "onboarding": "none", "record": True, "recording_announcement": "We record.", "bot_is_back": "{{line}} is back.", "on_voicemail": "leave_message",
    "voicemail_message": "Call us.", "voicemail_again": "daily", "detect_machines": False, "identity": "The shop.",
    "call_purpose": "Your bicycle.", "goal": "A day is named.", "transport": "media", "engine": "realtime", "engine_voice": "cedar",
    "relay": {
        "tts_language": "en-GB", "transcription_language": "en-US", "tts_provider": "ElevenLabs", "voice": "ZF6FPAbjXT4488VcRRnw",
        "elevenlabs": {"model": "turbo_v2", "speed": 1.1, "stability": 0.4, "similarity": 0.6},
        "transcription_provider": "Deepgram", "speech_model": "flux", "interruptible": "speech", "interrupt_sensitivity": "low",
        "report_input_during_agent_speech": "none", "dtmf_detection": False, "partial_prompts": False, "speech_timeout_ms": 900,
        "ignore_backchannel": False, "eot_threshold": 0.8, "eager_eot_threshold": 0.6, "smart_format": False,
        "text_normalization": "on", "profanity_filter": True, "background_noise_reduction": True,
        "intelligence_service": f"GA{'0' * 32}", "debugging": True,
        "languages": [{"code": "es-US", "tts_provider": "Google", "voice": "es-US-x", "transcription_provider": "Google",
                       "speech_model": "telephony", "hints": ["Ana", "Eva"]}, {"code": "de-DE"}]},
    "limits": {"max_duration_s": 600, "silence_timeout_s": 5, "hints": ["Saoirse", "derailleur"], "speculation": False,
               "turns": {"patience": 1.5, "interrupt_ms": 700}, "pauses": {"yes_or_no": 2, "open": 3, "dictated": 4}},
}  # fmt: skip


def sent(form):
    """The form as a browser sends it."""
    fields = {name: [str(value)] for name, value in form.items() if name not in (*ROWS, "tools", "record")}
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
        ("relay.interruptible: input should be 'none', 'dtmf', 'speech' or 'any'", "relay_interruptible"),
        ("relay.languages.1.code: expected a language tag like en-US", "relay_languages.1"),
        ("relay: eot_threshold: needs speech_model flux", "relay_eot_threshold"),
        ("relay.elevenlabs.speed: input should be less than or equal to 1.2", "relay_elevenlabs_speed"),
        ("limits.pauses.open: input should be less than or equal to 10", "limits_pauses_open"),
        ("transfer.hours.timezone: expected a time zone like Europe/Berlin", "transfer_timezone"),
        ("own_tools.1.url: expected https, as https://example.com/hooks", "own_tools.1.tool_url"),
        ("own_tools.0.arguments.Day.[key]: expected names like day", "own_tools.0.tool_arguments"),
        ("own_tools.0: optional: day is not among the arguments", "own_tools.0"),
        ("own_tools: two have the same name", "own_tools"),
        ("tags.0: string should have at most 40 characters", "tags"),
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


def leaves(model=CallTemplate, above=""):
    """Every place of a template that holds a value of its own."""
    for name, field in model.model_fields.items():
        place = f"{above}{name}"
        parts = [
            kind
            for kind in kinds_of(field.annotation)
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if parts:
            yield from leaves(parts[0], f"{place}.")
        else:
            yield place


def test_every_field_of_a_template_has_a_field_in_the_form_and_none_is_at_its_usual_value_in_this_test():
    form, full = form_of(CallTemplate.model_validate(FULL)), FULL
    for place in leaves():
        assert field_of(place) in form, place
        value = full
        for step in place.split("."):
            value = value[step]
        assert form[field_of(place)] not in ("", [], None), place


def test_what_a_page_does_not_send_stays_as_it_is():
    draft = CallTemplate.model_validate(FULL)

    again = written_by(read_form({"name": ["Shop 2"], "tools": ["end_call"], "record": ["on"]}), draft)

    assert CallTemplate.model_validate(again) == draft.model_copy(update={"name": "Shop 2"})


def test_a_switch_is_turned_both_ways_and_left_open():
    draft = CallTemplate.model_validate(FULL)
    changes = {"detect_machines": "yes", "relay_partial_prompts": "yes", "relay_ignore_backchannel": ""}
    plain = CallTemplate.model_validate({"name": "Shop"})

    turned = CallTemplate.model_validate(written_by(read_form(sent(form_of(draft) | changes)), draft))
    refused = CallTemplate.model_validate(written_by(form_of(plain) | {"detect_machines": "no"}, plain))

    assert turned.detect_machines and turned.relay.partial_prompts
    assert (turned.relay.ignore_backchannel, turned.relay.smart_format) == (None, False)
    assert (refused.detect_machines, refused.relay) == (False, None)


def test_a_tool_of_ones_own_is_written_in_lines_and_taken_out_by_its_number():
    draft = CallTemplate.model_validate(FULL)
    fields = sent(form_of(draft))
    fields["tool_arguments"] = ["kind ?: Which one.\r\n\r\ncolour:Any", "day: When", ""]

    changed = CallTemplate.model_validate(written_by(read_form(fields), draft))
    less = CallTemplate.model_validate(written_by(read_form(fields | {"own_tools_gone": ["0"]}), draft))

    assert changed.own_tools[0].arguments == {"kind": "Which one.", "colour": "Any"}
    assert (changed.own_tools[0].optional, changed.own_tools[1].optional) == (("kind",), ())
    assert less.own_tools == changed.own_tools[1:]
    for wrong in ("day: When\nday: Where", "When is it", "Day: When", ": When"):
        with pytest.raises(ValueError, match=r"own_tools\.1\.arguments"):
            CallTemplate.model_validate(
                written_by(read_form(fields | {"tool_arguments": ["", wrong]}), draft)
            )
