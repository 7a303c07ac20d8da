"""A form that makes something is done once, however it comes twice; and whoever saves over another person's change is told."""

import re
import threading
import time
from html import unescape

import pytest

from tests.console import asking
from tests.console.conftest import make_house, token_of
from voicebot.console.table import ROUTES
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import begin_form, end_form

pytestmark = pytest.mark.sql
KEY = re.compile(r'name="form_key" value="([^"]+)"')
MAKES = {
    "makeTemplate": ("/library/templates", "call_templates"),
    "addWebhook": ("/settings/webhooks", "webhook_endpoints"),
    "invite": ("/settings/members", "organization_invitations"),
    "makeKey": ("/settings/keys", "api_keys"),
    "makeCampaign": ("/campaigns/new", "campaigns"),
    "addAlert": ("/settings/alerts", "alert_rules"),
    "testWebhook": ("/settings/webhooks/<uuid:endpoint>", "webhook_deliveries"),
    "makeOrganization": ("/settings/members", "organizations"),
}
"""A route whose form makes something -> the page that has the form, and where the new row stands."""
ELSEWHERE = {"replayWebhook", "redialCampaign"}
"""What is done a second time finds nothing left to do."""


def page_of(client, house, name):
    return client.get(f"/console{house.fill(MAKES[name][0])}")


def post(client, house, name, key, /, **more):
    route = next(one for one in ROUTES if one.name == name)
    form = asking.FORMS.get(name, lambda house: {})(house) | more
    form |= {"form_key": key, "form_token": token_of(client, "/console/account")}
    return client.post(f"/console{house.fill(route.path)}", data=form)


def test_every_form_that_makes_something_has_a_key_and_makes_it_once(visitor, runtime, module_owner):
    assert {one.name for one in ROUTES if one.is_once} == MAKES.keys() | ELSEWHERE
    # Organizations are made by the operator of the machine.
    house = make_house(runtime, module_owner)
    for name, (_, table) in MAKES.items():
        client = visitor(house.people["owner"]) if name != "makeOrganization" else visitor(administrator=True)
        page = page_of(client, house, name)
        key = KEY.search(page.text)
        assert page.status_code == 200 and key, name

        def count(table=table):
            return module_owner.execute(f"select count(*) from public.{table}").fetchone()[0]

        before = count()
        first, again = post(client, house, name, key[1]), post(client, house, name, key[1])
        assert count() == before + 1, name
        if first.status_code == 303:
            assert (again.status_code, again.headers["Location"]) == (303, first.headers["Location"])
        else:
            assert (first.status_code, again.status_code) == (200, 409), name
            assert "was sent already, and was done once" in again.text
        # Another opening of the form asks anew, where a name may be had twice.
        if name not in ("makeTemplate", "makeKey", "makeOrganization"):
            assert (
                post(client, house, name, KEY.search(page_of(client, house, name).text)[1]).status_code < 400
            )
            assert count() == before + 2, name


def test_two_that_come_at_once_make_one_and_other_words_or_another_person_are_another_form(
    visitor, runtime, module_owner
):
    house = make_house(runtime, module_owner)
    clients = [visitor(house.people["owner"]) for _ in range(2)]
    cookie = clients[0].get_cookie("voicebot", path="/console")
    clients[1].set_cookie("voicebot", cookie.value, path="/console")
    key, answers = "k" * 16, []

    def send(client):
        answers.append(post(client, house, "makeCampaign", key))

    threads = [threading.Thread(target=send, args=(one,)) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    others = [
        post(clients[0], house, "makeCampaign", key, name="autumn"),
        post(visitor(house.people["admin"]), house, "makeCampaign", key),
    ]

    places = [one.headers["Location"] for one in (*answers, *others)]
    assert places[0] == places[1] and len(set(places)) == 3


def test_what_was_refused_is_sent_again_and_a_form_whose_process_died_is_done_after_half_a_minute(
    visitor, runtime, module_owner
):
    house = make_house(runtime, module_owner)
    client, key = visitor(house.people["owner"]), "r" * 16
    session = hash_of(client.get_cookie("voicebot", path="/console").value)
    refused = [post(client, house, "addWebhook", key, url="http://10.0.0.1/hook") for _ in range(2)]

    assert [one.status_code for one in refused] == [400, 400]
    assert begin_form(runtime.database, session, "dies").is_first
    assert not begin_form(runtime.database, session, "dies").is_first
    module_owner.execute(
        """update public.console_sessions set sent = jsonb_set(sent, '{dies,at}', to_jsonb(extract(epoch from now()) - 31))
            where token_hash = %s""",
        [session],
    )
    assert begin_form(runtime.database, session, "dies").is_first
    # A session keeps a few of them.
    for nth in range(60):
        assert begin_form(runtime.database, session, f"one {nth}").is_first
        end_form(runtime.database, session, f"one {nth}", to="/console")
    (kept,) = module_owner.execute(
        "select sent from public.console_sessions where token_hash = %s", [session]
    ).fetchone()
    assert len(kept) == 40 and "one 59" in kept and time.time() - kept["one 59"]["at"] < 60
    assert begin_form(runtime.database, session, "one 59").to == "/console"


EDITS = {
    # A route, the page that has its form, and what two people make of it.
    "changeMember": ("/settings/members", {"role": "operator"}, {"role": "viewer"}),
    "removeMember": ("/settings/members", None, {}),
    "changeAlert": ("/settings/alerts/<uuid:alert>", asking.ALERT | {"name": "Ben's"}, asking.ALERT | {"name": "Zoë's"}),
    "changeWebhook": ("/settings/webhooks/<uuid:endpoint>", {"event_types": "call.ended"}, {"active": "yes"}),
    "changeOrganization": ("/settings/organization", {"display_name": "Ben's"}, {"display_name": "Zoë's"}),
    "changePerson": ("/people/<uuid:person>", {"first_name": "Ben"}, {"first_name": "Zoë"}),
    "saveTemplate": ("/library/templates/<uuid:template>", {"name": "Ben's"}, {"name": "Zoë's"}),
    "setRetention": ("/settings/data", {"days": "30"}, {"days": "60"}),
    "changeEntry": ("/queue/<uuid:entry>", {"priority": "5"}, {"priority": "9"}),
}  # fmt: skip


def hidden(page, path):
    """What the form that posts to a path says by itself."""
    form = re.search(rf'<form[^>]*action="/console{re.escape(path)}".*?</form>', page.text, re.S)
    assert form, path
    names = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])
    return {name: unescape(value) for name, value in names}


def test_the_second_of_two_who_change_the_same_thing_is_told_and_has_it_their_way_by_sending_it_again(
    visitor, runtime, module_owner
):
    for name, (where, first, second) in EDITS.items():
        house = make_house(runtime, module_owner)
        ben, zoe = visitor(house.people["owner"]), visitor(house.people["admin"])
        route = next(one for one in ROUTES if one.name == name)
        values = {"user": house.people["agent"]} if "Member" in name else {}
        path = house.fill(re.sub(r"<uuid:user>", str(values.get("user")), route.path))
        pages = [client.get(f"/console{house.fill(where)}") for client in (ben, zoe)]
        forms = [hidden(page, path) for page in pages]
        if first is None:
            module_owner.execute(
                "update public.organization_members set role = 'viewer' where user_id = %s", [values["user"]]
            )
        else:
            assert ben.post(f"/console{path}", data=forms[0] | first).status_code == 303, name

        told = zoe.post(f"/console{path}", data=forms[1] | second)

        assert told.status_code in (409, 422), name
        assert "Somebody changed" in told.text, name
        again = hidden(told, path)
        if name not in ("removeMember", "saveTemplate"):
            # The page of the refusal knows how it stands now.
            assert zoe.post(f"/console{path}", data=again | second).status_code == 303, name


def test_what_a_page_of_a_person_does_not_show_is_not_wiped_by_saving_another_field(
    visitor, runtime, module_owner
):
    house = make_house(runtime, module_owner)
    person, operator = house.one.user_id, visitor(house.people["operator"])
    module_owner.execute(
        "update public.user_profiles set email = 'ada@example.com', location = 'Turin', told_to = null where user_id = %s",
        [person],
    )
    module_owner.execute("delete from public.organization_members where user_id = %s", [person])
    path = f"/people/{person}/profile"
    page = operator.get(f"/console/people/{person}")
    shown = dict(re.findall(r'name="(first_name|last_name|email|location)"[^>]*value="([^"]*)"', page.text))
    assert shown["email"] == "", "an operator of a team does not reach a person's e-mail"

    saved = operator.post(f"/console{path}", data=hidden(page, path) | shown | {"first_name": "Ada"})

    assert saved.status_code == 303
    assert module_owner.execute(
        "select first_name, email, location from public.user_profiles where user_id = %s", [person]
    ).fetchone() == ("Ada", "ada@example.com", "Turin")
