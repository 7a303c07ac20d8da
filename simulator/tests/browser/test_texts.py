"""The thread of texts on the phone page: written, answered, failed, and one for each number."""

import pytest
import requests
from playwright.sync_api import expect

from simulator.tests.browser.conftest import PhonePage, as_shown, new_number
from tests.house import NUMBER, House


@pytest.fixture
def phone(phone: PhonePage) -> PhonePage:
    """The phone as it is used for texts."""
    return phone.texting()


def test_a_text_and_what_the_carrier_says_to_it_stand_in_the_thread(phone: PhonePage, house: House) -> None:
    page = phone.page

    page.get_by_label("Text message").fill("<b>Hello</b> there")
    page.get_by_label("Text message").press("Enter")
    expect(page.locator("#thread .bubble.mine .text").first).to_have_text("<b>Hello</b> there")
    page.get_by_label("Text message").fill("STOP")
    page.get_by_role("button", name="Send").click()

    expect(page.locator("#thread .note")).to_contain_text("by the carrier")
    person = page.get_by_label("Your number").input_value()
    written = [text["body"] for text in house.phone.texts(person) if text["author"] == "person"]
    assert written == ["<b>Hello</b> there", "STOP"]
    expect(page.get_by_label("Text message")).to_have_value("")


def test_what_becomes_of_a_text_to_the_person_is_told_in_words(phone: PhonePage, house: House) -> None:
    person = phone.page.get_by_label("Your number").input_value()

    created(house, person, "a" * 161)
    expect(phone.page.locator("#thread .bubble.bot .aside").last).to_contain_text("2 segments")
    expect(phone.page.locator("#thread .bubble.bot .aside").last).to_contain_text("delivered")
    house.phone.knobs({"text_errors": {person: 30034}})
    created(house, person, "Lost")

    expect(phone.page.locator("#thread .bubble.bad .aside")).to_contain_text("not delivered · error 30034")


def test_each_number_and_each_channel_has_a_thread_of_its_own(phone: PhonePage) -> None:
    page, thread = phone.page, phone.page.locator("#thread .bubble.mine")
    page.get_by_label("Your number").fill(new_number())
    page.get_by_label("Text message").fill("One")
    page.get_by_label("Text message").press("Enter")
    expect(thread).to_have_count(1)

    page.get_by_label("By WhatsApp").check()
    expect(thread).to_have_count(0)
    page.get_by_label("By WhatsApp").uncheck()
    expect(thread).to_have_count(1)
    page.get_by_role("button", name="New").click()

    expect(thread).to_have_count(0)
    expect(page.get_by_text("None from this number")).to_be_visible()


def test_a_text_from_nobody_is_not_sent(phone: PhonePage) -> None:
    phone.page.get_by_label("Your number").fill("anonymous")
    phone.page.get_by_label("Text message").fill("Hello")
    phone.page.get_by_label("Text message").press("Enter")

    expect(phone.page.get_by_role("alert").filter(has_text="needs a number")).to_be_visible()
    expect(phone.page.get_by_label("Text message")).to_have_value("Hello")


def created(house: House, person: str, body: str) -> None:
    """Have a message sent to the person, as any user of the account can."""
    account = house.simulator.account_sid
    answer = requests.post(
        f"{house.simulator.url}/2010-04-01/Accounts/{account}/Messages.json",
        data={"From": NUMBER, "To": person, "Body": body},
        auth=(account, house.simulator.auth_token),
        timeout=10,
    )
    assert answer.status_code == 201, answer.text


def test_what_is_stored_about_the_texts_is_seen_while_no_call_is(phone: PhonePage) -> None:
    page, person = phone.page, new_number()
    expect(page.locator("#turns-flow")).to_be_hidden()
    page.get_by_label("Your number").fill(person)

    page.get_by_label("Text message").fill("Hello")
    page.get_by_label("Text message").press("Enter")

    rows = page.locator("#rows")
    expect(page.locator("#which")).to_contain_text(as_shown(person))
    expect(rows).to_contain_text("onboarding sms_sent")
    expect(rows).to_contain_text("from them: Hello")
    expect(page.locator("#wire")).to_contain_text("/twilio/sms")
    expect(page.locator("#wire")).to_contain_text("/Messages.json")
    page.get_by_role("button", name="New").click()
    expect(rows.locator("li")).to_have_count(0)


def test_a_reaction_is_shown_as_one_and_nobody_answers_it(phone: PhonePage) -> None:
    page = phone.page
    page.get_by_label("Your number").fill("+13035550149")

    page.get_by_label("Text message").fill("Liked \u201cWe are open until six.\u201d")
    page.get_by_label("Text message").press("Enter")

    expect(page.locator("#rows")).to_contain_text("a reaction from them: Liked")
    expect(page.locator("#thread .bubble.mine .aside")).to_contain_text("reaction")
    expect(page.locator("#thread .bubble.bot")).to_have_count(0)


def test_a_second_enter_sends_nothing_twice_and_what_is_typed_meanwhile_stays(
    phone: PhonePage, house: House
) -> None:
    page = phone.page
    person = page.get_by_label("Your number").input_value()
    page.route("**/phone/texts", lambda route: (page.wait_for_timeout(400), route.continue_()))

    # The bubble is there before the text has arrived.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("Text message").fill("Once")
        page.get_by_label("Text message").press("Enter")
        page.get_by_label("Text message").press("Enter")
        page.get_by_label("Text message").fill("and then")
    page.unroute_all(behavior="wait")
    expect(page.locator("#thread .bubble.mine")).to_have_count(1)

    expect(page.get_by_label("Text message")).to_have_value("and then")
    assert [text["body"] for text in house.phone.texts(person) if text["author"] == "person"] == ["Once"]


def test_a_thread_is_in_view_at_a_desk_and_the_same_after_a_reload(phone: PhonePage) -> None:
    page = phone.page
    page.get_by_label("Text message").fill("Hello")
    page.get_by_label("Text message").press("Enter")
    expect(page.locator("#thread .bubble.mine")).to_have_count(1)
    person = page.get_by_label("Your number").input_value()

    for words in ("Ann", "Dayton"):
        page.get_by_label("Text message").fill(words)
        page.get_by_label("Text message").press("Enter")
    expect(page.locator("#thread .bubble.mine")).to_have_count(3)
    expect(page.locator("#thread .bubble.bot .text")).not_to_have_count(0)
    expect(page.get_by_label("Text message")).to_be_in_viewport(ratio=1)
    expect(page.locator("#thread .bubble").last).to_be_in_viewport()
    assert page.locator("#thread-log").evaluate("log => log.clientHeight") > 450

    page.reload()

    expect(page.get_by_label("Your number")).to_have_value(person)
    expect(page.locator("#thread .bubble.mine .text").first).to_have_text("Hello")
    page.get_by_role("button", name="New").click()
    page.reload()
    expect(page.locator("#thread .bubble.mine")).to_have_count(0)


def test_threads_of_others_are_listed_chosen_and_gone_on_with(phone: PhonePage, house: House) -> None:
    page, person, other = phone.page, new_number(), new_number()
    house.phone.text("Do you repair tandems?", person)
    house.phone.text("Hello from WhatsApp", other, channel="whatsapp")
    house.phone.wait_text(person)
    threads = page.locator("#threads > li")
    expect(threads.filter(has_text=as_shown(other))).to_contain_text("WhatsApp · ")

    threads.filter(has_text=as_shown(person)).get_by_role("button").click()

    expect(page.get_by_label("Your number")).to_have_value(person)
    expect(page.locator("#thread .bubble.mine .text").first).to_have_text("Do you repair tandems?")
    expect(threads.locator("[aria-current]")).to_contain_text(as_shown(person))
    page.keyboard.type("And bells?")
    page.keyboard.press("Enter")
    expect(threads.first).to_contain_text(as_shown(person))
    written = [text["body"] for text in house.phone.texts(person) if text["author"] == "person"]
    assert written == ["Do you repair tandems?", "And bells?"]


def test_a_text_to_whoever_is_on_the_phone_is_told_of_during_the_call(phone: PhonePage, house: House) -> None:
    page = phone.page
    page.get_by_role("tab", name="Call").click()
    phone.call()
    caller = page.locator("#caller-as").inner_text().replace(" ", "")

    created(house, caller, "Your code is 1234.")

    page.get_by_role("button", name="Text: Your code is 1234.").click()
    expect(page.locator("#thread .bubble.bot .text")).to_have_text("Your code is 1234.")
    page.get_by_role("tab", name="Call").click()
    phone.hang_up()
