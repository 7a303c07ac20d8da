"""`numbers` against a simulated account: what is shown, what is asked, and what is left alone."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulator.app import create_app
from simulator.carrier.books.numbers import ELSEWHERE, IDLE, SERVED_ELSEWHERE, OwnNumber
from simulator.carrier.exchange import Exchange
from simulator.config import SimulatorConfig
from tests.services.doctor.patient import served
from tests.support.command_line import ACCOUNTS, Run, environ, run
from voicebot.settings import load_settings

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
OURS = "+12025550100"
URL_FIELDS = {"voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url"}


@pytest.fixture
def account(environ: dict[str, str], owner: Any) -> Iterator[Exchange]:
    """The account of a simulator that the commands reach."""
    owner.execute("delete from public.provider_phone_numbers")
    owner.execute("delete from public.call_templates")
    settings = load_settings(environ)
    config = SimulatorConfig(settings.twilio_account_sid, settings.twilio_auth_tokens[0])
    apps = []

    def build(address: str) -> Any:
        apps.append(create_app(replace(config, port=urlsplit(address).port or 0)))
        return apps[0]

    with served(build) as address:
        environ["VOICEBOT_SIMULATOR_URL"] = address
        yield apps[0].extensions["exchange"]


@pytest.fixture
def at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody sits there and types."""

    def sits(typed: str) -> None:
        keyboard = io.StringIO(typed)
        keyboard.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stdin", keyboard)

    return sits


def at_the_carrier(account: Exchange, number: str) -> OwnNumber:
    found = account.numbers.by_number(number)
    assert found is not None
    return found


def listed(run: Run) -> dict[str, dict[str, Any]]:
    return {row["full_number"]: row for row in json.loads(run("numbers", "list", "--json")[1])["numbers"]}


def test_every_number_of_the_account_is_listed_with_where_it_leads(run: Run, account: Exchange) -> None:
    run("numbers", "connect", OURS, "--yes")

    code, out, err = run("numbers", "list")

    host = urlsplit(ELSEWHERE).hostname
    assert (code, err) == (0, "")
    assert {number: row["leads"] for number, row in listed(run).items()} == {
        OURS: "here",
        SERVED_ELSEWHERE: f"elsewhere: {host}",
        IDLE: "nowhere",
    }
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [
        [OURS, "here"], [SERVED_ELSEWHERE, "elsewhere:"], [IDLE, "nowhere"],
    ]  # fmt: skip


def test_a_list_comes_from_the_database_and_says_so_when_the_carrier_is_silent(
    run: Run, account: Exchange
) -> None:
    run("numbers", "sync")
    run("numbers", "connect", OURS, "--yes")
    silent = {"VOICEBOT_SIMULATOR_URL": "http://127.0.0.1:9"}

    code, out, err = run("numbers", "list", **silent)
    _, as_json, _ = run("numbers", "list", "--json", **silent)

    assert (code, len(err.splitlines())) == (0, 1)
    assert "Twilio does not answer" in err
    assert "not known" in out
    leads = {row["full_number"]: row["leads"] for row in json.loads(as_json)["numbers"]}
    assert leads == {OURS: "here", SERVED_ELSEWHERE: None, IDLE: None}


def test_sync_fetches_and_leaves_every_number_where_it_leads(run: Run, account: Exchange) -> None:
    before = account.numbers.all()

    code, out, _ = run("numbers", "sync")

    assert (code, out) == (0, "Numbers: 3 active, 0 switched off.\n")
    assert account.numbers.all() == before
    assert all(row["connected_at"] is None for row in listed(run).values())


def test_without_a_terminal_a_number_is_connected_only_by_yes(run: Run, account: Exchange) -> None:
    before = at_the_carrier(account, SERVED_ELSEWHERE)

    code, out, err = run("numbers", "connect", SERVED_ELSEWHERE)

    # What would change is shown all the same.
    assert (code, len(err.splitlines())) == (2, 1)
    assert "--yes" in err
    assert all(field in out for field in URL_FIELDS)
    assert f"{ELSEWHERE}/voice" in out
    assert at_the_carrier(account, SERVED_ELSEWHERE) == before


def test_json_asks_nothing(run: Run, account: Exchange, at_the_terminal: Any) -> None:
    at_the_terminal("y\n")

    code, out, err = run("numbers", "connect", SERVED_ELSEWHERE, "--json")

    assert (code, out, len(err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize(
    ("typed", "leads"), [("y\n", "here"), ("n\n", "elsewhere"), ("\n", "elsewhere"), ("", "elsewhere")]
)
def test_only_a_yes_connects(
    run: Run, account: Exchange, at_the_terminal: Any, typed: str, leads: str
) -> None:
    at_the_terminal(typed)

    code, _, _ = run("numbers", "connect", SERVED_ELSEWHERE)

    assert code == (0 if leads == "here" else 1)
    assert listed(run)[SERVED_ELSEWHERE]["leads"].startswith(leads)


def test_a_number_is_connected_and_released_and_no_other_is_touched(run: Run, account: Exchange) -> None:
    before = {number.phone_number: number for number in account.numbers.all()}

    _, connecting, _ = run("numbers", "connect", SERVED_ELSEWHERE, "--yes", "--json")
    here = at_the_carrier(account, SERVED_ELSEWHERE)
    code, releasing, _ = run("numbers", "release", SERVED_ELSEWHERE, "--json")

    assert URL_FIELDS | {"voice_method"} == {each["field"] for each in json.loads(connecting)["changes"]}
    assert (here.voice_method, "#rc=2" in here.voice_url) == ("POST", True)
    assert code == 0
    assert len(json.loads(releasing)["changes"]) == 6
    after = {number.phone_number: number for number in account.numbers.all()}
    assert after[OURS] == before[OURS]
    assert after[IDLE] == before[IDLE]
    assert after[SERVED_ELSEWHERE].shown() | {"date_updated": 0} == before[SERVED_ELSEWHERE].shown() | {
        "date_updated": 0
    }


def test_connecting_again_changes_nothing_and_asks_nothing(run: Run, account: Exchange) -> None:
    run("numbers", "connect", OURS, "--yes")
    connected = at_the_carrier(account, OURS)

    code, out, _ = run("numbers", "connect", OURS)

    assert (code, out.splitlines()[0]) == (0, f"{OURS} leads here already.")
    assert at_the_carrier(account, OURS) == connected


def test_what_somebody_registered_by_hand_is_overwritten_by_force_alone(run: Run, account: Exchange) -> None:
    run("numbers", "connect", SERVED_ELSEWHERE, "--yes")
    sid = at_the_carrier(account, SERVED_ELSEWHERE).sid
    account.numbers.change(sid, {"VoiceUrl": "https://third.example/"})

    code, out, err = run("numbers", "release", SERVED_ELSEWHERE)
    left = at_the_carrier(account, SERVED_ELSEWHERE).voice_url
    forced, _, _ = run("numbers", "release", SERVED_ELSEWHERE, "--force")

    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert ("voice_url" in err, "--force" in err) == (True, True)
    assert left == "https://third.example/"
    assert (forced, at_the_carrier(account, SERVED_ELSEWHERE).voice_url) == (0, f"{ELSEWHERE}/voice")


@pytest.mark.parametrize(
    ("typed", "after"), [("y\n", f"{ELSEWHERE}/voice"), ("n\n", "https://third.example/")]
)
def test_somebody_at_a_terminal_is_asked_before_it_is_overwritten(
    run: Run, account: Exchange, at_the_terminal: Any, typed: str, after: str
) -> None:
    run("numbers", "connect", SERVED_ELSEWHERE, "--yes")
    account.numbers.change(
        at_the_carrier(account, SERVED_ELSEWHERE).sid, {"VoiceUrl": "https://third.example/"}
    )
    at_the_terminal(typed)

    _, out, _ = run("numbers", "release", SERVED_ELSEWHERE)

    assert "Somebody else has changed" in out
    assert at_the_carrier(account, SERVED_ELSEWHERE).voice_url == after


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["connect", "+12025550177", "--yes"], 1, "not a number of the account"),
        (["connect", "bob", "--yes"], 2, "no phone number"),
        (
            ["connect", OURS, "--template", "Shop", "--yes"],
            1,
            "there is no template Shop; templates: none yet",
        ),
        (["release", OURS], 1, "never connected"),
        (["release", ""], 2, "no phone number"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Run, account: Exchange, argv: list[str], code: int, words: str
) -> None:
    before = account.numbers.all()

    done, out, err = run("numbers", *argv)

    assert (done, out, len(err.splitlines())) == (code, "", 1)
    assert words in err
    assert account.numbers.all() == before


def test_a_template_is_given_with_the_number(run: Run, account: Exchange, owner: Any) -> None:
    owner.execute("insert into public.call_templates (name) values ('Shop')")

    _, out, _ = run("numbers", "connect", OURS, "--template", "Shop", "--yes")

    assert "Nothing of Shop is published yet" in out
    assert "templates publish Shop" in out
    assert (listed(run)[OURS]["template"], listed(run)[OURS]["template_version"]) == ("Shop", None)
    assert "Shop (not published)" in run("numbers", "list")[1]


def test_a_template_that_is_published_is_named_with_its_version(
    run: Run, account: Exchange, owner: Any
) -> None:
    owner.execute("insert into public.call_templates (name) values ('Shop')")
    owner.execute("select public.publish_template(id, revision) from public.call_templates")

    run("numbers", "connect", OURS, "--yes")
    _, out, _ = run("numbers", "connect", OURS, "--template", "Shop")
    _, as_json, _ = run("numbers", "connect", OURS, "--json")

    assert "Its calls run version 1 of Shop." in out
    assert (json.loads(as_json)["template"], json.loads(as_json)["template_version"]) == ("Shop", 1)


def test_a_password_in_an_address_is_not_shown(run: Run, account: Exchange) -> None:
    account.numbers.change(
        at_the_carrier(account, OURS).sid, {"VoiceUrl": "https://me:canary@old.example/voice"}
    )

    _, shown, _ = run("numbers", "connect", OURS)
    _, as_json, _ = run("numbers", "connect", OURS, "--yes", "--json")
    run("numbers", "release", OURS)

    assert "https://***@old.example/voice" in shown
    assert "canary" not in shown + as_json
    assert at_the_carrier(account, OURS).voice_url == "https://me:canary@old.example/voice"


def test_a_number_does_not_lead_to_where_twilio_reaches_nobody(run: Run, account: Exchange) -> None:
    code, out, err = run("numbers", "connect", OURS, "--yes", PUBLIC_URL="http://localhost:8080", **ACCOUNTS)

    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "PUBLIC_URL" in err
