"""Opening hours are told for the day that is meant, from whatever order and wording the prompt has."""

import pytest

from simulator.providers.brain.brain import think
from simulator.providers.brain.opening_hours import read_rules, rule_for

SHOP = (
    "- The shop is open Monday to Friday from nine in the morning to six in the evening, and on Saturday until two.\n"
    "- The shop is closed on Sunday."
)
SATURDAY = "Saturday, 28 November 2026, 11:20 UTC"


def answer(question: str, *, now: str = SATURDAY, facts: str = SHOP) -> str:
    prompt = f"You talk with a caller.\n\nNow it is {now}. The call is in the language en.\n\nYou are the assistant of Pine Shoes.\n\n{facts}"
    return think([{"role": "system", "content": prompt}, {"role": "user", "content": question}]).text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("hey what time do you close today?", "Today, Saturday, we are open until two."),
        ("when do you open tomorrow", "Tomorrow, Sunday, we are closed."),
        ("and the day after tomorrow?", "On Monday we are open from nine in the morning to six in the evening."),
        ("Are you open on Monday?", "Yes, on Monday we are open from nine in the morning to six in the evening."),
        ("Are you open this weekend?", "On Saturday we are open until two, and on Sunday we are closed."),
        ("now, are you open?", "Yes, today, Saturday, we are open until two."),
        ("are you closed on Sundays", "Yes, on Sunday we are closed."),
        ("are you open on the 30th of November?", "Yes, on Monday, 30 November, we are open from nine in the morning to six in the evening."),
        ("Can I drop by on Friday?", "Yes, on Friday we are open from nine in the morning to six in the evening."),
    ],
)  # fmt: skip
def test_the_day_that_is_meant_is_told(question: str, told: str) -> None:
    assert answer(question) == told


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("Saturday, 28 November 2026, 13:59 UTC", "Yes"),
        ("Saturday, 28 November 2026, 14:00 UTC", "No"),
        ("Saturday, 28 November 2026, 08:00 (Europe/Vienna)", "No"),
        ("Monday, 30 November 2026, 17:59 UTC+01:00", "Yes"),
        ("Monday, 30 November 2026, 5:59 pm EST", "Yes"),
        ("Monday, 30 November 2026, 18:01 in New York", "No"),
        ("2026-11-30 09:00 CET", "Yes"),
        ("12:30 on Sunday, 29 November 2026", "No"),
    ],
)
def test_whether_it_is_open_now_is_reckoned_from_the_prompts_clock_in_any_zone(now: str, begins: str) -> None:
    assert answer("Are you open right now?", now=now).startswith(f"{begins}, today, ")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("is the shop open today?", "No, today, Saturday, we were open until two."),
        ("what time do you close today?", "Today, Saturday, we were open until two."),
        ("are you still open?", "No, today, Saturday, we were open until two."),
        ("are you open tomorrow?", "No, tomorrow, Sunday, we are closed."),
    ],
)
def test_after_hours_today_is_over(question: str, told: str) -> None:
    assert answer(question, now="Saturday, 28 November 2026, 23:22 UTC") == told


def test_without_a_clock_the_facts_are_told_as_they_stand() -> None:
    prompt = f"You are the assistant of Pine Shoes.\n\n{SHOP}"
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": "are you open today?"}]

    assert "nine in the morning" in think(messages).text


@pytest.mark.parametrize(
    ("fact", "days"),
    [
        ("Mon-Fri 9-18, Sat 10-14, closed on Sundays", ["from 9 to 18"] * 5 + ["from 10 to 14", "closed"]),
        ("We are open daily except Tuesday, from ten to seven", ["from ten to seven", "closed"] + ["from ten to seven"] * 5),
        ("Monday, Tuesday and Thursday 9-5; Wed 12-8", ["from 9 to 5", "from 9 to 5", "from 12 to 8", "from 9 to 5", "", "", ""]),
        ("nine to six on weekdays, ten to four on Saturdays", ["from nine to six"] * 5 + ["from ten to four", ""]),
        ("Mon–Fri 9–12, 14–18", ["from 9 to 12 and from 14 to 18"] * 5 + ["", ""]),
        ("We open at six in the morning and close at one", ["from six in the morning until one"] * 7),
        ("Closed on Mondays and Tuesdays", ["closed", "closed", "", "", "", "", ""]),
        ("Open 24/7", ["24/7"] * 7),
        ("We do not open on Sundays", [""] * 6 + ["closed"]),
        ("Tuesday-Saturday 5pm-11pm, Sunday 12pm-4pm", ["", *["from 5pm to 11pm"] * 5, "from 12pm to 4pm"]),
        ("Data rescue takes three to five days and costs from 150 euros", [""] * 7),
        ("New screens: 89 to 120 euros", [""] * 7),
    ],
)  # fmt: skip
def test_a_fact_is_read_day_by_day(fact: str, days: list[str]) -> None:
    rules = read_rules(fact)

    counting = [rule_for(day, rules) for day in range(7)]

    assert [
        "" if rule is None else "closed" if rule.closed else " and ".join(span.words for span in rule.spans)
        for rule in counting
    ] == days


def test_a_part_of_the_house_has_hours_of_its_own() -> None:
    facts = "The bar is open every day from five to midnight.\nThe shop is open from nine to six.\nBreakfast is served from seven to ten."

    assert answer("is the bar open tomorrow?", facts=facts).startswith(
        "Yes, tomorrow, Sunday, the bar is open from five"
    )
    assert "from nine to six" in answer("are you open tomorrow?", facts=facts)
    assert "from seven to ten" in answer("when is breakfast tomorrow", facts=facts)


def test_a_day_that_no_fact_names_is_not_made_up() -> None:
    told = answer("are you open on Saturday?", facts="Office hours: Mon-Fri 9-17")

    assert told == "I know of no hours on Saturday. Office hours: Mon-Fri 9-17."


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What time is it?", f"It is {SATURDAY}."),
        ("what day is it today", "Today is Saturday, 28 November."),
        ("When does the swimming pool open?", "I am sorry, I do not know that."),
        ("Where are you tomorrow?", "I am sorry, I do not know that."),
    ],
)
def test_the_clock_itself_and_other_things_are_told_apart(question: str, told: str) -> None:
    assert answer(question).startswith(told)


@pytest.mark.parametrize(
    ("now", "question", "told"),
    [
        (SATURDAY, "Are you open on the 24th of December?", "No, on Thursday, 24 December, we are closed."),
        (SATURDAY, "Are you open on Thursday?", "Yes, on Thursday we are open from nine in the morning to six in the evening."),
        ("Wednesday, 23 December 2026, 11:20 UTC", "When do you open tomorrow?", "Tomorrow, Thursday, we are closed."),
        ("Thursday, 24 December 2026, 11:20 UTC", "Are you open right now?", "No, today, Thursday, we are closed."),
    ],
)  # fmt: skip
def test_a_holiday_is_told_as_one(now: str, question: str, told: str) -> None:
    holidays = "- Holidays in the next weeks, when nobody is there: 24 December and 25 December."

    assert answer(question, now=now, facts=f"{SHOP}\n{holidays}") == told
