"""Who is not let in: how many tries there are and for whom, and that each refusal stands in the audit log."""

import itertools
from uuid import UUID, uuid4

import pytest

from tests.console.conftest import token_of
from tests.console.guarding.signing_in import Passwords, log_in
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import make_link

pytestmark = pytest.mark.sql
EMAIL = "ann@example.com"
HEADER = "Fly-Client-Ip"
RUNS = itertools.count()


@pytest.fixture
def passwords(runtime, houses, module_owner):
    """Ann, an operator, who has an e-mail; addresses are told by a proxy."""
    who = houses[0].people["operator"]
    module_owner.execute("delete from public.console_tries")
    module_owner.execute("update public.user_profiles set email = %s where user_id = %s", [EMAIL, who])
    before, runtime.settings = (
        runtime.settings,
        runtime.settings.model_copy(update={"client_address_header": HEADER}),
    )
    runtime.identity = Passwords(who)
    yield runtime.identity
    runtime.identity, runtime.settings = None, before


def tried(client, address, password="wrong", email=EMAIL):
    client.environ_base[f"HTTP_{HEADER.upper().replace('-', '_')}"] = address
    return log_in(client, password, email).status_code


def refusals(owner, thing):
    query = """select after ->> 'why', address, organization_id::text, user_id from public.audit_log
                where action = 'console.sign_in_refused' and object_id = %s order by id"""
    return owner.execute(query, [str(thing)]).fetchall()


def test_a_stranger_who_types_an_e_mail_keeps_nobody_out_but_themselves(visitor, passwords):
    for address in ("198.51.100.7", "2001:db8:1:2::9"):
        stranger = visitor()
        assert [tried(stranger, address) for _ in range(12)] == [401] * 10 + [429] * 2
        assert tried(stranger, address, "right") == 429

    # The next one of the same household of version 6 is the same one.
    assert tried(visitor(), "2001:db8:1:2::77", "right") == 429
    assert tried(visitor(), "203.0.113.5", "right") == 303


def test_many_addresses_do_not_guess_together_and_a_browser_that_is_known_goes_on(visitor, passwords):
    own = visitor()
    assert tried(own, "203.0.113.5", "right") == 303
    looked = passwords.looked
    # Whoever hides the address is one of the many.
    for address in ("unknown", *(f"198.51.100.{nth}" for nth in range(5))):
        for _ in range(10):
            tried(visitor(), address)

    assert passwords.looked - looked == 50
    assert tried(visitor(), "203.0.113.77", "right") == 429
    # Its cookie says so, wherever it is now; for another account it says nothing.
    assert tried(own, "203.0.113.78", "right") == 303
    assert [tried(own, "203.0.113.78") for _ in range(11)] == [401] * 10 + [429]


def test_one_address_does_not_go_through_accounts(visitor, passwords):
    client, address = visitor(), "198.51.100.9"
    codes = [tried(client, address, email=f"a{nth}@example.com") for nth in range(202)]

    assert codes == [401] * 200 + [429] * 2
    assert tried(visitor(), "198.51.100.10", "right") == 303


def test_a_one_time_link_of_the_person_begins_the_counts_anew(visitor, passwords, runtime):
    # Whoever hides the address is one of the many.
    for address in ("unknown", *(f"198.51.100.{nth}" for nth in range(5))):
        for _ in range(10):
            tried(visitor(), address)
    assert tried(visitor(), "198.51.100.1", "right") == 429
    code, client = uuid4().hex, visitor()
    make_link(runtime.database, hash_of(code), passwords.who.user_id)

    form = {"code": code, "form_token": token_of(client, "/console/link")}
    assert client.post("/console/link", data=form).status_code == 303

    assert tried(visitor(), "198.51.100.1", "right") == 303


@pytest.mark.parametrize("forged", ["", "x", "x.y", "{}.y", "x{}." + "0" * 64, "." * 300, "é.è"])
def test_a_browser_cannot_say_by_itself_that_it_is_known(visitor, passwords, forged):
    client, codes = visitor(), []
    for nth in range(11):
        client.set_cookie("voicebot-browser", forged.format(nth), path="/console")
        codes.append(tried(client, "198.51.100.7"))

    assert codes == [401] * 10 + [429]


def test_a_browser_that_is_known_for_an_account_is_a_stranger_to_another_one(visitor, passwords):
    own = visitor()
    assert tried(own, "203.0.113.5", "right") == 303

    codes = [tried(own, f"203.0.113.{nth}", email="ben@example.com") for nth in range(60)]

    # As from any browser: ten from each address, and fifty from all of them.
    assert codes == [401] * 50 + [429] * 10


def test_wrong_passwords_and_locks_stand_in_the_log_of_the_organization(
    visitor, passwords, houses, module_owner
):
    house, who = houses[0], passwords.who.user_id
    before = len(refusals(module_owner, who))
    # That an address is locked is noted once in ten minutes: each run of this test has its own.
    address = f"198.18.{next(RUNS)}.44"
    for _ in range(20):
        tried(visitor(), address)

    noted = refusals(module_owner, who)[before:]
    place = (address, str(house.one.organization_id), None)
    assert noted == [("wrong", *place)] * 10 + [("too_many_tries", *place)]
    page = visitor(house.people["owner"]).get("/console/settings/audit").text
    assert "somebody who is not signed in" in page and "too_many_tries" in page


def test_what_strangers_try_fills_no_log_and_repeats_nothing_of_it(visitor, passwords, runtime, module_owner):
    typed = "hunter2-in-the-wrong-field@example.com"
    for nth in range(30):
        tried(visitor(), f"198.51.100.{nth % 3}", email=f"{nth}{typed}")
    link = visitor()
    for _ in range(3):
        token = token_of(link, "/console/link")
        assert link.post("/console/link", data={"code": "wrong", "form_token": token}).status_code == 401

    noted = refusals(module_owner, "unknown")
    lasts = [
        runtime.database.call(
            "note_refused_sign_in", code="wrong", address=f"2001:db8::{nth}", most_an_hour=len(noted) + 3
        )["result"]
        for nth in range(10)
    ]
    assert lasts == ["noted"] * 3 + ["unchanged"] * 7
    assert (
        len([one for one in noted if one[0] == "wrong" and one[1] in (f"198.51.100.{n}" for n in range(3))])
        <= 3
    )
    assert len([one for one in noted if one[0] == "wrong_link"]) == 1
    assert {organization for _, _, organization, _ in noted} == {None}
    log = module_owner.execute("select string_agg(a::text, ' ') from public.audit_log a").fetchone()[0]
    assert "hunter2" not in log


def test_denied_routes_forms_and_proofs_stand_in_the_log_once_in_a_while(visitor, houses, module_owner):
    house = houses[0]
    viewer = visitor(house.people["viewer"])
    for _ in range(3):
        assert viewer.get("/console/settings/members").status_code == 403
        assert viewer.post("/console/confirm", data={"form_token": "x"}).status_code == 403
        form = {"form_token": token_of(viewer, "/console/account"), "code": "wrong"}
        assert viewer.post("/console/confirm", data=form).status_code == 401

    noted = module_owner.execute(
        """select action, object_id, user_id from public.audit_log
            where organization_id = %s and action in ('route.denied', 'form.refused', 'proof.refused') order by id""",
        [house.one.organization_id],
    ).fetchall()
    who = UUID(str(house.people["viewer"]))
    assert noted == [
        ("route.denied", "members", who),
        ("form.refused", "confirmSession", who),
        ("proof.refused", "", who),
    ]
