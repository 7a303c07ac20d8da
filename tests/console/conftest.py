"""The console in front of a database of its own, with people of every role in two organizations."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.people import Owned, make_owned
from tests.support.accounts import carriers_of
from tests.support.machines.lent_databases import Lent
from tests.support.providers import InstantVoice
from voicebot.console.blueprint import console_blueprint
from voicebot.domain.access.api_key import hash_of
from voicebot.limits import Limits
from voicebot.providers.clips import ClipStore
from voicebot.providers.recordings.folder import FolderRecordings
from voicebot.runtime import utc_now
from voicebot.settings import load_settings
from voicebot.storage.access.sessions import begin_session, make_link
from voicebot.wiring import recording_folder

SILENCE = (
    b"RIFF" + (1636).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little") + b"\7\0\2\0"
    + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\10\0data" + (1600).to_bytes(4, "little") + b"\xff" * 1600
)  # fmt: skip
"""WAV: mu-law in two channels."""
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def runtime(lent: Lent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """All that the console may reach."""
    folder = tmp_path_factory.mktemp("data")
    settings = load_settings({"VOICEBOT_DATA_DIR": str(folder)})
    database = lent.port()
    voice, tapes = InstantVoice(), FolderRecordings(recording_folder(settings))
    yield SimpleNamespace(
        settings=settings,
        database=database,
        carriers=carriers_of(settings),
        identity=None,
        now=utc_now,
        local_now=utc_now,
        clips=ClipStore(folder / "clips", voice, voice),
        transcriber=None,
        hint=SimpleNamespace(made_work=lambda: None),
        spool=SimpleNamespace(holds_back=lambda now: False),
        limits=Limits(),
        recordings=tapes,
        live_streams={},
    )
    lent.take_back(database)


@pytest.fixture(scope="module")
def module_owner(lent: Lent) -> Iterator[Any]:
    connection = lent.owner()
    yield connection
    lent.owners.append(connection)


@pytest.fixture(scope="module")
def app(runtime: Any) -> Flask:
    made = Flask(__name__, static_folder=None)
    made.extensions["voicebot"] = runtime
    made.register_blueprint(console_blueprint())
    return made


@dataclass
class House:
    """An organization with somebody's call in it, and a member of each role."""

    one: Owned
    people: dict[str, UUID]
    things: dict[str, UUID]
    """Further rows, by what a path calls them."""

    def fill(self, path: str) -> str:
        """Put what is its own into a route's path."""
        values = {
            "template": self.one.template_id, "version": 1, "call": self.one.call_id, "user": self.one.user_id,
            "invitation": self.one.invitation_id, "organization": self.one.organization_id,
            "item": self.one.conversation_id, "text": self.one.later_id,
            "entry": self.one.entry_id, "campaign": self.one.campaign_id, "bulk": self.one.bulk_id,
            "person": self.one.user_id, "view": self.one.view_id, "alert": self.one.alert_id, **self.things,
        }  # fmt: skip
        return re.sub(r"<(?:uuid|int):(\w+)>", lambda found: str(values[found[1]]), path)


@pytest.fixture(scope="module")
def houses(runtime: Any, module_owner: Any) -> tuple[House, House]:
    """Two of them, which know nothing of each other."""
    made = make_house(runtime, module_owner), make_house(runtime, module_owner)
    for house in made:
        record(runtime, module_owner, house.one)
    return made


def record(runtime: Any, owner: Any, one: Owned) -> None:
    """Have a recording of the call: a tenth of a second of silence."""
    wav = Path(runtime.settings.data_dir) / "recorded.wav"
    wav.write_bytes(SILENCE)
    runtime.recordings.save(f"{one.call_id}.wav", wav)
    owner.execute(
        "update public.call_history set recording_copied_at = now() where public_id = %s", [one.call_id]
    )


def make_house(runtime: Any, owner: Any) -> House:
    one = make_owned(runtime, owner)
    people = {}
    for role in ("owner", "admin", "operator", "viewer", "agent"):
        made = runtime.database.call("ensure_user", phone=f"+1415{uuid4().int % 10**7:07d}")["user_id"]
        owner.execute(
            "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)",
            [one.organization_id, made, role],
        )
        people[role] = UUID(made)
    return House(one, people, make_things(owner, one))


def make_things(owner: Any, one: Owned) -> dict[str, UUID]:
    """A key of the organization, an endpoint that is told of its events, and a voice of the catalogue."""
    made = {
        "key": """insert into public.api_keys (name, key_hash, key_prefix, organization_id)
                  values (gen_random_uuid(), gen_random_uuid(), 'vb_test', %(organization_id)s) returning id""",
        "endpoint": """insert into public.webhook_endpoints (url, secret, event_types, organization_id)
                       values ('https://example.com/' || gen_random_uuid(), 'sealed', array['call.ended'], %(organization_id)s) returning id""",
        "voice": """insert into public.voice_options (provider_id, voice_id, name, language)
                    select id, gen_random_uuid(), 'Anna', 'en-US' from public.call_service_providers limit 1 returning id""",
    }
    return {name: owner.execute(query, vars(one)).fetchone()[0] for name, query in made.items()}


@pytest.fixture
def visitor(app: Flask, runtime: Any) -> Callable[..., FlaskClient]:
    """Somebody with a browser: nobody yet, a person, or the operator of the machine."""

    def visitor(user: UUID | None = None, *, administrator: bool = False) -> FlaskClient:
        client = app.test_client()
        secret = uuid4().hex
        if administrator:
            make_link(runtime.database, hash_of(secret))
            client.post(
                "/console/link", data={"code": secret, "form_token": token_of(client, "/console/link")}
            )
        elif user is not None:
            begin_session(
                runtime.database,
                hash_of(secret),
                "password",
                session_s=60.0,
                user_id=user,
                address="127.0.0.1",
            )
            client.set_cookie("voicebot", secret, path="/console")
        return client

    return visitor


def token_of(client: FlaskClient, path: str) -> str:
    """Open a page and return what its forms send along."""
    found = TOKEN.search(client.get(path).text)
    assert found is not None
    return found[1]


def post(client: FlaskClient, path: str, **form: Any) -> Any:
    """Send a form of the console, with the token that its pages send along."""
    return client.post(path, data=form | {"form_token": token_of(client, "/console/account")})
