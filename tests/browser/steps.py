"""What walks through the console have in common: going on by keyboard, and looking at each page."""

from uuid import uuid4

from playwright.sync_api import Page

from tests.browser.axe import violations
from tests.house import House


def press_until(page: Page, name: str) -> None:
    """Go on with Tab until something of this name has the focus, and press Enter on it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(document.activeElement.innerText || document.activeElement.value || '').trim()"
        )
        if told == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never came to {name}")


def type_into(page: Page, label: str, words: str) -> None:
    """Go on with Tab until the field of this label has the focus, and type into it what is sent with Enter."""
    for _ in range(60):
        page.keyboard.press("Tab")
        told = page.evaluate("document.activeElement.labels?.[0]?.innerText.trim() || ''")
        if told.startswith(label):
            page.keyboard.type(words)
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never came to {label}")


def check(page: Page, house: House, said: list[str], requested: list[str], *, again: bool = False) -> None:
    """Nothing is wider than the page, nothing complains, nothing comes from elsewhere, and everybody can read it.

    `again`: `test_every_page.py` holds this page against axe, as it stands there after a day's work.
    """
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room
    assert said == []
    assert [url for url in requested if not url.startswith(house.url)] == []
    assert again or violations(page) == []


def a_call(house: House, name: str, status: str, *, ended: bool) -> str:
    """Put a call with two utterances into the rows: one in two halves, of which one was heard."""
    (made,) = house.rows(
        """insert into public.call_history (phone_number, call_sid, direction, call_status, started_at, answered_at, ended_at,
                                            duration, summary)
           values ('+12025550123', %s, 'inbound', %s, now() - interval '2 min', now() - interval '2 min',
                   case when %s then now() end, 65, 'Asked about a very long matter, and was told.')
           returning id, public_id""",
        f"CA{name}{uuid4().hex}",
        status,
        ended,
    )
    house.rows(
        """insert into public.transcripts (session_id, sequence_number, speaker, content, heard, confidence_score)
           values (%(id)s, 1, 'caller', 'Is my bicycle ready?', null, 0.4), (%(id)s, 2, 'bot', 'It is. Come by at five.', 'It is.', null)
        """.replace("%(id)s", str(made["id"]))
    )
    return str(made["public_id"])
