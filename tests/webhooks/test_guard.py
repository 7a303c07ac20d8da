"""The guard as Twilio and as strangers meet it. Requests are signed by Twilio's own SDK."""

import io
import json
import logging
import random
import string
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask, Response, g, request
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.support.accounts import carriers_of
from tests.vectors import TWILIO, read
from voicebot.providers.carriers import Carriers
from voicebot.services.doctor.probe import PROBE_FIELD, PROBE_HEADER, probe_answer
from voicebot.settings import Settings, load_settings
from voicebot.telemetry import metrics
from webhooks.guard import MAX_BODY_BYTES, twilio_blueprint

PUBLIC_URL = "https://voice.example.com"
PATH = "/twilio/voice/turn?n=3&k=1"
FORM_TYPE = "application/x-www-form-urlencoded"
CALL = [
    ("CallSid", "CA" + "1" * 32),
    ("From", "+12025550123"),
    ("To", "+12025550100"),
    ("CallStatus", "in-progress"),
    ("FromCity", ""),
    ("SpeechResult", "It's five, isn't it? é ✓"),
    ("Digits", "1"),
]
Pairs = list[tuple[str, str]]


@dataclass
class Bot:
    """An app with one guarded route that remembers what reached it."""

    settings: Settings
    reached: list[Pairs] = field(default_factory=list)
    args: list[Pairs] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    carriers: Carriers | None = None
    calls: dict[str, str] = field(default_factory=dict)
    """Whose a call is, by its account's name; of the others nobody has heard."""

    refused: list[tuple[str, str]] = field(default_factory=list)
    """What was kept of refused requests: the call that they named, and why."""

    def _may_tell(self, function: str, *, call_sid: str, account: str = "", **about: Any) -> dict[str, Any]:
        if function == "note_refused_webhook":
            self.refused.append((call_sid, about["reason"]))
            return {"result": "noted"}
        assert function == "may_tell_of_call"
        return {"allowed": self.calls.get(call_sid, account) == account}

    def client(self) -> FlaskClient:
        app = Flask("guarded")
        app.extensions["voicebot"] = SimpleNamespace(
            settings=self.settings,
            carriers=self.carriers or carriers_of(self.settings),
            database=SimpleNamespace(call=self._may_tell),
        )
        blueprint = twilio_blueprint("voice", "/")

        @blueprint.route("/", methods=["GET", "POST"])
        @blueprint.route("/<path:path>", methods=["GET", "POST"])
        def take(path: str = "") -> Response:
            self.reached.append(list(request.form.items(multi=True)))
            self.args.append(list(request.args.items(multi=True)))
            self.tokens.append(g.token_index)
            return Response("taken")

        app.register_blueprint(blueprint)
        return app.test_client()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        {"PUBLIC_URL": PUBLIC_URL, "VOICEBOT_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    )


@pytest.fixture
def bot(settings: Settings) -> Bot:
    return Bot(settings)


def signed(settings: Settings, path: str, pairs: Pairs, token: str | None = None) -> str:
    validator = RequestValidator(token or settings.twilio_auth_tokens[0])
    return str(validator.compute_signature(settings.public_url + path, MultiDict(pairs)))


def post(client: FlaskClient, path: str, pairs: Pairs, signature: str | None, **headers: str) -> Any:
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    return client.post(path, data=urlencode(pairs), content_type=FORM_TYPE, headers=headers)


def refused_so_far() -> float:
    return sum(
        metrics.REFUSED_SIGNATURES.labels(reason)._value.get() for reason in ("wrong", "missing", "account")
    )


# --- what Twilio sends ----------------------------------------------------------------------------


def of_account(settings: Settings, form: Mapping[str, Any]) -> Settings:
    """The settings of the account that sends a form, where it names one."""
    return settings.model_copy(
        update={"twilio_account_sid": form.get("AccountSid") or settings.twilio_account_sid}
    )


def request_shapes() -> list[Any]:
    vectors = read(TWILIO / "http_forms.json")
    shapes = []
    for entry in vectors["voice"] + vectors["messaging"]:
        forms = entry.get("forms") or [entry["form"]]
        for number, form in enumerate(forms):
            pairs = [(name, str(value)) for name, value in form.items()]
            shapes.append(pytest.param(pairs, id=f"{entry['id']}-{number}"))
        if "raw_body" in entry:
            shapes.append(pytest.param(parse_qsl(entry["raw_body"], True), id=f"{entry['id']}-raw"))
    return shapes


@pytest.mark.parametrize("pairs", request_shapes())
def test_no_real_request_is_refused(settings, pairs):
    bot = Bot(of_account(settings, dict(pairs)))

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 200
    assert sorted(bot.reached[0]) == sorted(pairs)


@pytest.mark.parametrize("vector", read(TWILIO / "signatures.json")["vectors"])
def test_the_vectors_hold_over_http(vector, settings):
    address = urlsplit(vector["url"])
    socket = address.scheme == "wss"
    host = f"{address.scheme}://{address.netloc}"
    bot = Bot(
        of_account(settings, vector["params"]).model_copy(
            update={
                "public_ws_url" if socket else "public_url": host,
                "twilio_auth_token": vector["auth_token"],
            }
        )
    )
    body = vector.get("body") or urlencode(vector["params"], doseq=True)
    answer = bot.client().open(
        f"{address.path}?{address.query}" if address.query else address.path,
        method="POST" if body else "GET",
        data=body or None,
        content_type="application/json" if "body" in vector else FORM_TYPE if body else None,
        headers={"X-Twilio-Signature": vector["signature"], **({"Upgrade": "websocket"} if socket else {})},
    )

    assert answer.status_code == (200 if vector["expect_valid"] else 403)


def test_repeats_and_empty_values_reach_the_handler_as_sent(bot):
    pairs = [("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234"), ("FromCity", ""), ("", "")]

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 200
    assert sorted(bot.reached[0]) == sorted(pairs)


def test_during_a_rotation_either_token_is_accepted_and_noted(settings):
    bot = Bot(settings.model_copy(update={"twilio_auth_token": "new-token,old-token"}))

    for token in ("old-token", "new-token", "older-token"):
        post(bot.client(), PATH, CALL, signed(bot.settings, PATH, CALL, token))

    assert bot.tokens == [1, 0]


def test_each_account_signs_with_tokens_of_its_own(settings):
    one, other = (
        replace(carriers_of(settings).main, account_sid=sid, tokens=(sid,)) for sid in ("AC1", "AC2")
    )
    bot = Bot(settings, carriers=Carriers(one, other))
    client = bot.client()

    answers = [
        post(client, PATH, pairs, signed(settings, PATH, pairs, token)).status_code
        for pairs in ([*CALL, ("AccountSid", "AC1")], [*CALL, ("AccountSid", "AC2")], CALL)
        for token in ("AC1", "AC2")
    ]

    # What names no account, as a socket's request, may be each one's.
    assert answers == [200, 403, 403, 200, 200, 200]


def test_no_account_tells_of_the_call_of_another(settings):
    one, other = (
        replace(carriers_of(settings).main, account_sid=sid, name=sid, tokens=(sid,))
        for sid in ("AC1", "AC2")
    )
    bot = Bot(settings, carriers=Carriers(one, other), calls={CALL[0][1]: "AC1"})
    client = bot.client()

    answers = [
        post(client, PATH, pairs, signed(settings, PATH, pairs, token)).status_code
        for pairs, token in (
            ([*CALL, ("AccountSid", "AC1")], "AC1"),
            ([*CALL, ("AccountSid", "AC2")], "AC2"),
            # Nor when it does not say who it is.
            (CALL, "AC1"),
            (CALL, "AC2"),
            ([("CallSid", "CA" + "2" * 32), ("AccountSid", "AC2")], "AC2"),
        )
    ]

    assert answers == [200, 403, 200, 403, 200]


def test_an_account_that_is_not_ours_is_refused_whoever_signed(bot, caplog):
    pairs = [*CALL, ("AccountSid", "AC" + "9" * 32)]

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 403
    assert bot.reached == []
    assert caplog.records[0].reason == "account"


def test_the_query_is_signed_as_it_was_written(bot):
    path = "/twilio/voice/turn?b=%2b1&a=%C3%A9+x&&a=&c=~"

    assert post(bot.client(), path, CALL, signed(bot.settings, path, CALL)).status_code == 200


def test_a_public_address_with_a_path_of_its_own_is_what_was_signed(settings):
    bot = Bot(settings.model_copy(update={"public_url": "https://example.com/bot"}))

    assert post(bot.client(), PATH, CALL, signed(bot.settings, PATH, CALL)).status_code == 200


@pytest.mark.parametrize("raw", ["", "http://10.0.0.1:8080/twilio/voice/caf%C3%A9?n=%20"])
def test_servers_that_keep_the_raw_target_in_another_way_are_served_too(bot, raw):
    path = "/twilio/voice/caf%C3%A9?n=%20"

    answer = bot.client().post(
        path,
        data=urlencode(CALL),
        content_type=FORM_TYPE,
        headers={"X-Twilio-Signature": signed(bot.settings, path, CALL)},
        environ_overrides={"RAW_URI": raw, "REQUEST_URI": ""},
    )

    assert answer.status_code == 200


# --- what strangers send --------------------------------------------------------------------------


def changed(text: str, rng: random.Random) -> str:
    """The same text with one character more, less or other."""
    place = rng.randrange(len(text) + 1)
    return text[:place] + rng.choice(string.ascii_letters) + text[place + rng.randrange(2) :]


def mutated(rng: random.Random, path: str, pairs: Pairs, signature: str) -> tuple[str, Pairs, str]:
    """Change one thing about a signed request, so that it means something else."""
    place = rng.randrange(len(pairs))
    name, value = pairs[place]
    others = pairs[:place] + pairs[place + 1 :]
    match rng.randrange(8):
        case 0:
            return path, [*others, (name, changed(value, rng))], signature
        case 1:
            return path, [*others, (changed(name, rng), value)], signature
        case 2:
            return path, others, signature
        case 3:
            return path, [*pairs, (name, changed(value, rng))], signature
        case 4:
            return path, [*pairs, (changed("Extra", rng), "")], signature
        case 5:
            return path.replace("turn", changed("turn", rng)), pairs, signature
        case 6:
            return (
                rng.choice([path + "&x=1", path.replace("n=3&k=1", "k=1&n=3"), path.split("?")[0]]),
                pairs,
                signature,
            )
        case _:
            return path, pairs, changed(signature, rng)


def test_of_a_thousand_mutated_requests_none_is_accepted(bot):
    rng = random.Random(7)
    client, signature = bot.client(), signed(bot.settings, PATH, CALL)
    before = refused_so_far()
    tried = 0

    while tried < 1000:
        path, pairs, mark = mutated(rng, PATH, CALL, signature)
        if (path, sorted(pairs), mark) == (PATH, sorted(CALL), signature):
            continue
        tried += 1
        assert post(client, path, pairs, mark).status_code == 403

    assert bot.reached == []
    assert refused_so_far() - before == 1000


@pytest.mark.parametrize("signature", [None, "", "x", "ü", "A" * 10_000])
def test_a_missing_or_wrong_signature_is_403(bot, signature):
    assert post(bot.client(), PATH, CALL, signature).status_code == 403
    assert bot.reached == []


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-Url"])
def test_what_a_stranger_says_about_the_address_does_not_matter(bot, header):
    elsewhere = bot.settings.model_copy(update={"public_url": "https://evil.example"})
    forged = {header: "evil.example"}

    assert post(bot.client(), PATH, CALL, signed(elsewhere, PATH, CALL), **forged).status_code == 403
    assert post(bot.client(), PATH, CALL, signed(bot.settings, PATH, CALL), **forged).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_method_is_let_through_unsigned(bot, method):
    assert bot.client().open(PATH, method=method).status_code == 403


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", None])
def test_a_form_under_another_name_is_not_a_form(bot, kind):
    answer = bot.client().post(
        PATH,
        data=urlencode(CALL),
        content_type=kind,
        headers={"X-Twilio-Signature": signed(bot.settings, PATH, [])},
    )

    assert answer.status_code == 403
    assert bot.reached == []


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 1_000_000])
@pytest.mark.parametrize("kind", [FORM_TYPE, "application/json"])
def test_a_body_that_is_too_large_is_413_whoever_signed_it(bot, size, kind):
    pairs = [("Body", "x" * (size - 5))]

    answer = bot.client().post(
        PATH,
        data=urlencode(pairs),
        content_type=kind,
        headers={"X-Twilio-Signature": signed(bot.settings, PATH, pairs)},
    )

    assert answer.status_code == 413
    assert bot.reached == []


def test_the_largest_body_is_taken(bot):
    pairs = [("Body", "x" * (MAX_BODY_BYTES - 5))]

    assert post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs)).status_code == 200


def test_too_many_fields_are_413(bot):
    pairs = [(f"f{number}", "") for number in range(1001)]

    assert post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs)).status_code == 413


def test_the_string_that_was_signed_is_no_other_form(bot, settings):
    sid = "SM" + "1b" * 16
    form = [
        ("Body", "hi"),
        ("From", "+13035550142"),
        ("MessageSid", sid),
        ("NumMedia", "0"),
        ("To", "+12025550100"),
    ]
    signature = signed(settings, PATH, form)
    begins, ends = form[:2], form[3:]
    others = {
        "a longer sid": [*begins, ("MessageSid", f"{sid}NumMedia0To+12025550100")],
        "a longer sid, a field fewer": [*begins, ("MessageSid", f"{sid}NumMedia0"), ends[1]],
        "a shorter sid": [*begins, ("MessageSid", sid[:-1]), ("bNumMedia", "0To+12025550100")],
        "a much shorter sid": [
            *begins,
            ("MessageSid", "SM1"),
            ("b" + "1b" * 15 + "NumMedia0To", "+12025550100"),
        ],
    }

    assert post(bot.client(), PATH, form, signature).status_code == 200
    for name, other in others.items():
        assert "".join(key + value for key, value in sorted(other)) == "".join(map("".join, form)), name
        assert post(bot.client(), PATH, other, signature).status_code == 403, name
    assert len(bot.reached) == 1


@given(st.binary(max_size=300), st.sampled_from([FORM_TYPE, "application/json", "multipart/form-data"]))
def test_any_bytes_unsigned_are_403(settings, body, kind):
    bot = Bot(settings)

    answer = bot.client().post(PATH, data=body, content_type=kind, headers={"X-Twilio-Signature": "x"})

    assert answer.status_code == 403
    assert bot.reached == []


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), min_size=1, max_size=8))
def test_any_signed_fields_arrive_without_what_postgres_refuses(settings, pairs):
    # A lone surrogate cannot be sent: encoding it takes what replaces it.
    sendable = [tuple(text.encode("utf-8", "replace").decode() for text in pair) for pair in pairs]
    bot = Bot(settings)

    answer = post(bot.client(), PATH, sendable, signed(settings, PATH, sendable))

    assert answer.status_code == 200
    assert sorted(bot.reached[0]) == sorted(
        (name.replace("\0", ""), value.replace("\0", "")) for name, value in sendable
    )


def test_bytes_that_are_no_text_arrive_as_text(bot):
    body = b"Body=%FF%ED%A0%80\xfe&Nul=a%00b&n=1"
    pairs = parse_qsl(body.decode("utf-8", "replace"), errors="replace")

    answer = bot.client().post(
        PATH + "&x=%00y",
        data=body,
        content_type=FORM_TYPE,
        headers={"X-Twilio-Signature": signed(bot.settings, PATH + "&x=%00y", pairs)},
    )

    assert answer.status_code == 200
    assert ("Nul", "ab") in bot.reached[0]
    assert ("x", "y") in bot.args[0]
    json.dumps(bot.reached[0]).encode("utf-8")


def test_a_refusal_leaves_one_line_without_what_was_sent(bot, caplog):
    with caplog.at_level(logging.INFO):
        post(bot.client(), PATH, CALL, "A" * 27 + "=")

    (record,) = caplog.records
    assert (record.reason, record.route) == ("wrong", "/<path:path>")
    assert not any(value in str(vars(record)) for _, value in CALL if len(value) > 2)


class Unread(io.RawIOBase):
    """A body that nobody may look at."""

    def readinto(self, buffer: Any) -> int:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("signature", [None, "", "x", "A" * 27, "A" * 28, "A" * 29 + "=", "=" * 28, "ü" * 28])
@pytest.mark.parametrize("length", [200, MAX_BODY_BYTES, 300_000, 10**12])
def test_what_carries_no_signature_is_refused_before_its_body_is_read(bot, signature, length):
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    unread = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(length)}

    answer = bot.client().post(PATH, content_type=FORM_TYPE, headers=headers, environ_overrides=unread)

    assert answer.status_code == 403
    assert bot.reached == []


def test_the_largest_body_with_a_wrong_signature_costs_little(bot):
    forged = {"X-Twilio-Signature": "A" * 27 + "="}
    client, body = bot.client(), "a=" + "%41" * ((MAX_BODY_BYTES - 2) // 3)

    began = time.process_time()
    answer = client.post(PATH, data=body, content_type=FORM_TYPE, headers=forged)

    assert answer.status_code == 403
    assert time.process_time() - began < 0.1


# --- the probe ------------------------------------------------------------------------------------


def test_a_signed_probe_is_answered_by_the_guard_alone(bot):
    pairs = [(PROBE_FIELD, "nonce")]

    answer = post(bot.client(), PATH, pairs, signed(bot.settings, PATH, pairs))

    assert answer.status_code == 204
    assert answer.headers[PROBE_HEADER] == probe_answer(bot.settings, "nonce")
    assert bot.reached == []


def test_an_unsigned_probe_is_refused_like_anything_else(bot):
    answer = post(bot.client(), PATH, [(PROBE_FIELD, "nonce")], "x")

    assert answer.status_code == 403
    assert PROBE_HEADER not in answer.headers


def test_a_refused_request_about_a_call_is_kept_for_its_page_and_strangers_cause_few_writes(bot):
    client = bot.client()
    for call_sid in ("not a call", "CA" + "2" * 32, "CA" + "3" * 32):
        post(client, PATH, [("CallSid", call_sid)], "A" * 27 + "=")
    post(client, PATH, CALL, None)

    assert bot.refused == [("CA" + "2" * 32, "wrong")]
