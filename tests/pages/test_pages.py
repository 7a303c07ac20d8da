"""The pages that anybody may read: they say what is there, and nothing that outsiders should not know."""

import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from flask.testing import FlaskClient

from voicebot.api.table import ROUTES
from voicebot.pages.api_reference import example_of, fields_of, groups_of, type_of
from voicebot.settings import load_settings
from webhooks.app import create_app

ACCOUNTS = {
    "TWILIO_ACCOUNT_SID": "AC" + "7" * 32,
    "TWILIO_AUTH_TOKEN": "c" * 32,
    "TWILIO_PHONE_NUMBER": "+12025550142",
    "OPENAI_API_KEY": "sk-canary-openai",
    "ELEVENLABS_API_KEY": "canary-elevenlabs",
    "SUPABASE_DB_URL": "postgresql://canary:canary@127.0.0.1:1/canary",
    "VOICEBOT_METRICS_TOKEN": "canary-metrics",
    "OPERATOR_PHONE_NUMBER": "+12025550143",
}
PAGES = ("/", "/api/v1/docs")


def visitor(folder: Path, **environ: str) -> FlaskClient:
    settings = load_settings({"VOICEBOT_DATA_DIR": str(folder)} | environ)
    # The pages need neither database nor provider.
    return create_app(SimpleNamespace(settings=settings, database=None)).test_client()


@pytest.fixture
def document(tmp_path: Path) -> Any:
    return visitor(tmp_path).get("/api/v1/openapi.json").json


@pytest.mark.parametrize("path", [*PAGES, "/style.css", "/icon.svg"])
def test_everybody_may_read_them_and_browsers_run_nothing_in_them(tmp_path, path):
    answer = visitor(tmp_path).get(path)

    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<script" not in answer.data
    assert b"style=" not in answer.data


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_theirs_leads_somewhere(tmp_path, path):
    client = visitor(tmp_path, **ACCOUNTS, PUBLIC_URL="https://bot.example.com")
    text = client.get(path).text
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    links = re.findall(r'\bhref="([^"]+)"', text)

    assert links
    assert [link for link in links if link.startswith("#") and link[1:] not in ids] == []
    # Health and the console ask a database, which is not there.
    pages = {link for link in links if link.startswith("/")} - {"/readyz", "/console"}
    assert [link for link in pages if client.get(link).status_code != 200] == []
    assert [link for link in links if urlsplit(link).scheme] == []


def test_the_front_page_leads_to_the_simulators_phone_as_long_as_no_account_is_set(tmp_path):
    phone = 'href="http://127.0.0.1:9777/"'
    simulator = {"VOICEBOT_SIMULATOR_URL": "http://127.0.0.1:9777"}

    assert phone in visitor(tmp_path, **simulator).get("/").text
    assert phone not in visitor(tmp_path, **simulator, **ACCOUNTS).get("/").text


@pytest.mark.parametrize("path", PAGES)
def test_they_tell_nothing_of_the_installation(tmp_path, path):
    text = visitor(tmp_path, **ACCOUNTS).get(path).text

    told = [value for name, value in ACCOUNTS.items() if value in text or "canary" in text]
    assert told == []
    assert str(tmp_path) not in text


# --- the API's reference --------------------------------------------------------------------------


def test_every_operation_of_the_document_is_on_the_page_with_its_parts(tmp_path, document):
    text = visitor(tmp_path).get("/api/v1/docs").text

    operations = [
        (path, method, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    assert len(operations) > 10
    for path, method, told in operations:
        article = text.split(f'<article id="{told["operationId"]}"')[1].split("</article>")[0]
        assert path in article
        assert method.upper() in article
        assert told["description"] in article
        for parameter in told.get("parameters", ()):
            assert f"<code>{parameter['name']}</code>" in article
        for status in told["responses"]:
            assert f">{status}</dt>" in article
        assert "Authorization: Bearer $KEY" in article


def test_every_field_of_every_body_is_on_the_page(document):
    for group in groups_of(document, "https://bot.example.com"):
        for operation in group.operations:
            told = document["paths"][operation.path][operation.method.lower()]
            content = told.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                model = content["schema"]["$ref"].rsplit("/", 1)[-1]
                names = set(document["components"]["schemas"][model]["properties"])
                assert names <= {field.name for field in operation.body}


def test_every_example_can_be_pasted_and_its_body_is_one_that_the_api_takes(document):
    bodies = {route.operation_id: route.body for route in ROUTES if route.body}

    for group in groups_of(document, "https://bot.example.com"):
        for operation in group.operations:
            words = shlex.split(operation.example.replace("\\\n", " "))
            assert words[0] == "curl"
            address = next(word for word in words if word.startswith("https://bot.example.com/api/v1/"))
            assert not set(address) & set("{} ")
            model = bodies.pop(operation.id, None)
            if model is not None:
                model.model_validate(orjson.loads(words[words.index("-d") + 1]))
    assert bodies == {}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 200}, "integer, from 1, to 200"),
        ({"type": "string", "maxLength": 40}, "string, up to 40 characters"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["ON", "OFF"]}, '"ON" or "OFF"'),
        ({"const": "pending"}, '"pending"'),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Row"}}, "list of object"),
        ({}, "anything"),
    ],
)
def test_types_are_said_in_words(schema, words):
    assert type_of({"components": {"schemas": {"Row": {"type": "object"}}}}, schema) == words


def test_fields_of_objects_within_objects_are_named_by_their_path_and_end_somewhere():
    row = {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}},
    }
    names = [field.name for field in fields_of({"components": {"schemas": {"Row": row}}}, row)]

    assert names == ["rows", "rows[].rows", "rows[].rows[].rows", "rows[].rows[].rows[].rows"]


def test_an_example_of_an_object_in_which_nothing_is_required_shows_one_field():
    schema = {"type": "object", "properties": {"on": {"type": "boolean"}, "off": {"type": "boolean"}}}

    assert example_of({}, schema) == {"on": True}
