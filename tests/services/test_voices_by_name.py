"""Whoever is asked for a voice by text may name any of the catalogue, and not only those that were listed."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.services.text_house import Connection, answer_all, outgoing, somebody, texts, thread
from voicebot.runtime import Runtime

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


@pytest.fixture
def catalogue(owner: Connection) -> Iterator[dict[str, str]]:
    """Seven voices of which four are listed, and one that only subscribers have; their ids by name."""
    provider = owner.execute(
        "insert into public.call_service_providers (name, type) values (%s, 'speech') returning id",
        [f"cast {uuid4().hex[:8]}"],
    ).fetchone()
    others = [
        row[0]
        for row in owner.execute(
            "update public.voice_options set is_active = false where is_active returning id"
        ).fetchall()
    ]
    ids = {
        name: f"id-{name}-{uuid4().hex[:8]}"
        for name in ("Abel", "Bea", "Carl", "Dora", "Rachel", "Sarah", "Zora")
    }
    for name, voice_id in ids.items():
        owner.execute(
            """insert into public.voice_options (provider_id, voice_id, name, language, is_premium)
               values (%s, %s, %s, 'en', %s)""",
            [provider and provider[0], voice_id, name, name == "Zora"],
        )
    yield ids
    owner.execute("update public.voice_options set is_active = id = any(%s)", [others])


def asked_for_a_voice(runtime: Runtime) -> str:
    number = somebody()
    for words in ("Hello", "Ann Smith", "Boston"):
        texts(runtime, number, words)
        answer_all(runtime)
    return number


def preference(owner: Connection, number: str) -> str | None:
    row = owner.execute(
        """select p.voice_preference from public.preferences p
             join public.user_profiles u using (user_id) where u.phone_number = %s""",
        [number],
    ).fetchone()
    return row and row[0]


def test_a_voice_that_was_not_listed_is_taken_by_its_name(
    runtime: Runtime, owner: Connection, catalogue: dict[str, str]
) -> None:
    number = asked_for_a_voice(runtime)
    listed = outgoing(owner, number)[-1]["content"]

    texts(runtime, number, "Rachel please")
    answer_all(runtime)

    assert "Rachel" not in listed and "4 Dora" in listed
    assert preference(owner, number) == catalogue["Rachel"]
    assert "catalogue" not in thread(owner, number)["state"]["onboarding"]


@pytest.mark.parametrize("name", ["Vader", "Zora"])
def test_a_voice_that_nobody_may_have_is_asked_for_once_more(
    runtime: Runtime, owner: Connection, catalogue: dict[str, str], name: str
) -> None:
    number = asked_for_a_voice(runtime)

    texts(runtime, number, name)
    answer_all(runtime)

    assert outgoing(owner, number)[-1]["content"].startswith("I have no voice of that name.")
    assert preference(owner, number) is None
    assert len(catalogue) == 7
