import json
import re

import pytest
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.source_tree import modules
from voicebot.api import openapi
from voicebot.api.table import ROUTES
from webhooks.bodies import with_checked_bodies

pytestmark = pytest.mark.sql
PATHS = ("/api/v1/verifications", "/api/v1/verifications/check")
FUZZ = examples(1.5, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Both shapes that the routes know and anything at all, so that every layer is reached.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NUMBERS = st.sampled_from(["+12025550123", "+881612345678", "+1900", "+0", "anonymous"]) | st.text(
    max_size=24
)
BODIES = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {"to": NUMBERS | VALUES},
        optional={
            "code": st.text(max_size=70) | VALUES,
            "channel": st.sampled_from(["sms", "call"]) | VALUES,
            "ip": st.ip_addresses().map(str) | VALUES,
        },
    ),
)


def is_refusal(answer) -> bool:
    error = answer.json["error"]
    return set(answer.json) == {"error"} and {"code", "message"} <= set(error) <= {"code", "message", "field"}


@FUZZ
@given(path=st.sampled_from(PATHS), body=BODIES)
def test_any_json_is_answered_in_json_and_never_with_500(api, runtime, path, body):
    answer = api.post(path, data=json.dumps(body), content_type="application/json")

    assert answer.status_code in (200, 201, 400, 429)
    assert answer.status_code < 400 or is_refusal(answer)


@FUZZ
@given(
    path=st.sampled_from(PATHS),
    body=st.binary(max_size=300),
    kind=st.sampled_from(["application/json", "text/plain", ""]),
)
def test_any_bytes_are_answered_in_json_and_never_with_500(api, path, body, kind):
    answer = api.post(path, data=body, content_type=kind)

    assert answer.status_code == 400
    assert is_refusal(answer)


@pytest.mark.parametrize(
    "body",
    [
        b'{"to": "+12025550123", "code": "\\u0000"}',
        b'{"to": "+1202555\\u0000123", "code": "1"}',
        b'{"to": "\\ud800", "code": "1"}',
        b'{"to": "+12025550123", "to": "x", "code": "1"}',
        b"[" * 10_000,
        b'{"a":' * 2000,
        b"1e999999",
        b"\xff\xfe",
        b"",
    ],
)
def test_the_oddest_bodies_are_refused_or_read(api, body):
    answer = api.post(PATHS[1], data=body, content_type="application/json")

    assert answer.status_code in (200, 400, 429)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1_000_000])
def test_a_body_that_is_too_large_is_refused_unread(api, size):
    answer = api.post(PATHS[0], data=b"x" * size, content_type="application/json")

    assert answer.status_code == 413
    assert answer.json["error"]["code"] == "too_large"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_405_and_says_which_is_right(api, method):
    answer = api.open(PATHS[0], method=method)

    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing", "/api/v1/verifications/x/y"])
def test_another_path_is_404_in_json_for_those_who_have_a_key(app, api, path):
    with_key, without = api.get(path), app.test_client().get(path)

    assert (with_key.status_code, with_key.json["error"]["code"]) == (404, "not_found")
    assert without.status_code == 401


def test_a_fault_of_ours_is_500_in_json_and_tells_nothing(app, api, runtime, monkeypatch, caplog):
    class Broken:
        def call(self, function, **_):
            if function == "start_verification":
                raise RuntimeError("a secret detail")
            return real.call(function, **_)

    real = runtime.database
    monkeypatch.setattr(runtime, "database", Broken())

    answer = api.post(PATHS[0], json={"to": "+12025550123"})

    assert (answer.status_code, answer.json["error"]["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert "a fault of the API" in caplog.messages


# --- what it says of itself -------------------------------------------------------------------------


def test_the_description_is_open_and_names_exactly_what_is_served(app):
    described = app.test_client().get("/api/v1/openapi.json")

    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in ("api.unknown", "api.openapi") and rule.rule.startswith("/api/v1")
        for method in rule.methods - {"HEAD"}
    }
    assert described.status_code == 200
    assert described.json["openapi"] == "3.1.0"
    assert {(path, method) for path, ways in described.json["paths"].items() for method in ways} == served


def test_every_reference_in_the_description_leads_somewhere(app):
    described = app.test_client().get("/api/v1/openapi.json").json

    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(described))):
        place = described
        for step in reference.split("/"):
            place = place[step]
        assert place["type"] == "object"


def test_what_is_answered_has_the_fields_that_are_described(app, api):
    described = app.test_client().get("/api/v1/openapi.json").json

    answer = api.post(PATHS[0], json={"to": "+12095550188"})

    schema = described["components"]["schemas"]["Verification"]
    assert set(answer.json) == set(schema["properties"]) == set(schema["required"])
    responses = described["paths"]["/verifications"]["post"]["responses"]
    assert set(responses) >= {"201", "400", "401", "429", "503"}


def test_operations_have_names_of_their_own():
    ids = [route.operation_id for route in ROUTES]

    assert len(ids) == len(set(ids))
    assert openapi.document(ROUTES, "/x")["servers"] == [{"url": "/x"}]


def test_text_that_the_database_could_not_keep_as_it_is_is_refused(api):
    bodies = {
        "/api/v1/blocks": ({"number": "+12025550123"}, "reason"),
        "/api/v1/messages": ({"to": "+12025550123", "body": "Hello."}, "request_key"),
        PATHS[1]: ({"to": "+12025550123"}, "code"),
    }

    refused = {
        field: api.post(path, json={**body, field: "a\0b"}).json["error"].get("field")
        for path, (body, field) in bodies.items()
    }

    assert refused == {"reason": "reason", "request_key": "request_key", "code": "code"}


def test_the_table_knows_the_handlers_and_no_handler_knows_the_table():
    knowing = {
        module.name
        for module in modules()
        if module.name.startswith("voicebot.api.")
        if any(name == "voicebot.api.table" for name, _ in module.imports())
    }

    assert knowing == {"voicebot.api.blueprint"}


@pytest.mark.parametrize("chunks", [[b"zz\r\n"], [b"5\r\nhel"], [b"5\r\nhelloXX"]])
def test_a_malformed_chunk_is_a_bad_request_in_json(app, api, chunks):
    app.wsgi_app = with_checked_bodies(app.wsgi_app)
    body = Body(ChunkedReader(None, IterUnreader(chunks)))
    broken = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

    answer = api.post(PATHS[0], content_type="application/json", environ_overrides=broken)

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "bad_request")


def test_no_two_models_are_described_under_one_name():
    described = {}
    for model in {
        one
        for route in ROUTES
        for one in (route.body, *(answer.model for answer in route.answers.values()))
        if one
    }:
        schema = model.model_json_schema()
        for name, told in {**schema.pop("$defs", {}), model.__name__: schema}.items():
            described.setdefault(name, []).append(told)

    assert {name: told for name, told in described.items() if any(one != told[0] for one in told)} == {}


def test_every_number_of_a_body_has_a_least_and_a_greatest():
    unbound = {
        name
        for route in ROUTES
        if route.body
        for name, field in route.body.model_json_schema()["properties"].items()
        for kind in (field, *field.get("anyOf", ()))
        if kind.get("type") in ("integer", "number")
        and "enum" not in kind
        and not (
            {"minimum", "exclusiveMinimum"} & kind.keys() and {"maximum", "exclusiveMaximum"} & kind.keys()
        )
    }

    # A column holds no other one: it would be a fault of ours.
    assert unbound == set()
