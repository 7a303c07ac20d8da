"""Calls that tests create over REST."""

from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import NUMBER, Rest

SOMEBODY = "+13035550111"


def finished(phone: PhoneClient, rest: Rest, **form: str) -> dict:
    """Create a call over REST and wait for its end."""
    created = rest.post("/Calls.json", From=NUMBER, To=SOMEBODY, **form)
    assert created.status_code == 201, created.text
    phone.wait(created.json()["sid"], "over")
    return rest.get(f"/Calls/{created.json()['sid']}.json").json()
