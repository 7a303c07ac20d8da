"""A day of a team of three at one house: one steps into a call, one answers a text that the bot gave to people, one calls back.

Everything is real but the carrier and the providers, which the simulator plays: web processes, the worker, three browsers.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.steps import press_until
from tests.house import House, open_house
from tests.support.servers import Server
from tests.support.waiting import wait_for
from voicebot.domain.access.api_key import hash_of

FAKE = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
CALLER, WRITER = "+12025550123", "+12025550177"
PEOPLE = {f"+1303555010{n}": name for n, name in enumerate(("Ann", "Ben", "Cleo", "Dan", "Eve"), 1)}
BUSY, AWAY = "+13035550104", "+13035550105"
REFUND = "I would like a refund for the second lock, please."
pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120.0
"""Talk takes its time: these calls run in real time, on a machine that others use too."""


@pytest.fixture
def house(tmp_path: Path, server: Server, template: str) -> Iterator[House]:
    """A house of its own, so that a second try begins with a new day."""
    name = f"day_{uuid4().hex}"
    with open_house(tmp_path / "day", server.create(name, template), worker=True) as house:
        house.rows("update public.call_templates set transport = 'media'")
        # Those who are dialled hear and speak by turns, in compressed time.
        house.rows(
            """insert into public.call_templates (name, greeting, prompt, facts, transport)
               select 'By turns', greeting, prompt, facts, 'gather' from public.call_templates limit 1"""
        )
        house.rows("select public.publish_template(t.id, t.revision) from public.call_templates t")
        yield house
    server.drop(name)


@pytest.fixture
def colleagues(house: House) -> dict[str, str]:
    """Name -> id of the three, in the only organization of the house."""
    (made,) = house.rows("select public.make_organization('Spokes', 'spokes') ->> 'id' as id")
    found = {}
    for name, role in (("Olga", "operator"), ("Ruth", "agent"), ("Ada", "admin")):
        (row,) = house.rows(
            "select public.ensure_user(%s) ->> 'user_id' as id", f"+1415555{uuid4().int % 10**4:04d}"
        )
        house.rows("update public.user_profiles set first_name = %s where user_id = %s", name, row["id"])
        house.rows(
            "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)",
            made["id"], row["id"], role,
        )  # fmt: skip
        found[name] = row["id"]
    return found


@pytest.fixture
def desk(browser: Browser, house: House, colleagues: dict[str, str]) -> Iterator[Callable[[str], Page]]:
    """A browser for each of them, with a microphone that beeps; they sign in by a link."""
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *FAKE])

    def sit_down(name: str) -> Page:
        page, code = opened.new_context(viewport={"width": 1400, "height": 900}).new_page(), uuid4().hex
        page.set_default_timeout(PATIENCE_S * 1000)
        house.rows("select public.make_console_link(%s, %s)", hash_of(code), colleagues[name])
        page.goto(f"{house.url}/console/link?code={code}")
        expect(page.get_by_role("button", name="Sign in")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Now")
        return page

    yield sit_down
    opened.close()


def watches_and_steps_in(house: House, page: Page) -> None:
    """A live call is watched; its bot is told something, and then somebody talks in its place for a while."""
    expect(page.get_by_text("Nobody is talking.")).to_be_visible()
    sid = house.phone.call(CALLER)
    house.phone.wait(sid, "turn", timeout_s=PATIENCE_S)
    page.get_by_role("row").filter(has_text="talking").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call with")
    said = page.locator(".said")
    expect(said.locator(".bot").first).to_be_visible()

    page.evaluate("window.stays = true")
    page.get_by_label("Whisper to the bot").fill("Students get twenty percent off new tyres.")
    page.keyboard.press("Enter")
    expect(page.locator(".marks")).to_contain_text("Whispered to the bot: “Students get twenty percent")
    house.phone.say(sid, "Do students get something off new tyres?")
    expect(said.locator(".caller")).to_contain_text("Do students get something off new tyres?")
    expect(said.locator(".bot").last).to_contain_text("twenty percent")

    page.get_by_role("button", name="Take over and talk").click()
    expect(page.locator("#step [role=status]")).to_have_text("You talk with the caller.")
    house.phone.say(sid, "Is that a person?")
    expect(said.locator(".caller").last).to_contain_text("Is that a person?")
    page.get_by_role("button", name="Give back to the bot").click()
    expect(page.get_by_label("Whisper to the bot")).to_be_visible()
    # Nothing of it loaded the page anew: whoever hears the call goes on hearing it.
    expect(page.locator("#step [role=status]")).to_have_text("You hear the call; nobody hears you.")
    expect(page.get_by_role("button", name="Stop listening")).to_be_visible()
    assert page.evaluate("window.stays")
    house.phone.hangup(sid)
    expect(page.get_by_text("The call is over.")).to_be_visible()


def answers_a_text(house: House, page: Page, member: str) -> None:
    """A text of somebody who wants a person is answered by the agent to whom it is assigned; she sees no other."""
    press_until(page, "Threads")
    expect(page.get_by_text("Nothing is open.")).to_be_visible()
    house.rows(
        """update public.user_profiles set onboarding_status = 'completed'
            where user_id = (select public.ensure_user(%s) ->> 'user_id')::uuid""",
        WRITER,
    )
    house.phone.text("What are your opening hours?", CALLER)
    house.phone.text("Can I talk to a person about my refund?", WRITER)
    wait_for(
        lambda: bool(house.rows("select 1 from public.inbox_items where reason is not null")), PATIENCE_S
    )
    (item,) = house.rows("select id from public.inbox_items where reason is not null and kind = 'thread'")
    house.rows("update public.conversations set assigned_to = %s where id = %s", member, item["id"])

    page.get_by_role("row").filter(has_text="asks for a person").get_by_role("link").press("Enter")
    expect(page.locator(".theirs .bubble")).to_have_text("Can I talk to a person about my refund?")
    number = len(house.phone.texts(WRITER))
    page.keyboard.press("r")
    page.keyboard.type("Hello, this is Ruth. Your refund is on its way.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".human .bubble")).to_have_text("Hello, this is Ruth. Your refund is on its way.")
    heard = house.phone.wait_text(WRITER, after=number, timeout_s=PATIENCE_S)
    assert heard[-1]["body"] == "Hello, this is Ruth. Your refund is on its way."
    house.phone.text("Thank you, Ruth.", WRITER)
    expect(page.locator(".theirs .bubble").last).to_have_text("Thank you, Ruth.")
    page.keyboard.press("Escape")
    # She sees no other, so that nothing comes next; the writer's last words did not come in between.
    page.keyboard.press("e")
    expect(page.get_by_text("Nothing is open.")).to_be_visible()


def test_a_team_of_three_watches_and_whispers_answers_a_text_and_calls_the_unreached_back(
    house: House, desk: Callable[[str], Page], colleagues: dict[str, str], tmp_path: Path
) -> None:
    watches_and_steps_in(house, desk("Olga"))
    answers_a_text(house, desk("Ruth"), colleagues["Ruth"])
    ada = desk("Ada")
    runs_a_campaign(house, ada, tmp_path)
    finds_refunds_and_calls_the_unreached(house, ada)


def runs_a_campaign(house: House, page: Page, folder: Path) -> None:
    """Five people are imported and called: three say what they want, the others are not reached."""
    house.phone.operator("answer", says=[REFUND])
    house.phone.operator("busy", number=BUSY)
    house.phone.operator("no-answer", number=AWAY)
    people = folder / "people.csv"
    people.write_text(
        "Mobile,First Name\n" + "".join(f"{number},{name}\n" for number, name in PEOPLE.items())
    )
    page.get_by_role("link", name="Queue").click()
    page.get_by_role("link", name="Campaigns").click()
    page.get_by_role("link", name="Make a campaign").click()
    page.get_by_label("Name").fill("Locks bought twice")
    page.get_by_label("Template").select_option("By turns")
    page.locator("select[name=purpose]").select_option("asked_for")
    page.get_by_label("Attempts for each person, at most").fill("1")
    page.get_by_role("button", name="Make the draft").click()
    page.locator("input[type=file]").set_input_files(people)
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_role("button", name="Add 5 people").click()
    page.get_by_role("link", name="To the campaign").click()
    # A test runs at any hour: they live where it is day.
    house.rows(
        "update public.call_queue set zones = array[%s], checked_at = now() where campaign_id is not null",
        noon(),
    )
    page.get_by_role("button", name="Run it").click()
    expect(page.get_by_text("● running").first).to_be_visible()
    # Figures and people follow the calls.
    expect(figure(page, "dialled")).to_have_text("5 dialled", timeout=PATIENCE_S * 1000)
    expect(figure(page, "talked with")).to_have_text("3 talked with", timeout=PATIENCE_S * 1000)


def finds_refunds_and_calls_the_unreached(house: House, page: Page) -> None:
    """What was said last week is found, and opened where it was said; who was not reached is called again."""
    campaign = page.url
    asked = "select 1 from public.transcripts where speaker = 'caller' and content ilike '%%refund%%'"
    wait_for(lambda: len(house.rows(asked)) == 3, PATIENCE_S)
    hang_up_all(house)
    house.rows(
        "update public.call_history set started_at = started_at - interval '6 days' where direction = 'outbound'"
    )
    page.get_by_role("searchbox", name="Search calls and texts").fill("said:refund after:8d before:today")
    page.keyboard.press("Enter")
    expect(page.locator("#calls + ul > li")).to_have_count(3)
    page.locator(".hits a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Call with")
    expect(page.locator(".said .caller:target, .said .playing, .said .caller").first).to_contain_text(
        "refund"
    )
    for number in (BUSY, AWAY):
        house.phone.operator("answer", number=number, says=["Thank you for calling back."])
    page.goto(campaign)
    page.get_by_label("the line was busy").check()
    page.get_by_label("nobody answered").check()
    page.get_by_role("button", name="Look who that is").click()
    page.get_by_role("button", name="Call 2 people again").click()
    expect(figure(page, "talked with")).to_have_text("5 talked with", timeout=PATIENCE_S * 1000)


def hang_up_all(house: House) -> None:
    """Whoever talks with the bot has said what there was to say."""
    running = "select call_sid from public.call_history where direction = 'outbound' and ended_at is null and call_sid is not null"
    for row in house.rows(running):
        house.phone.hangup(row["call_sid"])
    wait_for(lambda: not house.rows(running), PATIENCE_S)


def figure(page: Page, name: str) -> Locator:
    return page.locator(".figures li").filter(has_text=name).first


def noon() -> str:
    """A zone where it is the middle of the day."""
    zones = [f"Etc/GMT{hours:+d}" for hours in range(-12, 13)]
    return next(zone for zone in zones if 11 <= datetime.now(ZoneInfo(zone)).hour <= 14)
