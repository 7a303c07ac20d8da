"""The API as a stranger meets it: schemathesis reads openapi.json from a running server and asks for everything."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tests.api.people import make_owned
from tests.house import ROOT, open_house
from tests.support.examples import examples
from voicebot.domain.access.api_key import KEY_BYTES, hash_of, make_key, prefix_of
from voicebot.storage import api_keys
from voicebot.storage.database import PostgresDatabase
from voicebot.wiring import build_runtime

pytestmark = [pytest.mark.sql, pytest.mark.long]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
    "use_after_free",
    "ensure_resource_availability",
    "keys_are_asked_for",
)
SEED = "1"
HERE = Path(__file__).parent


@pytest.fixture
def house(server, template, tmp_path_factory):
    """Real web processes, and the simulator as the model that `try` asks. Nobody sends what is queued: no worker."""
    name = f"outside_{uuid.uuid4().hex}"
    with open_house(tmp_path_factory.mktemp("house"), server.create(name, template)) as opened:
        yield opened
    server.drop(name)


@pytest.fixture
def key_of(house):
    """Keys by role, and rows of every kind for them to see."""
    import psycopg

    database = PostgresDatabase(house.dsn, max_size=2)
    with psycopg.connect(house.dsn, autocommit=True) as owner:
        for _ in range(2):
            make_owned(build_runtime(house.settings, database), owner)

    def make(role):
        key = make_key(os.urandom(KEY_BYTES))
        api_keys.create_api_key(database, role, key_hash=hash_of(key), key_prefix=prefix_of(key), role=role)
        return key

    yield make
    database.close()


def phases(role):
    """What is tried with a key of this role. Nearly everything is closed to an integrator, whatever it asks for.

    Random requests cost a tenth in test_any_request.py.
    """
    if os.environ.get("CHAOS") == "long":
        return "examples,coverage,fuzzing,stateful"
    return "examples,coverage,stateful" if role == "operator" else "examples"


@pytest.mark.timeout(1200)
def test_whatever_a_stranger_asks_is_answered_as_described(house, key_of, tmp_path):
    environ = house.environ | {
        "SCHEMATHESIS_HOOKS": str(HERE / "checks" / "outside_checks.py"),
        "NO_COLOR": "1",
        # What it knows of codecs took it seconds to find out, and is kept here.
        "HYPOTHESIS_STORAGE_DIRECTORY": str(ROOT / ".hypothesis"),
    }
    for role in ("operator", "integrator"):
        command = [
            *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
            *("--config-file", str(HERE / "checks" / "schemathesis.toml")),
            *("run", f"{house.url}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {key_of(role)}"),
            *("--checks", ",".join(CHECKS)),
            *("--phases", phases(role)),
            *("--max-examples", str(examples(0.04).max_examples)),
            *("--seed", SEED),
            *("--workers", "2"),
            *("--request-timeout", "20"),
            "--continue-on-failure",
            *("--warnings", "off"),
        ]

        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

        served = house.keeper.running["web"].poll()
        log = (house.logs / "web.log").read_text()[-2_000:]
        found = "\n".join(line[:300] for line in done.stdout.splitlines())
        assert (role, done.returncode, served) == (role, 0, None), (
            log + done.stderr[-2_000:] + found[-10_000:]
        )
