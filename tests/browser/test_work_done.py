"""What is done in a browser comes true outside, on a house with its worker: a rule tells, a published greeting is heard, a campaign
calls its people, and a search calls off what waits."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.steps import check
from tests.house import CALLER, OPERATOR, House, open_house
from tests.support.waiting import wait_for
from tests.support.webhook_receiver import receiving
from voicebot.domain.access.api_key import hash_of

pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120.0
"""The worker looks at alerts a few times a minute."""
ANY_HOUR = json.dumps(
    {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, dsn: str) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("work"), dsn, web=1, worker=True) as house:
        house.rows("select public.set_calling_hours('US', %s)", ANY_HOUR)
        yield house


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    code = uuid4().hex
    house.rows("select public.make_console_link(%s)", hash_of(code))
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"{house.url}/console/link?code={code}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Now")
    yield page
    context.close()


def write(page: Page, **fields: str) -> None:
    for label, words in fields.items():
        page.get_by_label(label.replace("_", " ")).first.fill(words)


def test_a_rule_is_looked_back_with_fires_and_is_told_by_page_text_and_webhook_until_it_is_over(
    house: House, page: Page
) -> None:
    said: list[str] = []
    requested: list[str] = []
    # A second try begins where the first one did.
    house.rows("delete from public.alert_rules")
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: requested.append(request.url))
    with receiving() as outside:
        page.goto(f"{house.url}/console/settings/webhooks")
        page.get_by_label("Address, with https").fill(outside.url)
        page.get_by_role("button", name="Add it").click()
        expect(page.locator("main code").first).to_contain_text("whsec_")
        secret = page.locator("main code").first.inner_text()

        page.goto(f"{house.url}/console/settings/alerts")
        write(page, Name="People call", Limit="many")
        page.get_by_label("It fires on").select_option("count")
        page.get_by_label("Which calls").select_option("calls")
        page.get_by_label("Tell by text").check()
        page.get_by_role("button", name="Look back a week").click()
        expect(page.get_by_role("alert")).to_have_text("Limit: write a number.")
        expect(page.get_by_label("Limit")).to_be_focused()
        expect(page.get_by_label("Name")).to_have_value("People call")
        expect(page.get_by_label("It fires on")).to_have_value("count")
        page.emulate_media(color_scheme="dark")
        assert [one for one in said if "400" not in one] == []
        said.clear()
        check(page, house, said, requested)
        # More calls than any other test of this house makes.
        page.get_by_label("Limit").fill("1000")
        page.get_by_role("button", name="Look back a week").click()
        expect(page.locator(".counted")).to_have_text("It would not have fired last week.")
        page.get_by_label("Limit").fill("1")
        page.get_by_label("Of at least so many").fill("1")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_text("It has not fired yet.")).to_be_visible()

        sid = house.phone.call(CALLER)
        house.phone.wait(sid, "turn")
        house.phone.hangup(sid)
        wait_for(lambda: bool(house.rows("select 1 from public.call_history where call_sid = %s and ended_at is not null", sid)), PATIENCE_S)  # fmt: skip
        page.get_by_role("link", name="Now").click()
        minutes_pass(house, ended="1 min")

        expect(page.locator("[data-live=incidents]")).to_contain_text(
            "firing People call", timeout=PATIENCE_S * 1000
        )
        check(page, house, said, requested)
        wait_for(lambda: "alert.fired" in told(outside), PATIENCE_S)
        assert outside.is_valid(told(outside).index("alert.fired"), secret)
        wait_for(
            lambda: "an alert fired" in str([one["body"] for one in house.phone.texts(OPERATOR)]), PATIENCE_S
        )
        minutes_pass(house, ended="3 hours")
        expect(page.locator("[data-live=incidents]")).to_contain_text(
            "Nothing is wrong.", timeout=PATIENCE_S * 1000
        )
        wait_for(lambda: "alert.resolved" in told(outside), PATIENCE_S)
    page.goto(f"{house.url}/console/settings/alerts")
    expect(page.get_by_role("region", name="What fired").get_by_role("row")).to_have_count(2)
    expect(page.get_by_text("still so")).to_have_count(0)
    page.goto(f"{house.url}/console/settings/webhooks")
    page.get_by_role("link", name=outside.url).click()
    expect(page.get_by_role("row").filter(has_text="alert.fired")).to_contain_text("sent")


def minutes_pass(house: House, *, ended: str) -> None:
    """Have every call ended so long ago, what fired before that, and the minutes since then not looked at yet."""
    house.rows(
        "update public.call_history set ended_at = now() - %s::interval where ended_at is not null", ended
    )
    house.rows("update public.alert_firings set fired_at = fired_at - interval '5 min'")
    house.rows(
        "update public.alert_rules set checked_at = date_trunc('minute', now()) - interval '2 min', fired_at = null"
    )


def told(outside: Any) -> list[str]:
    return [json.loads(body)["type"] for _, body in list(outside.got)]


def test_what_is_published_is_heard_by_the_next_caller_and_read_on_the_page_of_the_call(
    house: House, page: Page
) -> None:
    greeting = f"Good evening, this is the night desk {uuid4().hex[:6]}."
    page.goto(f"{house.url}/console/library/templates")
    page.get_by_role("link", name="Harbour Street Bicycles").click()
    page.get_by_label("Greeting", exact=True).fill(greeting)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("status")).to_contain_text("The draft is saved.")
    before = house.phone.call(CALLER)
    assert greeting not in str(house.phone.wait(before, "turn"))
    house.phone.hangup(before)

    page.get_by_role("link", name="Changes").click()
    expect(page.locator("ins").first).to_be_visible()
    page.get_by_role("button", name="Publish").dblclick()
    expect(page.get_by_text("in force").first).to_be_visible()
    sid = house.phone.call(CALLER)
    heard = house.phone.wait(sid, "turn")
    house.phone.hangup(sid)

    assert greeting in str(heard)
    (versions,) = house.rows("select max(v.version) as newest from public.call_template_versions v join public.call_templates t on t.id = v.template_id where t.greeting = %s", greeting)  # fmt: skip
    assert versions["newest"] == 2
    (call,) = house.rows("select public_id from public.call_history where call_sid = %s", sid)
    page.goto(f"{house.url}/console/calls/{call['public_id']}")
    expect(page.locator(".said .bot").first).to_contain_text(greeting)
    page.go_back()
    page.reload()
    expect(page.get_by_text("in force").first).to_be_visible()


def test_people_are_imported_called_to_the_last_and_the_report_says_what_came_of_each_also_without_script(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    name, tail = f"Ready {uuid4().hex[:6]}", f"{uuid4().int % 1000:03d}"
    numbers = [f"+1303555{tail}{nth}" for nth in range(4)]
    for number, does in zip(numbers, ("answer", "answer", "busy", "no-answer"), strict=True):
        more = {"says": ["Yes, on Monday.", "Goodbye!"]} if does == "answer" else {}
        house.phone.operator(does, number=number, **more)
    people = tmp_path / "people.csv"
    people.write_bytes("\ufeffTelefon;Vorname\n".encode() + "".join(f"{one};Zoë 🚲 {nth}\n" for nth, one in enumerate(numbers)).encode() + b"none;Bob\n")  # fmt: skip
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page, code = context.new_page(), uuid4().hex
    house.rows("select public.make_console_link(%s)", hash_of(code))
    page.goto(f"{house.url}/console/link?code={code}")
    page.get_by_role("button", name="Sign in").click()

    page.goto(f"{house.url}/console/campaigns/new")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Purpose").select_option("asked_for")
    page.get_by_label("Calling hours").fill("never")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("These are no calling hours")
    expect(page.get_by_label("Name")).to_have_value(name)
    page.get_by_label("Calling hours").fill("")
    page.get_by_label("Attempts for each person").fill("1")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert "load it again to see what is new" in page.locator("noscript").first.inner_text()
    page.locator("input[type=file]").set_input_files(people)
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_role("button", name="Add 4 people").click()
    page.get_by_role("link", name="To the campaign").click()
    page.get_by_role("button", name="Run it").click()
    expect(page.get_by_text("● running").first).to_be_visible()
    wait_for(lambda: not house.rows("select 1 from public.call_queue q join public.campaigns c on c.id = q.campaign_id where c.name = %s and q.status in ('queued', 'in-progress')", name), PATIENCE_S)  # fmt: skip
    page.reload()

    for words in ("4 people", "4 dialled", "2 talked with"):
        expect(page.locator(".counts, .figures, main ul").first).to_contain_text(words)
    with page.expect_download() as saved:
        page.get_by_role("link", name="The report as CSV").click()
    report = saved.value.path().read_bytes()
    assert report.startswith(b"\xef\xbb\xbf") and f"campaign,,{name}".encode() in report
    context.close()


def test_all_that_a_search_of_the_queue_finds_is_called_off_once_and_nothing_else(
    house: House, page: Page
) -> None:
    tag, numbers = f"late-{uuid4().hex[:6]}", [f"+1303556{uuid4().int % 10_000:04d}" for _ in range(3)]
    for number in numbers:
        house.rows(
            """insert into public.call_queue (user_id, recipient_number, purpose, not_before, country, zones, timezone, checked_at)
               select (public.ensure_user(%s) ->> 'user_id')::uuid, %s, 'asked_for', now() + interval '1 day', 'US',
                      '{America/New_York}', 'America/New_York', now()""",
            number,
            number,
        )
    for number in numbers[:2]:
        house.rows("select public.tag_person(%s, %s)", number, tag)

    page.goto(f"{house.url}/console/queue")
    page.get_by_label("Tag of the person").fill(tag)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Entries").get_by_role("row")).to_have_count(3)
    page.locator("select[name=which]").select_option("filter")
    page.locator("select[name=action]").select_option("cancel")
    page.get_by_role("button", name="Look first").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel: 2 entries")
    page.get_by_role("button", name="Cancel: 2 entries").dblclick()
    expect(page.get_by_role("status")).to_contain_text(
        "2 done, 0 left out, 0 to go", timeout=PATIENCE_S * 1000
    )

    states = {row["recipient_number"]: row["status"] for row in house.rows("select recipient_number, status from public.call_queue where recipient_number = any(%s)", numbers)}  # fmt: skip
    assert [states[one] for one in numbers] == ["canceled", "canceled", "queued"]
    (made,) = house.rows("select count(*) as n from public.bulk_actions")
    assert made["n"] == 1
    page.go_back()
    assert page.url == f"{house.url}/console/queue?tag={tag}"
    page.goto(f"{house.url}/console/queue?tag={tag}&status=queued")
    expect(page.get_by_text("Nothing in the queue is like this.")).to_be_visible()
