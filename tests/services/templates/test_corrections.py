"""An answer that was wrong becomes a fact of the template's draft, for whoever may change it, and of nobody else's."""

from uuid import uuid4

import pytest

from tests.console.conftest import make_house
from voicebot.domain.access.actor import Actor
from voicebot.services.templates.correct import Correction, add_fact_to_draft
from voicebot.storage.catalogue.templates import TemplateRefused, show_template
from voicebot.transports.template_yaml import TemplateUnreadable

pytestmark = pytest.mark.sql


@pytest.fixture
def house(runtime, owner):
    return make_house(runtime, owner)


def refusal(runtime, wanted, actor):
    with pytest.raises(TemplateRefused) as refused:
        add_fact_to_draft(runtime, wanted, actor=actor)
    return refused.value.code


def test_a_right_answer_becomes_a_fact_of_the_draft_once_and_calls_go_on_with_what_is_published(
    runtime, house, owner
):
    (said,) = owner.execute(
        "select t.id from public.transcripts t join public.call_history c on c.id = t.session_id where c.public_id = %s",
        [house.one.call_id],
    ).fetchone()
    actor = Actor(house.people["operator"], house.one.organization_id)
    wanted = Correction("Until six.", "When do you close", call=house.one.call_id, utterance=said)

    first = add_fact_to_draft(runtime, wanted, actor=actor)
    again = add_fact_to_draft(runtime, wanted, actor=actor)

    assert [added for added, _ in (first, again)] == [True, False]
    kept, versions = show_template(runtime.database, str(house.one.template_id), actor=actor)
    assert kept.draft.facts == ("When do you close? Until six.",)
    assert (kept.version, kept.changed, len(versions)) == (1, True, 1)
    assert owner.execute(
        "select user_id, action, after ->> 'utterance' from public.audit_log where object_id = %s and action like '%%fact%%'",
        [str(kept.id)],
    ).fetchall() == [(house.people["operator"], "template.fact_added", str(said))]


def test_only_who_may_change_a_draft_corrects_it(runtime, house, owner):
    other = make_house(runtime, owner)
    wanted = Correction("Until six.", call=house.one.call_id)
    organization = house.one.organization_id

    assert {
        role: refusal(runtime, wanted, Actor(house.people[role], organization))
        for role in ("viewer", "agent")
    } == {"viewer": "unknown_call", "agent": "unknown_call"}
    assert refusal(runtime, wanted, Actor(other.people["owner"], other.one.organization_id)) == "unknown_call"
    directly = Correction("Until six.", template=house.one.template_id)
    for stranger in (
        Actor(house.people["viewer"], organization),
        Actor(house.people["agent"], organization),
        Actor(other.people["owner"], other.one.organization_id),
    ):
        assert refusal(runtime, directly, stranger) == "unknown_template"
    by_key = Actor(house.people["owner"], organization, key_id=uuid4())
    assert refusal(runtime, Correction("Until six.", template=house.one.template_id), by_key) in (
        "unknown_template",
        "not_allowed",
    )
    assert refusal(
        runtime,
        Correction("Until six.", call=house.one.call_id, utterance=uuid4()),
        Actor(house.people["admin"], organization),
    ) == ("unknown_utterance")


@pytest.mark.parametrize("answer", ["", "   ", "x" * 501, "a\x00b"])
def test_words_that_are_no_fact_are_refused_before_anything_is_asked(runtime, house, answer):
    with pytest.raises(TemplateUnreadable):
        add_fact_to_draft(runtime, Correction(answer, call=house.one.call_id))


def test_a_call_without_a_template_and_a_draft_that_is_full_say_so(runtime, house, owner):
    owner.execute(
        "update public.call_history set template_id = null where public_id = %s", [house.one.call_id]
    )
    actor = Actor(house.people["owner"], house.one.organization_id)

    assert refusal(runtime, Correction("Until six.", call=house.one.call_id), actor) == "no_template"
    owner.execute(
        "update public.call_templates set facts = (select jsonb_agg(to_jsonb(n::text)) from generate_series(1, 300) n) where id = %s",
        [house.one.template_id],
    )
    full = Correction("Until six.", template=house.one.template_id)
    assert refusal(runtime, full, actor) == "too_many_facts"
