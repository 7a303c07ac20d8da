"""A message of Vapi is taken only from who can prove to have sent it, in each of the ways there are."""

import base64
import hashlib
import hmac

import pytest

from tests.vectors import PROVIDERS, read
from voicebot.transports.vapi.credentials import (
    TOLERANCE_S,
    SharedSecret,
    SignedBody,
    credential_in,
    credential_of,
)

VECTORS = read(PROVIDERS / "vapi.json")
NOW = 1795896065.0


@pytest.mark.parametrize("vector", VECTORS["hmac"], ids=lambda vector: vector["id"])
def test_recorded_signatures_are_known(vector):
    credential = credential_of(vector["credential"])
    body = vector["raw_body"].encode()

    assert credential.signed(vector["headers"], body, NOW) is vector["valid"]
    assert not credential.signed(vector["headers"], body + b" ", NOW)
    assert not credential.signed({}, body, NOW)


def hmac_headers(body: bytes, stamp: str, key: bytes = b"topsecret") -> dict[str, str]:
    signature = hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"x-signature": signature, "x-timestamp": stamp}


@pytest.mark.parametrize(
    ("stamp", "fresh"),
    [
        (str(int(NOW)), True),
        (str(int(NOW * 1000)), True),
        (str(int(NOW - TOLERANCE_S + 1)), True),
        (str(int(NOW + TOLERANCE_S - 1)), True),
        (str(int(NOW - TOLERANCE_S - 1)), False),
        (str(int(NOW + TOLERANCE_S + 1)), False),
        ("", False), ("now", False), ("-1", False), ("1e9", False), ("0", False), ("٣", False), ("9" * 40, False),
    ],
)  # fmt: skip
def test_a_signature_counts_for_a_few_minutes(stamp, fresh):
    credential = credential_of({"type": "hmac", "secretKey": "topsecret"})
    body = b'{"message":{}}'

    assert credential.signed(hmac_headers(body, stamp), body, NOW) is fresh


def test_a_body_cannot_pose_as_a_part_of_what_is_signed():
    credential = credential_of(
        {"type": "hmac", "secretKey": "topsecret", "payloadFormat": "{timestamp}.{body}"}
    )
    body = b"{timestamp}{body}"

    assert credential.signed(hmac_headers(body, str(int(NOW))), body, NOW)


@pytest.mark.parametrize(
    ("given", "headers", "proven"),
    [
        ({"type": "secret", "secret": "s3cret"}, {"x-vapi-secret": "s3cret"}, True),
        ({"type": "secret", "secret": "s3cret"}, {"x-vapi-secret": "other"}, False),
        ({"type": "secret", "secret": "s3cret"}, {"x-vapi-secret": "s3cret "}, False),
        ({"type": "secret", "secret": "s3cret"}, {"x-vapi-secret": "é"}, False),
        ({"type": "secret", "secret": "s3cret"}, {"authorization": "s3cret"}, False),
        ({"type": "secret", "secret": "s3cret"}, {}, False),
        ({"type": "bearer", "secret": "s3cret"}, {"authorization": "Bearer s3cret"}, True),
        ({"type": "bearer", "secret": "s3cret"}, {"authorization": "s3cret"}, False),
        ({"type": "bearer", "token": "s3cret", "header": "X-Key", "prefix": ""}, {"x-key": "s3cret"}, True),
    ],
)
def test_a_secret_is_known_by_its_header(given, headers, proven):
    assert credential_of(given).signed(headers, b"{}", NOW) is proven


def test_other_algorithms_and_encodings_are_known():
    key, body, stamp = b"topsecret", b"{}", str(int(NOW))
    digest = hmac.new(key, stamp.encode() + b"." + body, hashlib.sha512).digest()
    given = {"type": "hmac", "secretKey": "topsecret", "algorithm": "sha512", "signatureEncoding": "base64"}

    headers = {"x-signature": base64.b64encode(digest).decode(), "x-timestamp": stamp}

    assert credential_of(given).signed(headers, body, NOW)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (None, "webhook"),
        ([], "webhook"),
        ({}, "webhook.type"),
        ({"type": "none"}, "webhook.type"),
        ({"type": "secret"}, "webhook.secret"),
        ({"type": "secret", "secret": "short"}, "webhook.secret"),
        ({"type": "secret", "secret": 5}, "webhook.secret"),
        ({"type": "secret", "secret": "s3cret", "header": "bad header"}, "webhook.header"),
        ({"type": "hmac"}, "webhook.secretKey"),
        ({"type": "hmac", "secretKey": "topsecret", "algorithm": "md5"}, "webhook.algorithm"),
        (
            {"type": "hmac", "secretKey": "topsecret", "signatureEncoding": "utf8"},
            "webhook.signatureEncoding",
        ),
        ({"type": "hmac", "secretKey": "not base64!", "secretIsBase64": True}, "webhook.secretKey"),
        ({"type": "hmac", "secretKey": "topsecret", "payloadFormat": "{timestamp}"}, "webhook.payloadFormat"),
        ({"type": "hmac", "secretKey": "topsecret", "payloadFormat": "{body}"}, "webhook.payloadFormat"),
        ({"type": "hmac", "secretKey": "topsecret", "signatureHeader": ""}, "webhook.signatureHeader"),
    ],
)
def test_a_credential_that_cannot_prove_anything_is_refused_and_never_shown(given, named):
    with pytest.raises(ValueError, match=named) as wrong:
        credential_of(given)

    assert "topsecret" not in str(wrong.value)


@pytest.mark.parametrize(
    "given", [{"type": "hmac", "secretKey": "topsecret"}, {"type": "secret", "secret": "topsecret"}]
)
def test_secrets_are_not_printed(given):
    assert "topsecret" not in repr(credential_of(given))


@pytest.mark.parametrize(
    ("headers", "worth_reading"),
    [
        ({}, False),
        ({"x-signature": "0" * 64}, False),
        ({"x-timestamp": str(int(NOW))}, False),
        ({"x-signature": "0" * 64, "x-timestamp": str(int(NOW))}, True),
        ({"x-signature": "0" * 63, "x-timestamp": str(int(NOW))}, False),
        ({"x-signature": "0" * 64, "x-timestamp": str(int(NOW - 3600))}, False),
        ({"x-signature": "é" * 64, "x-timestamp": str(int(NOW))}, False),
        ({"x-signature": ("0" * 63 + " ") * 9 + "0" * 64, "x-timestamp": str(int(NOW))}, False),
    ],
)
def test_a_body_is_read_only_where_the_headers_may_be_right(headers, worth_reading):
    assert (
        credential_of({"type": "hmac", "secretKey": "topsecret"}).may_be_signed(headers, NOW) is worth_reading
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("s3cret", SharedSecret),
        (" s3cret ", SharedSecret),
        ('{"type": "hmac", "secretKey": "topsecret"}', SignedBody),
        ('{"type": "bearer", "secret": "topsecret"}', SharedSecret),
    ],
)
def test_a_credential_is_read_out_of_text(text, kind):
    assert isinstance(credential_in(text), kind)


@pytest.mark.parametrize("text", ["", "short", "{", "{}", '{"type": "hmac"}', '{"a":' * 5000])
def test_text_that_is_no_credential_is_refused(text):
    with pytest.raises(ValueError, match="webhook"):
        credential_in(text)
