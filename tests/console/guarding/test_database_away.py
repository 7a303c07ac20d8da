"""The database goes away under a page: each says so, and tells and changes nothing."""

import pytest

from tests.console.asking import CLOSED, ask
from tests.console.conftest import token_of
from voicebot.console.blueprint import kinds
from voicebot.storage.database import DatabaseAway

pytestmark = pytest.mark.sql


class Away:
    """A database that answers some functions, and is away for all others."""

    def __init__(self, database, *answered):
        self._database, self._answered, self.asked = database, answered, []

    def call(self, function, **params):
        self.asked.append(function)
        if function in self._answered:
            return self._database.call(function, **params)
        raise DatabaseAway("away")


@pytest.mark.parametrize(
    "answered", [(), ("console_session",)], ids=["from the beginning", "once somebody is known"]
)
def test_every_route_says_that_the_database_does_not_answer(visitor, houses, runtime, answered):
    house, _ = houses
    client = visitor(house.people["owner"])
    token = token_of(client, "/console/account")
    told, database = {}, runtime.database
    runtime.database = Away(database, *answered)
    try:
        for route in [one for one in CLOSED if not one.name.startswith("signOut") and one.name != "live"]:
            for kind in kinds(route):
                answer = ask(client, route, house, kind=kind, token=token)
                told[route.name, kind] = answer.status_code
                assert house.one.number not in answer.text and "Traceback" not in answer.text
                assert answer.headers["Cache-Control"] == "no-store"
    finally:
        runtime.database = database

    assert {which: status for which, status in told.items() if status >= 500 and status != 503} == {}
    # A form that is filled in wrongly is refused before anybody is asked, and a few pages have nothing of the database's.
    assert {status for (name, kind), status in told.items() if not answered} <= {503}
    assert len([one for one in told.values() if one == 503]) > 0.8 * len(told)
    assert client.get("/console/account").status_code == 200
