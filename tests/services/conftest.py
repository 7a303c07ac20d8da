"""A runtime on the embedded database, with a scripted model and a voice that costs nothing."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.texts.text_house import Connection, empty
from tests.services.verification.verification_desk import new_number
from tests.support.accounts import carriers_of
from tests.support.carriers import TextCarrier
from tests.support.limits import limits_with
from tests.support.machines.lent_databases import Lent, LentDatabase
from tests.support.people import OURS
from tests.support.providers import InstantVoice, NoTelephony, ScriptedModel
from voicebot.demo.place import LOOSE_CAPS
from voicebot.providers.clips import ClipStore
from voicebot.runtime import Runtime
from voicebot.settings import load_settings


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def voice() -> InstantVoice:
    return InstantVoice()


# A machine that is busy with other tests must not turn an answer into the one that needs no database.
PATIENT = {"answer_within_s": 30.0, "after_pause_s": 30.0, "keep_within_s": 30.0, "wait_for_database_s": 0.0}


@pytest.fixture
def make_runtime(
    lent: Lent, tmp_path: Path, model: ScriptedModel, voice: InstantVoice
) -> Iterator[Callable[..., Runtime]]:
    """Build runtimes that share one database, as two processes do."""
    # Nobody waits for the next place of a rate.
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "CALLS_PER_SECOND": "100", **LOOSE_CAPS})
    opened: list[LentDatabase] = []

    def make(**changes: Any) -> Runtime:
        database = lent.port()
        opened.append(database)
        clips = ClipStore(tmp_path / "clips", voice, voice)
        parts = {"settings": settings, "database": database, "model": model, "voice": voice, "clips": clips}
        parts["limits"] = limits_with(webhook=PATIENT)
        silent = {"telephony": NoTelephony(), "messaging": NoTelephony(), "verifier": None}
        ports = {name: changes.pop(name, port) for name, port in silent.items()}
        carriers = carriers_of(changes.get("settings", settings), **ports)
        return Runtime(**(parts | {"carriers": carriers, "speech_key": b"k" * 32} | changes))

    yield make
    for database in opened:
        lent.take_back(database)


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    return make_runtime()


@pytest.fixture
def no_texts(owner: Connection) -> None:
    """Begin without any text that another test left."""
    empty(owner)


@pytest.fixture
def carrier() -> TextCarrier:
    return TextCarrier()


@pytest.fixture
def sender(make_runtime: Callable[..., Runtime], carrier: TextCarrier) -> Runtime:
    """A runtime whose texts go to `carrier`."""
    return make_runtime(messaging=carrier)


@pytest.fixture
def number(owner: Connection) -> str:
    """A number that may get codes: the service's own limits span tests."""
    owner.execute("delete from public.verification_counters where scope in ('global', 'country', 'prefix')")
    return new_number()


@pytest.fixture
def call_sid() -> str:
    return f"CA{uuid.uuid4().hex}"


@pytest.fixture
def on_template(owner: Connection) -> Iterator[Callable[..., None]]:
    """Have our number lead to a template with these columns, written as SQL has them."""

    def publish(**columns: str) -> None:
        named = ", ".join(["name", *columns])
        values = ", ".join(["'Line'", *columns.values()])
        owner.execute(
            f"""with template as (insert into public.call_templates ({named}) values ({values}) returning id)
                insert into public.provider_phone_numbers (
                    provider_id, full_number, country_code, area_code, phone_number, is_active, template_id)
                select p.id, %s, '1', '202', '5550100', true, template.id
                  from template, public.call_service_providers p limit 1""",  # type: ignore[arg-type]
            [OURS],
        )
        owner.execute(
            "select public.publish_template(id, revision) from public.call_templates where name = 'Line'"
        )

    owner.execute("update public.call_history set phone_number_id = null")
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])
    yield publish
    owner.execute("update public.call_history set phone_number_id = null")
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])
