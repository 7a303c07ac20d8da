"""One table says where each setting comes from; everything that deploys the service agrees with it."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from voicebot.settings import Settings, load_settings, settings_table

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "deploy" / "environment.toml"
EXAMPLE = ROOT / "deploy" / "voicebot.env.example"
# Not ours: the database image's, Python's, the shell's.
OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "PATH"} | {
    "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED",
}  # fmt: skip


@pytest.fixture(scope="module")
def table() -> Any:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def places(table: Any) -> dict[str, set[str]]:
    fixed = {name for one in table["fixed"].values() for name in one}
    return {
        "secret": set(table["secret"]),
        "plain": set(table["plain"]),
        "fixed": fixed,
        "not_here": set(table["not_here"]),
    }


def test_every_setting_has_one_place(table):
    known = [name for name, _, _ in settings_table()]
    placed = [name for names in places(table).values() for name in names]

    assert sorted(placed) == sorted(known), "deploy/environment.toml and the settings differ"


def test_what_is_never_shown_is_a_secret_and_nothing_else_is(table):
    hidden = {
        (info.json_schema_extra or {}).get("variable", name.upper())
        for name, info in Settings.model_fields.items()
        if info.repr is False
    }

    assert places(table)["secret"] == hidden


def test_the_image_fixes_what_the_table_says_and_nothing_more(table):
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = lines.split("\nENV ")[1].split("\n\n")[0].replace("\\\n", " ")
    pairs = dict(pair.split("=", 1) for pair in last.split())

    assert {name: value for name, value in pairs.items() if name not in OTHERS} == table["fixed"]["image"]


def test_the_units_fix_what_the_table_says_and_nothing_more(table):
    for unit in (ROOT / "deploy" / "systemd").glob("*.service"):
        lines = re.findall(r"^Environment=(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)

        assert {name: value for name, value in lines if name not in OTHERS} == table["fixed"]["systemd"], (
            unit.name
        )


def test_compose_and_fly_say_nothing_that_is_secret_or_fixed(table):
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    fly = tomllib.loads((ROOT / "fly.toml").read_text(encoding="utf-8"))
    said = {name for one in compose["services"].values() for name in one.get("environment", {})} | set(
        fly["env"]
    )

    assert said - OTHERS <= places(table)["plain"]


def test_the_example_lists_what_is_to_be_filled_in_and_holds_no_value(table):
    listed = dotenv_values(EXAMPLE)

    assert set(listed) == places(table)["secret"] | places(table)["plain"]
    assert set(listed.values()) == {""}


def test_an_example_that_is_filled_in_is_a_whole_configuration(tmp_path):
    filled = {
        "PUBLIC_URL": "https://bot.example.com",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        "TWILIO_PHONE_NUMBER": "+12025550100",
        "OPENAI_API_KEY": "sk-test",
        "ELEVENLABS_API_KEY": "xi-test",
        "SUPABASE_DB_URL": "postgresql://voicebot:secret@database:5432/voicebot",
        "SECRET_KEY": "s" * 64,
        "CREDENTIALS_KEY": "c" * 64,
    }
    text = EXAMPLE.read_text(encoding="utf-8")
    for name, value in filled.items():
        text = re.sub(rf"^{name}=$", f"{name}={value}", text, flags=re.MULTILINE)
    file = tmp_path / "voicebot.env"
    file.write_text(text, encoding="utf-8")

    # As the image sets them.
    settings = load_settings(
        {
            "VOICEBOT_ENV_FILE": str(file),
            "VOICEBOT_BIND_HOST": "0.0.0.0",
            "VOICEBOT_DATA_DIR": str(tmp_path / "data"),
        }
    )

    assert not settings.offline
    assert settings.generated == frozenset()
    assert not (tmp_path / "data").exists()


def test_the_documents_name_only_settings_that_exist():
    known = {name for name, _, _ in settings_table()} | OTHERS
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    prefixes = "|".join(sorted({name.split("_")[0] for name in known if "_" in name}))
    named = set(re.findall(rf"\b(?:{prefixes})_[A-Z_]+\b", code))

    assert named - known == set()
    assert {"SUPABASE_DB_URL", "PUBLIC_URL", "SECRET_KEY", "CREDENTIALS_KEY"} <= named
