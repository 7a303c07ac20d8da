"""Whoever calls, writes or is called is told by name where the reader may see who that is, and by a masked number else."""

import pytest

from tests.console.conftest import make_house
from voicebot.console.names import name_in
from voicebot.domain.person.phone import mask

pytestmark = pytest.mark.sql
NAME = "Ada <Okafor>"


@pytest.fixture
def house(runtime, module_owner):
    """A person of a name, who talks right now, and whose words the bot could not answer."""
    made = make_house(runtime, module_owner)
    module_owner.execute(
        "update public.user_profiles set first_name = 'Ada', last_name = '<Okafor>' where user_id = %s",
        [made.one.user_id],
    )
    module_owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, direction, call_status, started_at)
           values (%s, %s, %s, gen_random_uuid()::text, 'inbound', 'in-progress', now())""",
        [made.one.user_id, made.one.organization_id, made.one.number],
    )
    return made


def lists_of(one):
    """Path -> the list in its JSON."""
    return {
        "/console/now": "live",
        "/console/calls": "calls",
        "/console/search?q=person:ada": "calls",
        "/console/threads": "items",
        "/console/queue": "entries",
        f"/console/campaigns/{one.campaign_id}": "people",
    }


def test_lists_and_pages_name_the_person_beside_the_masked_number(visitor, house):
    client, one = visitor(house.people["operator"]), house.one

    for path, rows in lists_of(one).items():
        address, _, query = path.partition("?")
        found = client.get(f"{address}.json?{query}").json[rows]
        assert found, path
        assert {(row["name"], row["person"]) for row in found} == {(NAME, mask(one.number))}, path
        assert "Ada &lt;Okafor&gt;" in client.get(path.removesuffix("/now")).text, path
    for path in (f"calls/{one.call_id}", f"threads/{one.conversation_id}", f"queue/{one.entry_id}"):
        page = client.get(f"/console/{path}").text
        assert "Ada &lt;Okafor&gt;</h1>" in page.replace("Call to ", "").replace("Call with ", ""), path
        assert mask(one.number) in page and one.number not in page, path
        assert f'href="/console/people/{one.user_id}"' in page, path


def test_who_told_no_name_is_called_as_the_list_that_they_came_from_has_it(visitor, house, module_owner):
    module_owner.execute(
        "update public.user_profiles set first_name = '', last_name = '' where user_id = %s",
        [house.one.user_id],
    )
    listed = '{"vorname": "Zoë", "nachname": "<b>", "kunde": "nobody"}'
    module_owner.execute(
        "update public.call_queue set custom_variables = %s where id = %s or campaign_id = %s",
        [listed, house.one.entry_id, house.one.campaign_id],
    )
    client = visitor(house.people["operator"])

    for path, rows in (("queue", "entries"), (f"campaigns/{house.one.campaign_id}", "people")):
        assert "Zoë <b>" in {one["name"] for one in client.get(f"/console/{path}.json").json[rows]}, path
    assert "Call to Zoë &lt;b&gt;</h1>" in client.get(f"/console/queue/{house.one.entry_id}").text


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"first_name": " Ann ", "last_name": "Lee", "name": "x"}, "Ann Lee"),
        ({"given_name": "Ada", "family_name": "Okafor"}, "Ada Okafor"),
        ({"name": "Ann"}, "Ann"),
        ({"kunde": None, "cliente": 7}, "7"),
        ({"bike": "red"}, ""),
        ({"name": "x" * 500}, "x" * 80),
        ({}, ""),
    ],
)
def test_names_are_told_by_the_column(variables, name):
    assert name_in(variables) == name


def test_who_may_not_see_a_person_reads_a_masked_number(visitor, runtime, house, module_owner):
    """Another house dials the same number, and nothing else joins the two."""
    other = make_house(runtime, module_owner)
    (entry,) = module_owner.execute(
        """insert into public.call_queue (user_id, recipient_number, purpose) values (%s, %s, 'asked_for') returning id""",
        [other.one.user_id, house.one.number],
    ).fetchone()
    client = visitor(other.people["operator"])

    found = client.get("/console/queue.json").json["entries"]
    page = client.get(f"/console/queue/{entry}").text

    names = {row["name"] for row in found if row["id"] == str(entry)}
    assert names == {""}
    assert "Okafor" not in page and mask(house.one.number) in page
    asked = runtime.database.call(
        "names_by_number", numbers=[house.one.number, "anonymous", "+1"], actor={"role": "integrator"}
    )
    assert asked == {"names": {}, "people": {}}
    assert "/console/people/" not in page
