"""What stands beside calls and threads: the mail that was sent, and who opted out."""

import re

from playwright.sync_api import expect

from simulator.tests.browser.conftest import PhonePage, as_shown, new_number, send_mail
from tests.house import House

SUBJECT, WORDS = "Message from +1 202 555 0123", "Please call back <b>today</b>."


def test_mail_is_listed_once_there_is_some_and_read_by_a_click(phone: PhonePage, house: House) -> None:
    expect(phone.page.get_by_role("heading", name="Mail")).to_be_hidden()

    send_mail(house, SUBJECT, WORDS)
    send_mail(house, "", WORDS)

    mails = phone.page.locator("#mails > li")
    expect(mails).to_have_count(2)
    expect(mails.first.locator("summary")).to_contain_text("(no subject)")
    expect(mails.last.locator("summary")).to_contain_text(f"{SUBJECT}to ann@example.comjust now")
    mails.last.locator("summary").click()
    expect(mails.last.locator(".letter")).to_have_text(WORDS)


def test_whoever_opted_out_has_a_badge_in_the_list_and_in_the_thread(phone: PhonePage, house: House) -> None:
    phone.texting()
    page, person = phone.page, new_number()
    badge, listed = (
        page.locator("#standing"),
        page.locator("#threads > li").filter(has_text=as_shown(person)),
    )
    page.get_by_label("Your number").fill(person)
    page.get_by_label("Text message").fill("Hello")
    page.get_by_label("Text message").press("Enter")
    expect(listed).to_be_visible()
    expect(badge).to_be_hidden()
    expect(listed.locator(".badge")).to_be_hidden()

    page.get_by_label("Text message").fill("STOP")
    page.get_by_label("Text message").press("Enter")

    for one in (badge, listed.locator(".badge")):
        expect(one).to_have_text("opted out: nothing is sent")
        expect(one).to_have_attribute("title", re.compile(r"^Since .+: the person wrote STOP\.$"))
    page.get_by_role("button", name="New").click()
    expect(badge).to_be_hidden()
    expect(listed.locator(".badge")).to_be_visible()
    listed.get_by_role("button").click()
    expect(badge).to_be_visible()
    page.get_by_label("Text message").fill("START")
    page.get_by_label("Text message").press("Enter")
    expect(badge).to_be_hidden()
    expect(listed.locator(".badge")).to_be_hidden()


def test_a_blocked_number_is_told_in_its_thread(phone: PhonePage, house: House) -> None:
    phone.texting()
    person = new_number()
    house.phone.text("Hello", person)
    house.phone.wait_text(person)

    house.rows("select public.block_caller(number => %s)", person)
    phone.page.get_by_label("Your number").fill(person)

    expect(phone.page.locator("#standing")).to_have_text("blocked: nothing is answered")
