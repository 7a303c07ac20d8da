"""The library's pages: a draft as it is edited, compared, published, restored and tried; who may; what is said when it fails."""

import json
import re
from html import unescape

import pytest

from tests.console.conftest import make_house, post
from tests.support.webhook_receiver import receiving
from voicebot.console.library.draft_fields import LISTS, NUMBERS, ROWS, SWITCHES, TEXTS
from voicebot.console.library.draft_form import form_of
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import Outcome, Priority, ProviderError, TextDelta, ToolCall
from voicebot.services.templates.own_tools import secret_of
from voicebot.services.templates.try_draft import TRIES
from voicebot.services.tries import Tries

pytestmark = pytest.mark.sql


@pytest.fixture
def house(runtime, module_owner):
    return make_house(runtime, module_owner)


@pytest.fixture
def place(house):
    return f"/console/library/templates/{house.one.template_id}"


def filled(client, place):
    """The draft's form as a browser would send it: fields by name, each with all its values."""
    page = client.get(place).text
    form = re.search(r'<form class="draft".*?</form>', page, re.DOTALL)[0]
    fields = {}
    for name, value in re.findall(r'<input [^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form):
        fields.setdefault(name, []).append(unescape(value))
    for name, value in re.findall(r'<textarea [^>]*?name="(\w+)"[^>]*>([^<]*)</textarea>', form):
        fields.setdefault(name, []).append(unescape(value))
    for name, options in re.findall(r'<select [^>]*?name="(\w+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option(?: value="([^"]*)")?[^>]* selected', options)
        fields.setdefault(name, []).append(chosen[1] or "" if chosen else "")
    # Nobody has ticked it.
    fields.pop("own_tools_gone", None)
    return fields


def test_every_field_of_the_form_is_on_the_page_with_its_label(visitor, house, place):
    page = visitor(house.people["operator"]).get(place).text
    shown = set(re.findall(r'<(?:input|textarea|select) [^>]*?name="(\w+)"', page))
    labelled = set(re.findall(r'<label for="(\w+)"', page))
    single = {
        *TEXTS,
        *NUMBERS,
        *LISTS,
        *SWITCHES,
        "transfer_to",
        "transfer_order",
        "closed_instead",
        "closed_text",
    }

    assert set(form_of(CallTemplate(name="Shop"))) - set(ROWS) <= shown
    assert {column for columns in ROWS.values() for column in columns} <= shown
    assert single <= labelled


def draft_of(client, place):
    return client.get(f"{place}.json").json["template"]


def test_a_draft_is_edited_compared_published_and_an_older_version_restored(visitor, house, place):
    operator, admin = visitor(house.people["operator"]), visitor(house.people["admin"])
    form = filled(operator, place) | {
        "greeting": "Good day.",
        "question": ["Are you open on Sunday", ""],
        "answer": ["No.", ""],
        "word": ["Saoirse"],
        "say": ["Seer-sha"],
        "hints": "Saoirse\r\nOdo",
    }

    saved = post(operator, place, **form)
    assert (saved.status_code, saved.headers["Location"]) == (303, f"{place}?saved=yes")
    told = draft_of(operator, place)
    assert told["draft"]["facts"] == ["Are you open on Sunday? No."]
    assert told["draft"]["pronunciations"] == [{"word": "Saoirse", "say": "Seer-sha"}]
    assert told["draft"]["limits"]["hints"] == ["Saoirse", "Odo"]
    changes = operator.get(f"{place}/changes.json").json["changes"]
    assert [change["place"] for change in changes] == [
        "greeting",
        "facts.1",
        "pronunciations.1",
        "limits.hints.1",
        "limits.hints.2",
    ]
    assert '<ins><span class="unseen">put in: </span>Good day.' in operator.get(f"{place}/changes").text

    assert post(operator, f"{place}/publish", revision=told["revision"]).status_code == 403
    # What was looked at is published, and no draft that somebody changed meanwhile.
    assert post(admin, f"{place}/publish", revision=told["revision"] - 1).status_code == 409
    assert post(admin, f"{place}/versions/1/restore", revision=told["revision"] - 1).status_code == 409
    assert post(admin, f"{place}/publish", revision=told["revision"]).status_code == 303
    assert draft_of(admin, place)["version"] == 2
    revision = draft_of(admin, place)["revision"]
    assert post(operator, f"{place}/versions/1/restore", revision=revision).status_code == 303
    again = draft_of(operator, place)
    assert (again["version"], again["changed"], "greeting" in again["draft"]) == (2, True, False)


def test_what_cannot_be_kept_comes_back_as_it_was_written_with_the_fault_at_its_field(visitor, house, place):
    client = visitor(house.people["operator"])
    form = filled(client, place) | {"patience": "9", "transfer_to": "five", "greeting": "Keep <this>."}

    answer = post(client, place, **form)

    assert answer.status_code == 422
    assert (
        "Keep &lt;this&gt;." in answer.text
        and 'value="9"' in answer.text
        and ">five</textarea>" in answer.text
    )
    assert 'id="told-patience"' in answer.text and 'id="told-transfer_to"' in answer.text
    assert draft_of(client, place)["draft"].get("greeting") is None


def test_two_who_write_at_once_lose_nothing(visitor, house, place):
    first, second = visitor(house.people["operator"]), visitor(house.people["admin"])
    mine, theirs = filled(first, place), filled(second, place)

    assert post(first, place, **(mine | {"greeting": "First."})).status_code == 303
    late = post(second, place, **(theirs | {"greeting": "Second."}))

    assert late.status_code == 422
    assert "Somebody changed the draft" in late.text and "Second." in late.text
    assert draft_of(first, place)["draft"]["greeting"] == "First."
    revision = draft_of(first, place)["revision"]
    assert post(second, place, **(theirs | {"greeting": "Second.", "revision": revision})).status_code == 303


def test_a_draft_with_faults_is_not_published_and_says_where_they_are(visitor, house, place):
    client = visitor(house.people["owner"])
    post(client, place, **(filled(client, place) | {"greeting": "Hello {{nobody}}."}))
    revision = draft_of(client, place)["revision"]

    assert post(client, f"{place}/publish", revision=revision).status_code == 422
    page = client.get(place).text
    assert "unknown variable" in page and 'href="' + place + '#at-greeting"' in page
    assert "Publish</button>" not in client.get(f"{place}/changes").text


def test_a_viewer_reads_a_template_and_changes_nothing_of_it(visitor, house, place):
    client = visitor(house.people["viewer"])

    page = client.get(place)

    assert page.status_code == 200
    assert "<fieldset disabled" in page.text and "Save the draft" not in page.text
    assert "Try it" not in page.text
    assert post(client, place, name="Mine", revision="1").status_code == 403


TOOL = {
    "tool_name": "book_table", "tool_description": "Book a table.", "tool_url": "http://127.0.0.1:1/",
    "tool_arguments": "day: The day.\r\nnote?: What else.", "tool_timeout_s": "3", "tool_needs_code": "",
}  # fmt: skip


def test_a_tool_of_ones_own_is_added_mended_where_it_is_wrong_asked_on_trial_and_taken_out(
    visitor, house, place, runtime
):
    client = visitor(house.people["operator"])
    wrong = {"tool_url": "http://bookings.example.com/", "tool_timeout_s": "soon"}

    refused = post(client, place, **filled(client, place) | {k: [v] for k, v in (TOOL | wrong).items()})

    assert refused.status_code == 422
    page = refused.text
    assert 'id="told-own_tools.0.tool_timeout_s"' in page and "note?: What else." in page
    # What is written survives, and is found by who cannot see the mark.
    assert 'value="soon"' in page and 'aria-describedby="told-own_tools.0.tool_timeout_s"' in page
    with receiving() as system:
        tool = TOOL | {"tool_url": system.url}
        saved = post(client, place, **filled(client, place) | {k: [v] for k, v in tool.items()})
        assert saved.status_code == 303
        assert draft_of(client, place)["draft"]["own_tools"] == [
            {
                "name": "book_table", "description": "Book a table.", "url": system.url, "timeout_s": 3.0,
                "arguments": {"day": "The day.", "note": "What else."}, "optional": ["note"],
            }
        ]  # fmt: skip
        wishes = [ToolCall("1", "book_table", {"day": "Friday"}), ToolCall("2", "end_call", {})]
        runtime.model = model = Model(*wishes)
        tried = post(client, f"{place}/try", say="A table, please.")
        # The same model asks for it again and again, until it may not.
        assert len(model.asked) == 3 and not model.asked[-1].tools
        assert [json.loads(body)["data"]["trial"] for _, body in system.got] == [True] * 3
        assert system.is_valid(0, secret_of(runtime.settings, house.one.template_id))
        assert "It asked book_table (day: Friday): Done." in tried.text
        assert "It would use: End the call" in tried.text
        left = post(client, f"{place}/try", say="A table, please.", no_tools="yes")
        assert len(system.got) == 3 and "It would use: book_table" in left.text
    # Where nobody may ask it is told at its field, before anybody publishes it.
    closed = post(client, place, **filled(client, place) | {"tool_url": [wrong["tool_url"], ""]})
    assert closed.status_code == 303
    assert (
        "VOICEBOT_TOOL_HOSTS" in re.search(r'id="told-own_tools.0.tool_url">[^<]*', client.get(place).text)[0]
    )
    post(client, place, **filled(client, place) | {"own_tools_gone": "0"})
    assert "own_tools" not in draft_of(client, place)["draft"]


class Model:
    def __init__(self, *pieces):
        self.pieces, self.asked = pieces, []

    def stream(self, request):
        self.asked.append(request)
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def test_a_draft_is_tried_in_writing_as_the_api_does_and_a_model_that_is_away_says_so(
    visitor, house, place, runtime
):
    client = visitor(house.people["operator"])
    lines = {"speaker": ["bot", "caller", "bot"], "text": ["Hello.", "Hi <b>.", "Yes?"]}
    runtime.model = model = Model(TextDelta("At six.", False), ToolCall("1", "end_call", {}))

    answer = post(client, f"{place}/try", say="When do you close?", **lines)

    assert answer.status_code == 200
    assert "At six." in answer.text and "Hi &lt;b&gt;." in answer.text and "End the call" in answer.text
    assert [message["content"] for message in model.asked[0].messages][-1] == "When do you close?"
    # Callers come first.
    assert model.asked[0].priority is Priority.NEXT
    runtime.model = Model(ProviderError("openai", "500", Outcome.UNKNOWN))
    away = post(client, f"{place}/try", say="When do you close?", **lines)
    assert (away.status_code, "try again" in away.text) == (503, True)
    assert "When do you close?" in away.text
    client.application.extensions[TRIES] = Tries(1, 60.0)
    codes = [post(client, f"{place}/try", say="When do you close?").status_code for _ in range(2)]
    assert codes == [503, 429]
    del client.application.extensions[TRIES]
    assert post(client, f"{place}/try", say=" ").status_code == 400


def test_an_answer_is_corrected_from_the_call_page(visitor, house, place):
    client = visitor(house.people["operator"])

    answer = post(
        client, f"/console/calls/{house.one.call_id}/correction", answer="At seven.", question="When?"
    )

    assert answer.headers["Location"] == f"{place}#facts"
    assert draft_of(client, place)["draft"]["facts"] == ["When? At seven."]
    wrong = post(client, f"/console/calls/{house.one.call_id}/correction", answer=" ")
    assert wrong.status_code == 400


def test_a_sample_is_made_once_and_played_from_us(visitor, house, runtime):
    client, path = visitor(house.people["viewer"]), f"/console/library/voices/{house.things['voice']}/sample"

    first, second = client.get(path), client.get(path)

    assert (first.status_code, first.mimetype) == (200, "audio/mpeg")
    assert first.data == second.data and first.data
    assert path in client.get("/console/library/voices").text
    assert client.get(f"/console/library/voices/{house.one.user_id}/sample").status_code == 404
