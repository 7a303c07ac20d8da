"""The API in front of a database of its own, and keys for it."""

import secrets
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient

from tests.api.checks.schema_check import complaints
from tests.support.accounts import carriers_of
from tests.support.machines.lent_databases import Lent
from voicebot.api.blueprint import PREFIX, api_blueprint, description
from voicebot.domain.access.api_key import KEY_BYTES, hash_of, make_key, prefix_of
from voicebot.limits import Limits
from voicebot.providers.ports import NoRecordings
from voicebot.runtime import utc_now
from voicebot.settings import load_settings
from voicebot.storage import api_keys


@pytest.fixture(scope="module")
def runtime(lent: Lent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """All that the API may reach: settings and database. Nothing can be sent or dialled from here."""
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path_factory.mktemp("data"))})
    database = lent.port()
    yield SimpleNamespace(
        settings=settings,
        database=database,
        carriers=carriers_of(settings),
        now=utc_now,
        hint=SimpleNamespace(made_work=lambda: None),
        spool=SimpleNamespace(holds_back=lambda now: False),
        limits=Limits(),
        live_streams={},
        recordings=NoRecordings(),
        identity=None,
    )
    lent.take_back(database)


def make_app() -> tuple[Flask, list[str]]:
    """Make the API alone, and a list in which it notes where its answers differ from openapi.json."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(api_blueprint())
    described = description()
    wrong: list[str] = []

    @app.after_request
    def check(answer: Response) -> Response:
        is_operation = request.endpoint not in ("api.unknown", "api.openapi", None)
        # A fault of ours is no answer that anybody could expect.
        if is_operation and request.method != "HEAD" and answer.status_code != 500:
            wrong.extend(complaints(described, request.method, request.path.removeprefix(PREFIX), answer))
        return answer

    return app, wrong


@pytest.fixture(scope="session")
def described_app() -> tuple[Flask, list[str]]:
    """Made once: that takes longer than most tests."""
    return make_app()


@pytest.fixture
def app(described_app: tuple[Flask, list[str]], runtime: Any) -> Iterator[Flask]:
    """The API alone, as a web process serves it. Every answer that a test gets is held against openapi.json."""
    app, wrong = described_app
    wrong.clear()
    app.extensions["voicebot"] = runtime
    yield app
    assert wrong == []


@pytest.fixture(scope="module")
def make_api_key(runtime: Any) -> Callable[..., str]:
    """Make keys as the command does."""
    lock = threading.Lock()

    def make(**more: Any) -> str:
        key = make_key(secrets.token_bytes(KEY_BYTES))
        with lock:
            assert not api_keys.create_api_key(
                runtime.database,
                more.pop("name", secrets.token_hex(4)),
                key_hash=hash_of(key),
                key_prefix=prefix_of(key),
                role=more.pop("role", "operator"),
                **more,
            )
        return key

    return make


@pytest.fixture
def key(make_api_key: Callable[..., str]) -> str:
    return make_api_key()


@pytest.fixture
def api(app: Flask, key: str) -> FlaskClient:
    """A client that has a key."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture(autouse=True)
def nothing_was_sent_yet(owner: Any) -> None:
    """Limits span tests: some are the whole service's, and the costly numbers of the tests are few."""
    owner.execute("delete from public.verification_counters")


@pytest.fixture(scope="module")
def module_owner(lent: Lent) -> Iterator[Any]:
    """The owner's connection for what a whole module of tests looks at."""
    connection = lent.owner()
    yield connection
    lent.owners.append(connection)
