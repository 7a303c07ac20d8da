"""The carrier signs as the recorded vectors do (handbook 5)."""

import pytest

from simulator.carrier.wire.signature import sign
from tests.vectors import TWILIO, read

ALL = read(TWILIO / "signatures.json")["vectors"]


def fields(vector: dict) -> list[tuple[str, str]]:
    return [
        (name, each)
        for name, value in vector["params"].items()
        for each in (value if isinstance(value, list) else [value])
    ]


@pytest.mark.parametrize(
    "vector", [each for each in ALL if each["expect_valid"]], ids=lambda each: each["id"]
)
def test_what_twilio_signed_is_signed_alike(vector: dict) -> None:
    assert sign(vector["auth_token"], vector["signed_url"], fields(vector)) == vector["signature"]


@pytest.mark.parametrize(
    "vector", [each for each in ALL if not each["expect_valid"]], ids=lambda each: each["id"]
)
def test_what_twilio_did_not_sign_is_signed_otherwise(vector: dict) -> None:
    assert sign(vector["auth_token"], vector["url"], fields(vector)) != vector["signature"]


def test_a_fragment_is_not_signed() -> None:
    assert sign("token", "https://example.com/a?b=c#rc=2", []) == sign(
        "token", "https://example.com/a?b=c", []
    )
