"""A form that makes something is done once, however it comes twice; and whoever saves over another person's change is told."""

import re
import threading
import time

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
