"""What every test of the simulator may ask for: a service to be called, a database, and the recorded forms."""

from typing import Any

import pytest

from simulator.tests.fake_product import exchange, phone, product, rest, texts_back
from tests.conftest import (
    database,
    dsn,
    lender,
    lent,
    logging_as_before,
    only_this_machine,
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_terminal_summary,
    server,
    template,
)
from tests.vectors import TWILIO, read

# The same server, network guard and second tries as the product's tests have.
__all__ = [
    "database",
    "dsn",
    "exchange",
    "lender",
    "lent",
    "logging_as_before",
    "only_this_machine",
    "phone",
    "product",
    "pytest_collection_modifyitems",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "rest",
    "server",
    "template",
    "texts_back",
]


@pytest.fixture(scope="session")
def message_vectors() -> dict[str, list[dict[str, Any]]]:
    """The recorded forms of messages and the documented sequences of their statuses."""
    recorded = read(TWILIO / "http_forms.json")
    return {name: recorded[name] for name in ("messaging", "messaging_status_sequences")}


@pytest.fixture(scope="session")
def handbook_forms() -> dict[str, dict[str, str]]:
    """The recorded and documented webhook forms by their id."""
    recorded = read(TWILIO / "http_forms.json")["voice"]
    return {each["id"]: each["form"] for each in recorded if "form" in each}
