"""The console in front of a database of its own, with people of every role in two organizations."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.people import Owned, make_owned
from voicebot.console.blueprint import console_blueprint
from voicebot.domain.access.api_key import hash_of
from voicebot.runtime import utc_now
from voicebot.settings import load_settings
from voicebot.storage.access.sessions import begin_session, make_link
from voicebot.storage.database import PostgresDatabase

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def runtime(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """All that the console may reach."""
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path_factory.mktemp("data"))})
    database = PostgresDatabase(dsn, min_size=1, max_size=4)
    yield SimpleNamespace(settings=settings, database=database, identity=None, now=utc_now, live_streams={})
    database.close()


@pytest.fixture(scope="module")
def module_owner(dsn: str) -> Iterator[Any]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


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

    def fill(self, path: str) -> str:
        """Put what is its own into a route's path."""
        values = {"call": self.one.call_id, "user": self.one.user_id, "invitation": self.one.invitation_id}
        return re.sub(r"<uuid:(\w+)>", lambda found: str(values[found[1]]), path)


@pytest.fixture(scope="module")
def houses(runtime: Any, module_owner: Any) -> tuple[House, House]:
    """Two of them, which know nothing of each other."""
    return make_house(runtime, module_owner), make_house(runtime, module_owner)


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
    return House(one, people)


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
