"""Two teams on a database that nobody has texted to yet."""

import pytest

from tests.sql.teams.teams import World, make_world


@pytest.fixture
def world(texting) -> World:
    return make_world(texting)
