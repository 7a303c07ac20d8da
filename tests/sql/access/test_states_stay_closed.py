"""What the flows keep is theirs: SQL looks into no state and names no event; what it needs stands in columns."""

import re
from typing import get_args

import pytest

from voicebot.domain.call.events import Event
from voicebot.domain.onboarding.state import OnboardingPhase
from voicebot.domain.thread.events import ThreadEvent

pytestmark = pytest.mark.sql

# A path into `state`, `core`, or the onboarding that a call leaves, and JSON functions that change or unfold one.
LOOKS_INSIDE = re.compile(
    r"\b(?:state|core|onboarding_by_call)\s*(?:->|#>|@>|\?|\|\|)|'\{core\b"
    r"|\bjsonb?_(?:set|each|path|object_keys|populate|to_record|extract)\w*\s*\(\s*(?:\w+\.)?(?:state|onboarding_by_call)\b"
)


def bodies(owner) -> dict[str, str]:
    rows = owner.execute(
        """select nspname || '.' || proname, prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where nspname in ('public', 'private')"""
    ).fetchall()
    return dict(rows)


def test_no_function_looks_into_a_state(owner):
    assert {name for name, body in bodies(owner).items() if LOOKS_INSIDE.search(body)} == set()


@pytest.mark.parametrize(
    "body",
    [
        "select c.state ->> 'stopped' from t",
        "s.state #>> '{core,voice_id}'",
        "state = jsonb_set(c.state, '{stopped}', 'true')",
        "c.state || guidance",
        "standing.state->'core'",
    ],
)
def test_a_look_into_a_state_is_found(body):
    assert LOOKS_INSIDE.search(body)


def test_no_function_names_an_event_of_a_flow(owner):
    names = {event.__name__ for event in (*get_args(Event), *get_args(ThreadEvent))}
    quoted = re.compile("|".join(rf"\b{name}\b" for name in sorted(names)))

    assert len(names) > 15
    assert {name for name, body in bodies(owner).items() if quoted.search(body)} == set()


@pytest.mark.parametrize("table", ["call_states", "conversations"])
def test_the_phases_that_may_be_kept_are_those_of_the_flow(owner, table):
    (rule,) = owner.execute(
        """select pg_get_constraintdef(oid) from pg_constraint
            where conrelid = %s::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%%onboarding_phase%%'""",
        [f"public.{table}"],
    ).fetchone()

    assert set(re.findall(r"'(\w+)'::text", rule)) == {phase.value for phase in OnboardingPhase}
