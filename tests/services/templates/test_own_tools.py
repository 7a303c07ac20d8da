"""Tools of one's own: the model asks for one in a call, another system does it, and the caller hears how it went."""

import json
import runpy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from tests.services.calls.aftermath import CALLER
from tests.services.calls.gather.gather_calls import arrives, asks, dies, flaky, follows, verbs
from tests.support.source_tree import ROOT
from tests.support.webhook_receiver import receiving
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.events import CallerSaid
from voicebot.providers.http.signed_webhook import key_of_secret, signature
from voicebot.providers.ports import ToolCall
from voicebot.services.calls.run_tool import ToolUse, run_tool, tool_specs
from voicebot.services.calls.setup import call_setup
from voicebot.services.templates import own_tools
from voicebot.storage.catalogue.templates import row_of_template
from voicebot.transports.template_yaml import read_template

pytestmark = pytest.mark.sql


@contextmanager
def booking_system(secret: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, Any]]]:
    """The example as it is, on a port of its own: its address, and what is booked there."""
    monkeypatch.setenv("SECRET", secret)
    example = runpy.run_path(str(ROOT / "examples" / "bookings.py"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), example["Handler"])
    monkeypatch.setattr(example["Handler"], "log_message", lambda *_: None)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/book", example["booked"]
    server.shutdown()
    server.server_close()


def bistro(url: str, **changes: Any) -> dict[str, Any]:
    """The example's template as a call meets it, with its tool at `url`."""
    draft = read_template((ROOT / "examples" / "bistro.yaml").read_text(encoding="utf-8"))
    row = row_of_template(draft, None) | {"id": "11111111-2222-3333-4444-555555555555"}
    return row | {"own_tools": [{**row["own_tools"][0], "url": url, **changes}]}


def asking(arguments: dict[str, Any], id: str = "1-t", **more: Any) -> ToolUse:
    return ToolUse(7, id, arguments, number=CALLER, language="en-US", **more)


def test_a_table_is_booked_once_and_the_caller_hears_what_the_system_says(runtime, monkeypatch):
    template = bistro("http://127.0.0.1:1/")
    setup = call_setup(runtime, CallBackground(template=template))
    (spec,) = [one for one in tool_specs(setup.tools, template) if one.name == "book_table"]
    assert spec.parameters["required"] == ["day", "people"]

    with booking_system(own_tools.secret_of(runtime.settings, template["id"]), monkeypatch) as (url, booked):
        template = bistro(url)
        wish = {"day": "Friday at seven", "people": 4, "made_up": "by the model"}
        done = run_tool(runtime, "book_table", asking(wish), template)
        again = run_tool(runtime, "book_table", asking(wish), template)
        strange = run_tool(runtime, "book_table", asking(wish), template | {"id": "of another team"})
        for place in range(8):
            full = run_tool(runtime, "book_table", asking(wish, f"{place}-x"), template)

    assert (done.ok, done.text) == (True, "A table for 4 is booked for Friday at seven.")
    assert again == done
    # Signed with another template's secret.
    assert (strange.ok, strange.text) == (False, "The booking system does not know this bot.")
    assert (full.ok, full.text) == (False, "There is no table left for Friday at seven. Offer another day.")
    assert len(booked) == 8 and booked["tool_7_1-t"] == {
        "day": "Friday at seven",
        "people": "4",
        "caller": CALLER,
    }


def test_the_recipe_books_what_is_signed_once_and_nothing_on_trial(runtime, monkeypatch):
    secret = own_tools.secret_of(runtime.settings, "1")
    monkeypatch.setenv("SECRET", secret)
    code = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    recipe: dict[str, Any] = {"__name__": "booking"}
    exec(compile(code, "docs/tools.md", "exec"), recipe)
    client = recipe["app"].test_client()

    def post(key: bytes, *, at: float = 0, trial: bool = False) -> Any:
        body = json.dumps({"data": {"trial": trial, "arguments": {"day": "Friday"}}}).encode()
        seconds = int(time.time() + at)
        headers = {
            "webhook-id": "tool_7_1", "webhook-timestamp": str(seconds), "content-type": "application/json",
            "webhook-signature": signature("tool_7_1", seconds, body, key),
        }  # fmt: skip
        return client.post("/voicebot", data=body, headers=headers)

    key = key_of_secret(secret)
    refused = [
        post(b"another" * 5).status_code,
        post(key, at=-400).status_code,
        client.post("/voicebot").status_code,
    ]
    tried = post(key, trial=True)
    assert (refused, tried.text, recipe["booked"]) == ([401, 401, 401], "A table is booked for Friday.", {})
    assert [post(key).status_code for _ in range(2)] == [200, 200]
    assert recipe["booked"] == {"tool_7_1": {"day": "Friday"}}


def test_in_a_call_the_answer_of_the_system_is_what_the_model_speaks_on(
    runtime, owner, model, on_template, call_sid
):
    wish = {"day": "Friday", "people": "4"}
    model.scripts = [[ToolCall("t", "book_table", wish)], ["Your table is booked."]]
    with receiving() as system:
        tools = json.dumps(bistro(system.url)["own_tools"])
        on_template(greeting="'Good day.'", own_tools=f"'{tools}'::jsonb")

        arrives(runtime, call_sid)
        asks(runtime, call_sid, 1, CallerSaid("A table for four on Friday, please."))

    told = json.loads(system.got[0][1])["data"]
    assert (told["caller"], told["arguments"]) == (CALLER, wish)
    (offered,) = [one for one in model.requests[0].tools if one.name == "book_table"]
    assert offered.parameters["properties"]["people"]["description"] == "How many people will come."
    assert model.requests[1].messages[-1]["content"] == "Done."


def test_a_process_that_dies_while_a_system_works_is_followed_by_the_same_wish_under_the_same_id(
    make_runtime, owner, model, on_template, call_sid
):
    dying, heir = make_runtime(), make_runtime()
    database = flaky(dying)
    wish = {"day": "Friday", "people": "4"}
    model.scripts = [[ToolCall("t", "book_table", wish)], ["It is booked."]]
    with receiving() as system:
        system.may_answer.clear()
        on_template(
            greeting="'Good day.'", own_tools=f"'{json.dumps(bistro(system.url)['own_tools'])}'::jsonb"
        )
        arrives(dying, call_sid)
        waiting = asks(dying, call_sid, 1, CallerSaid("A table for four on Friday, please."))
        dies(owner, call_sid, database)
        system.may_answer.set()

        follows(heir, call_sid, 1, 1)

    # Whoever waits hears something meanwhile.
    assert verbs(waiting)[-1] == "Redirect" and verbs(waiting)[0] in ("Say", "Play")
    first, again = (headers["webhook-id"] for headers, _ in system.got)
    assert first == again


def test_a_system_that_is_slow_or_says_too_much_is_cut_off_and_no_word_of_it_is_in_the_log(runtime, caplog):
    caplog.set_level("DEBUG")
    wish = {"day": "Friday", "people": "4000 secretly " + "x" * 9000}
    with receiving() as system:
        template = bistro(system.url)
        system.answers, system.words = [200, 500], "hush " * 1_000_000
        long = run_tool(runtime, "book_table", asking(wish), template)
        broken = run_tool(runtime, "book_table", asking(wish), template)
        system.may_answer.clear()
        slow = run_tool(runtime, "book_table", asking(wish), bistro(system.url, timeout_s=1))
        system.may_answer.set()

    assert len(long.text) <= own_tools.LONGEST_ANSWER and long.text.startswith("hush hush")
    told = json.loads(system.got[0][1])["data"]["arguments"]
    assert len(told["people"]) == 2000
    assert broken == slow and (slow.ok, slow.text) == (False, own_tools.NOT_NOW)
    failures = [one for one in caplog.records if one.getMessage() == "a tool of one's own failed"]
    assert [(one.tool, one.call_id, one.code) for one in failures] == [
        ("book_table", 7, "http_500"), ("book_table", 7, "timeout"),
    ]  # fmt: skip
    logged = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    secret = own_tools.secret_of(runtime.settings, template["id"])
    assert not [word for word in ("secretly", "hush", CALLER, secret) if word in logged]


def test_what_is_missing_or_not_proven_asks_no_system(runtime):
    with receiving() as system:
        template = bistro(system.url)
        lacking = run_tool(runtime, "book_table", asking({"day": "Friday", "people": " "}), template)
        proven = bistro(system.url, needs_code=True)
        stranger = run_tool(runtime, "book_table", asking({"day": "Friday", "people": "4"}), proven)
        assert system.got == []
        known = run_tool(
            runtime, "book_table", asking({"day": "Friday", "people": "4"}, verified=True), proven
        )

    assert "How many people will come." in lacking.text and not lacking.ok
    assert "send a code" in stranger.text and not stranger.ok
    # An answer without words is one, too.
    assert (known.ok, known.text) == (True, "Done.")
    (headers, body) = system.got[0]
    told = json.loads(body)
    assert (told["type"], headers["webhook-id"]) == ("tool.asked", "tool_7_1-t")
    assert told["data"] == {
        "tool": "book_table",
        "arguments": {"day": "Friday", "people": "4"},
        "template": "Mill Lane Bistro",
        "call_id": 7,
        "message_id": None,
        "trial": False,
        "caller": CALLER,
        "verified": True,
        "language": "en-US",
    }


@pytest.mark.parametrize("status", [302, 500, 503])
def test_a_system_that_fails_is_said_to_have_done_nothing_known(runtime, status):
    with receiving() as system:
        system.answers = [status]
        failed = run_tool(runtime, "book_table", asking({"day": "Friday", "people": "4"}), bistro(system.url))

    assert (failed.ok, failed.text) == (False, own_tools.NOT_NOW)
    assert len(system.got) == 1


def test_private_hosts_are_asked_only_where_the_installation_names_them(make_runtime, runtime):
    """A name is looked up once, and what it led to then is connected to; nobody else knows `bookings.internal`."""

    def house(*named: str):
        return make_runtime(
            settings=runtime.settings.model_copy(update={"offline": False, "tool_hosts": named})
        )

    def ask(runtime, url, found="10.0.0.5"):
        wish = own_tools.Wish("1-t", {"day": "Friday", "people": "4"}, CALLER, "en-US", call_id=7)
        return own_tools.use_own_tool(runtime, bistro(url), "book_table", wish, resolve=lambda _: [found])

    closed = own_tools.Asked(False, own_tools.NOT_NOW, "closed_address")
    with receiving() as system:
        port = system.url.rpartition(":")[2]
        inside = f"http://bookings.internal:{port}/book"
        named = house(f"bookings.internal:{port}")
        for runtime_, url in (
            (house(), system.url),
            (house(), "https://bookings.example.com/"),
            (house(), inside),
            (house("bookings.internal"), inside),
            (named, system.url),
            (named, f"http://other.internal:{port}/"),
            # A public name that leads inside stays closed.
            (named, "https://bookings.example.com/"),
        ):
            assert ask(runtime_, url) == closed, url
        # Plain http is for hosts that are named, wherever they stand.
        assert ask(named, f"http://bookings.example.com:{port}/", found="8.8.8.8") == closed
        assert system.got == []
        done = ask(named, inside, found="127.0.0.1")

    assert done.ok and len(system.got) == 1
    assert system.got[0][0]["host"] == f"bookings.internal:{port}"
