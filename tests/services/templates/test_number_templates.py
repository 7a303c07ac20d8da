"""What a template makes of a call: its hours, whom it puts callers through to, what it tells the model."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from psycopg.types.json import Jsonb

from tests.services.calls.gather.gather_calls import OURS, arrives, asks, verbs
from tests.services.conftest import PATIENT
from tests.services.templates.kept_drafts import kept_draft
from tests.services.texts.text_house import Connection
from tests.support.limits import limits_with
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid, KeyPressed
from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services.templates import edit
from voicebot.services.templates.edit import NotPublishable, VoiceUnknown

pytestmark = pytest.mark.sql
OPERATOR, SECOND = "+12025550199", "+12025550198"
HOURS = {"timezone": "America/New_York", "week": {"mon-fri": "09:00-18:00"}}
# Far off: the database has its own clock, and a call that began after these moments would be out of its time.
MONDAY_NOON = datetime(2035, 12, 10, 17, 0, tzinfo=UTC)
SUNDAY_NOON = datetime(2035, 12, 16, 17, 0, tzinfo=UTC)
Lead = Callable[..., None]


@pytest.fixture
def lead(runtime: Runtime, owner: Connection) -> Iterator[Lead]:
    """Have our number lead to a template that says what is given, at a moment."""

    def lead(at: datetime = MONDAY_NOON, **says: Any) -> None:
        kept = kept_draft(runtime, CallTemplate.model_validate({"name": "The line", **says}))
        edit.publish(runtime, kept)
        owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])
        owner.execute(
            """insert into public.provider_phone_numbers (
                   full_number, country_code, area_code, phone_number, is_active, template_id, provider_id)
               select %s, '1', '202', '5550100', true, %s, id from public.call_service_providers limit 1""",
            [OURS, kept.id],
        )
        runtime.now = lambda: at
        # A busy machine does not cut an answer into two documents.
        runtime.limits = limits_with(webhook=PATIENT, turn={"complete_s": 30.0, "first_sound_s": 30.0})

    yield lead
    owner.execute("update public.call_history set phone_number_id = null")
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])


def dialled(document: str) -> tuple[list[str | None], dict[str, str]]:
    """Which numbers a document rings, and how."""
    dial = ElementTree.fromstring(document).find("Dial")
    assert dial is not None, document
    return [number.text for number in dial.findall("Number")], dial.attrib


def test_the_greeting_says_the_lines_name(runtime: Runtime, voice: Any, call_sid: str, lead: Lead) -> None:
    lead(greeting="Hello, this is {{line}}. We have {{offer}}.", variables={"offer": "rolls"})

    arrives(runtime, call_sid)

    assert voice.spoken[0] == "Hello, this is The line. We have rolls."


def test_people_are_rung_in_turn_each_as_long_as_the_template_says(
    runtime: Runtime, call_sid: str, lead: Lead
) -> None:
    lead(transfer={"to": [OPERATOR, SECOND], "ring_s": 12})
    arrives(runtime, call_sid)

    numbers, how = dialled(asks(runtime, call_sid, 1, KeyPressed("0")))

    assert numbers == [OPERATOR, SECOND]
    assert (how["sequential"], how["timeout"]) == ("true", "12")


def test_people_are_rung_at_once_where_the_template_says_so(
    runtime: Runtime, call_sid: str, lead: Lead
) -> None:
    lead(transfer={"to": [OPERATOR, SECOND], "order": "at_once"})
    arrives(runtime, call_sid)

    numbers, how = dialled(asks(runtime, call_sid, 1, KeyPressed("0")))

    assert numbers == [OPERATOR, SECOND]
    assert "sequential" not in how


def test_a_closed_line_greets_with_other_words_and_takes_a_message_instead_of_ringing(
    runtime: Runtime, voice: Any, call_sid: str, lead: Lead
) -> None:
    lead(
        SUNDAY_NOON,
        greeting="Hello.",
        transfer={"to": OPERATOR},
        hours=HOURS,
        closed={"greeting": "{{line}} is closed."},
    )

    arrives(runtime, call_sid)
    document = asks(runtime, call_sid, 1, KeyPressed("0"))

    assert voice.spoken[0] == "The line is closed."
    assert "Dial" not in verbs(document)
    assert any("closed at the moment" in words for words in voice.spoken)


def test_the_same_line_rings_while_it_is_open(runtime: Runtime, call_sid: str, lead: Lead) -> None:
    lead(MONDAY_NOON, transfer={"to": OPERATOR}, hours=HOURS, closed={"greeting": "Closed."})
    arrives(runtime, call_sid)

    assert dialled(asks(runtime, call_sid, 1, KeyPressed("0")))[0] == [OPERATOR]


def test_people_with_hours_of_their_own_are_reached_in_those(
    runtime: Runtime, call_sid: str, lead: Lead
) -> None:
    theirs = {"timezone": "America/New_York", "week": {"sun": "10:00-14:00"}}
    lead(SUNDAY_NOON, transfer={"to": OPERATOR, "hours": theirs}, hours=HOURS)
    arrives(runtime, call_sid)

    assert dialled(asks(runtime, call_sid, 1, KeyPressed("0")))[0] == [OPERATOR]


def test_a_closed_line_texts_who_wants_a_person_once(
    runtime: Runtime, owner: Connection, voice: Any, call_sid: str, lead: Lead
) -> None:
    lead(
        SUNDAY_NOON,
        transfer={"to": OPERATOR},
        hours=HOURS,
        closed={"instead_of_transfer": "text", "text": "{{line}} opens on Monday. Reply here."},
    )
    caller = "+15035550171"
    arrives(runtime, call_sid, caller)

    asks(runtime, call_sid, 1, KeyPressed("0"), caller=caller)
    # The carrier asks again for the same document, and the caller for a person.
    asks(runtime, call_sid, 1, KeyPressed("0"), caller=caller)
    asks(runtime, call_sid, 2, KeyPressed("0"), caller=caller)

    rows = owner.execute(
        "select content, outbox_state from public.sms_history where phone_number = %s", [caller]
    ).fetchall()
    assert rows == [("The line opens on Monday. Reply here.", "generated")]
    assert any("sending you a text message" in words for words in voice.spoken)


@pytest.mark.parametrize("caller", ["anonymous", "+18005550100", "+491701234567"])
def test_who_cannot_be_texted_is_asked_for_a_message(
    runtime: Runtime, owner: Connection, voice: Any, call_sid: str, lead: Lead, caller: str
) -> None:
    lead(SUNDAY_NOON, hours=HOURS, closed={"instead_of_transfer": "text", "text": "We open on Monday."})
    arrives(runtime, call_sid, caller)

    asks(runtime, call_sid, 1, KeyPressed("0"), caller=caller)

    assert any("tell me your message" in words for words in voice.spoken)
    assert owner.execute(
        "select count(*) from public.sms_history where phone_number = %s", [caller]
    ).fetchone() == (0,)


def test_who_wants_no_texts_is_asked_for_a_message(
    runtime: Runtime, owner: Connection, voice: Any, call_sid: str, lead: Lead
) -> None:
    lead(SUNDAY_NOON, hours=HOURS, closed={"instead_of_transfer": "text", "text": "We open on Monday."})
    caller = "+15035550172"
    runtime.database.call("suppress", number=caller, scope="texts", reason="STOP")
    arrives(runtime, call_sid, caller)

    asks(runtime, call_sid, 1, KeyPressed("0"), caller=caller)

    assert any("tell me your message" in words for words in voice.spoken)


def test_the_model_is_told_facts_hours_and_the_time_of_the_line(
    runtime: Runtime, model: Any, call_sid: str, lead: Lead
) -> None:
    lead(prompt="You work for {{line}}.", facts=["A loaf costs four dollars."], hours=HOURS)
    arrives(runtime, call_sid)

    asks(runtime, call_sid, 1, CallerSaid("Are you open?"))

    system = model.requests[0].messages[0]["content"]
    assert "You work for The line." in system
    assert "- A loaf costs four dollars." in system
    assert "- It is open right now, until six in the evening." in system
    assert "Monday, 10 December 2035, 12:00 America/New_York" in system


def test_the_model_is_told_the_coming_holidays(
    runtime: Runtime, model: Any, call_sid: str, lead: Lead
) -> None:
    lead(hours=HOURS | {"holidays": ["12-25"]})
    arrives(runtime, call_sid)

    asks(runtime, call_sid, 1, CallerSaid("Are you open on Christmas?"))

    assert "nobody is there: 25 December." in model.requests[0].messages[0]["content"]


@pytest.mark.parametrize(
    ("languages", "spoken"), [([], "en-US"), (["es-ES", "en-GB"], "es-ES"), (["de"], "de-DE")]
)
def test_a_line_speaks_its_first_language(
    runtime: Runtime, call_sid: str, lead: Lead, languages: list[str], spoken: str
) -> None:
    lead(languages=languages)

    document = arrives(runtime, call_sid)

    gather = ElementTree.fromstring(document).find("Gather")
    assert gather is not None
    assert gather.attrib["language"] == spoken


def test_a_line_of_two_languages_changes_to_the_other_one_with_a_voice_of_it_and_to_no_third_one(
    runtime: Runtime, model: Any, call_sid: str, lead: Lead, owner: Connection
) -> None:
    lead(languages=["en-US", "es-MX"])
    owner.execute(
        """insert into public.voice_options (provider_id, voice_id, name, language)
           select id, 'lucia-' || %s, 'A Lucia', 'es' from public.call_service_providers limit 1""",
        [call_sid],
    )
    model.scripts = [["English or Spanish."], ["Claro."]]
    arrives(runtime, call_sid)

    german = asks(runtime, call_sid, 1, CallerSaid("Auf Deutsch bitte."))
    spanish = asks(runtime, call_sid, 2, CallerSaid("Spanish, please."))
    owner.execute("delete from public.voice_options where voice_id = 'lucia-' || %s", [call_sid])

    spoken = [ElementTree.fromstring(each).find("Gather").attrib["language"] for each in (german, spanish)]  # type: ignore[union-attr]
    assert spoken == ["en-US", "es-MX"]
    row = owner.execute(
        """select s.voice_id, s.language from public.call_states s join public.call_history c on c.id = s.call_id
            where c.call_sid = %s""",
        [call_sid],
    ).fetchone()
    assert row == (f"lucia-{call_sid}", "es-MX")


def test_a_draft_with_an_error_is_not_published(runtime: Runtime) -> None:
    kept = kept_draft(runtime, CallTemplate.model_validate({"name": "Broken", "greeting": "Hi {{nobody}}."}))

    with pytest.raises(NotPublishable, match="unknown variable"):
        edit.publish(runtime, kept)


def test_a_voice_that_nobody_offers_is_refused_by_name(runtime: Runtime) -> None:
    with pytest.raises(VoiceUnknown, match="Darth"):
        edit.make(runtime, CallTemplate.model_validate({"name": "Loud", "voice": "Darth"}))


def test_a_draft_that_breaks_our_rules_is_shown_and_not_published(
    runtime: Runtime, owner: Connection
) -> None:
    kept = kept_draft(runtime, CallTemplate.model_validate({"name": "By SQL", "greeting": "Hi."}))
    owner.execute(
        """update public.call_templates set params = '[1]', params_order = '{"a": 1}', tools = '["fly"]',
                  hours = '{"week": 7}', facts = '[{"a": 1}]' where id = %s""",
        [kept.id],
    )

    from voicebot.storage.catalogue import templates

    shown, _ = templates.show_template(runtime.database, str(kept.id))

    assert shown.draft.greeting == "Hi."
    assert len(shown.unreadable) >= 3
    with pytest.raises(NotPublishable):
        edit.publish(runtime, shown)


@pytest.mark.parametrize("params", [{"days": 3, "line": "x"}, [1, 2]])
def test_a_version_from_before_templates_were_checked_leads_its_calls(
    runtime: Runtime, voice: Any, owner: Connection, call_sid: str, lead: Lead, params: Any
) -> None:
    lead(greeting="Hello, this is {{line}}.")
    owner.execute(
        "update public.call_templates set params = %s, greeting = 'Hello, {{line}}, {{days}}'",
        [Jsonb(params)],
    )
    owner.execute("select public.publish_template(id, revision) from public.call_templates")

    arrives(runtime, call_sid)

    assert voice.spoken[0].startswith("Hello, The line,")


def test_the_voice_reads_a_templates_spelling_and_the_transcript_has_the_written_word(
    runtime: Runtime, lead: Lead, model: ScriptedModel, voice: InstantVoice, call_sid: str, owner: Connection
) -> None:
    lead(greeting="This is Saoirse.", pronunciations=[{"word": "Saoirse", "say": "Seer-sha"}])
    model.scripts = [["Ask Saoirse tomorrow."]]

    arrives(runtime, call_sid)
    asks(runtime, call_sid, 1, CallerSaid("Whom do I ask?"))

    wait_for(lambda: {"This is Seer-sha.", "Ask Seer-sha tomorrow."} <= set(voice.spoken))
    said = owner.execute(
        """select t.content from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s and t.speaker = 'bot' order by t.sequence_number""",
        [call_sid],
    ).fetchall()
    assert [words for (words,) in said] == ["This is Saoirse.", "Ask Saoirse tomorrow."]
