"""Somebody of whom nobody else may learn anything, somebody else, and keys of every kind."""

import pytest

from tests.api.people import ask_by_key, make_owned

KINDS = (
    "user",
    "organization",
    "user and organization",
    "integrator of a user",
    "integrator of an organization",
)


@pytest.fixture(scope="module")
def theirs(runtime, module_owner):
    """Somebody of whom nobody else may learn anything."""
    one = make_owned(runtime, module_owner)
    runtime.database.call("suppress", number=one.number, scope="calls", reason="operator")
    runtime.database.call("block_caller", number=one.number)
    return one


@pytest.fixture(scope="module")
def somebody(runtime, module_owner):
    return make_owned(runtime, module_owner)


@pytest.fixture
def client_of(app, make_api_key):
    return lambda kind, one: ask_by_key(app, key_of(make_api_key, kind, one))


def key_of(make_api_key, kind, one):
    """Make a key of this kind, one of `KINDS`, that is somebody's."""
    whose = {}
    if "user" in kind:
        whose["user_id"] = one.user_id
    if "organization" in kind:
        whose["organization_id"] = one.organization_id
    return make_api_key(role="integrator" if "integrator" in kind else "operator", **whose)


@pytest.fixture(scope="module")
def somebodys_keys(make_api_key, somebody):
    """A key of each kind that somebody may have."""
    return {kind: key_of(make_api_key, kind, somebody) for kind in KINDS}


@pytest.fixture
def keys_of_somebody(app, somebodys_keys):
    return {kind: ask_by_key(app, key) for kind, key in somebodys_keys.items()}
