"""What tests of SQL functions share: texting on a database that nobody has texted to yet."""

import pytest
from texting import Texting


@pytest.fixture
def texting(database, owner) -> Texting:
    kit = Texting(database, owner)
    kit.empty()
    return kit
