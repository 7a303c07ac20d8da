import pytest
pytestmark = pytest.mark.sql
def test_loads(database):
    print(database.call("claim_thread", token=__import__("uuid").uuid4(), lease_s=3.0))
