"""Whatever is sent to whichever route: an answer as described, and never a fault of ours."""

import json
import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.api.people import make_owned
from tests.support.examples import examples
from voicebot.api.routes import MAX_BODY_BYTES
from voicebot.api.table import ROUTES

pytestmark = pytest.mark.sql
FUZZ = examples(
    2.5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ASKED = [route for route in ROUTES if not route.path.startswith("/verifications")]
# Of North America's fictional numbers, so that some requests go all the way.
NUMBERS = st.one_of(
    st.integers(100, 199).map(lambda last: f"+1202555{last:04}"),
    st.sampled_from(["+447911123456", "+881612345678", "+1900", "anonymous", "client:bob", " 12025550123"]),
    st.text(max_size=24),
)
UNBOUNDED_WORD = 40
"""What has no length in the description is an id, or a name out of a list."""
WORDS = st.sampled_from(
    ["all", "calls", "texts", "ON", "OFF", "open", "busy", "inbound", "1", "200", "2026-01-01", "Ada"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | WORDS
    | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("to", "number", "scope", "body", "request_key", "first_name", "last_name", "ai_mode")
CELLS = st.one_of(NUMBERS, WORDS, st.text(max_size=12))
FILES = st.one_of(
    st.text(max_size=200),
    st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=5).map(
        lambda lines: "\n".join(["phone_number,first_name", *lines])
    ),
)


@st.composite
def requests(draw):
    """A route, a path, parameters and a body that may fit it or not."""
    route = draw(st.sampled_from(ASKED))
    names = st.sampled_from([*(route.query.model_fields if route.query else ()), "number", "x"])
    query = draw(st.dictionaries(names, CELLS | st.text(max_size=30), max_size=3))
    fields = list(getattr(route.body, "model_fields", {})) or list(FIELDS)
    body = draw(
        st.dictionaries(st.sampled_from(fields), VALUES, max_size=4)
        | st.fixed_dictionaries(dict.fromkeys(fields, CELLS))
        | VALUES
    )
    return route, draw(st.text(min_size=1, max_size=30)), query, body, draw(FILES)


@pytest.fixture
def somebody(runtime, owner):
    return make_owned(runtime, owner)


@FUZZ
@given(asked=requests(), real=st.booleans())
def test_any_request_is_answered_as_described(api, somebody, asked, real):
    route, name, query, body, text = asked
    values = {"conversation_id": somebody.conversation_id, "call": somebody.call_sid} if real else {}
    path = re.sub(r"<(\w+)>", lambda found: _quoted(str(values.get(found[1], name))), route.path)
    data = text.encode("utf-8", "replace") if route.text_body or route.file_body else json.dumps(body)

    answer = api.open(f"/api/v1{path}", method=route.method, query_string=query, data=data)

    # The fixture of the app holds the body against openapi.json.
    assert answer.status_code < 500
    assert answer.status_code < 400 or {"code", "message"} <= set(answer.json["error"])


@FUZZ
@given(
    data=st.binary(max_size=200),
    route=st.sampled_from([one for one in ASKED if one.body or one.text_body or one.file_body]),
)
def test_any_bytes_are_refused_or_read(api, somebody, data, route):
    there = somebody.campaign_id if "<campaign>" in route.path else somebody.conversation_id
    path = re.sub(r"<\w+>", str(there), route.path)

    answer = api.open(f"/api/v1{path}", method=route.method, data=data)

    assert answer.status_code in (200, 400)


def _quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


def test_what_fits_the_description_of_a_body_fits_the_bound_of_routes_that_name_none():
    bodies = {
        one.operation_id: one.body.model_json_schema()
        for one in ROUTES
        if one.body and is_bound_as_others(one)
    }
    sizes = {name: bytes_of(schema, schema.get("$defs", {})) for name, schema in bodies.items()}

    assert {name: size for name, size in sizes.items() if size > MAX_BODY_BYTES} == {}


def is_bound_as_others(route):
    return route.max_body_bytes == MAX_BODY_BYTES


def bytes_of(schema, defined):
    """Return how many bytes the longest value takes as JSON; a sign can take twelve of them (`\\ud83d\\ude00`)."""
    if "$ref" in schema:
        return bytes_of(defined[schema["$ref"].rsplit("/", 1)[-1]], defined)
    if "anyOf" in schema:
        return max(bytes_of(one, defined) for one in schema["anyOf"])
    words = [*schema.get("enum", ()), schema.get("const", "")]
    sizes = {
        "string": lambda: (
            max(12 * schema.get("maxLength", UNBOUNDED_WORD), *(len(str(word)) for word in words)) + 2
        ),
        "array": lambda: schema.get("maxItems", 0) * (bytes_of(schema.get("items", {}), defined) + 1) + 2,
        "object": lambda: sum(
            len(name) + 4 + bytes_of(one, defined) for name, one in schema.get("properties", {}).items()
        ),
    }
    return sizes.get(schema.get("type"), lambda: 30)()
