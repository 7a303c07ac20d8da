"""Templates as files: the same template comes out as went in, and every mistake has one line that names it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.templates.template import CallTemplate
from voicebot.transports.template_yaml import TemplateUnreadable, read_template, write_template

WHOLE = """
name: Anna's Bakery
description: The line of a bakery.
category: shop
tags: [food, berlin]
languages: [en-us, de]
voice: Sarah
greeting: Hello, this is {{line}}.
facts:
  - A loaf costs four dollars.
prompt: |
  You are friendly.
  You bake.
variables:
  offer: rolls
tools: [end_call, transfer]
transfer:
  to: [+1 202 555 0199, "+12025550198"]
  order: at_once
  ring_s: 15
  hours:
    timezone: America/New_York
    week: {mon-fri: 10:00-16:00}
hours:
  timezone: America/New_York
  week:
    mon-fri: 07:00-12:00, 13:00-18:00
    sunday: 08:00-24:00
  holidays: [12-25, 2026-12-24]
closed:
  greeting: We are closed.
  instead_of_transfer: text
  text: We open at seven.
onboarding: none
record: yes
recording_announcement: We record.
on_voicemail: hang_up
transport: gather
limits:
  max_duration_s: 600
  silence_timeout_s: 5
  hints: [sourdough, NO]
"""


def test_a_whole_file_is_read_with_every_scalar_as_it_stands():
    template = read_template(WHOLE)

    assert template.transfer is not None
    assert template.transfer.to == ("+12025550199", "+12025550198")
    assert template.hours is not None
    assert template.hours.holidays == ("12-25", "2026-12-24")
    assert template.limits.hints == ("sourdough", "NO")
    assert template.record is True
    assert template.languages == ("en-US", "de")


def test_the_file_of_a_template_is_the_template_again():
    template = read_template(WHOLE)

    assert read_template(write_template(template)) == template


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(str.strip)


@given(
    name=words.filter(lambda text: len(text.splitlines()) == 1),
    greeting=words,
    facts=st.lists(words.filter(bool), max_size=3),
    prompt=words,
)
def test_any_words_survive_the_file(name, greeting, facts, prompt):
    template = CallTemplate.model_validate(
        {"name": name, "greeting": greeting, "facts": facts, "prompt": f"{prompt}\n{prompt}"}
    )

    assert read_template(write_template(template)) == template


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\ngreting: hi", "greting: unknown key; did you mean greeting?"),
        ("name: x\nlimits: {max_duraton_s: 5}", "limits.max_duraton_s: unknown key; did you mean max_duration_s?"),
        ("name: x\ntransfer: {to: [\"+12025550199\"], orderr: in_turn}", "transfer.orderr: unknown key; did you mean order?"),
        ("greeting: hi", "name: field required"),
        ("name: x\nhours: {timezone: Mars/Base, week: {mon: 09:00-10:00}}", "hours.timezone: expected a time zone"),
        ("name: x\nhours: {timezone: UTC, week: {mon: 9-18}}", "expected hours like 09:00-18:00"),
        ("name: x\nhours: {timezone: UTC, week: {mon: 09:00-10:00, mon-fri: 09:00-10:00}}", "mon stands twice"),
        ("name: x\nclosed: {greeting: shut}", "closed: this line has no hours"),
        ("name: x\ntools: [fly]", "tools.0: expected one of end_call"),
        ("name: x\ntransfer: {to: [call me]}", "transfer.to.0: expected a phone number"),
        ("name: x\nlimits: {max_duration_s: 5}", "limits.max_duration_s: input should be greater"),
        ("name: x\nvariables: {line: y}", "`line` is the template's name"),
        ("name: [a", "line 1: expected"),
        ("name: x\nname: y", "the key name stands twice"),
        ("a: &x 1\nname: *x", "line 2: aliases are not read here"),
        ("- name", "expected keys like"),
        ("", "expected keys like"),
        ("a: " + "[" * 50, "nested too deeply"),
        ("name: x\nprompt: " + "y" * 300_000, "expected at most 256 kB"),
        ("name: \"x\x00\"", "control characters"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_names_it(text, told):
    with pytest.raises(TemplateUnreadable) as refused:
        read_template(text)

    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
