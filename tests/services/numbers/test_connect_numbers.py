"""A number leads here only when somebody connected it, and leads where it led before when it is released."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.services.calls.aftermath import Connection
from tests.support.carriers import CallCarrier
from voicebot.providers.ports import NUMBER_FIELDS, Outcome, ProviderError, ProviderNumber
from voicebot.runtime import Runtime
from voicebot.services.numbers.connect import (
    NumberRefused,
    connect,
    connect_own_number,
    leads_to,
    preview_connect,
    preview_release,
    release,
    wanted_fields,
)
from voicebot.storage.catalogue import numbers

pytestmark = pytest.mark.sql
OURS, OTHER = "+12025550100", "+442079460123"
ELSEWHERE = ProviderNumber(
    "PN1",
    OURS,
    voice_url="https://old.example/voice?key=1",
    voice_method="GET",
    voice_fallback_url="https://old.example/late",
    status_callback="https://old.example/ended",
    status_callback_method="GET",
    sms_url="https://old.example/texts",
    voice_application_sid="AP1",
    sms_application_sid="AP2",
    trunk_sid="TK1",
)


@pytest.fixture
def carrier(owner: Connection) -> CallCarrier:
    owner.execute("delete from public.provider_phone_numbers")
    return CallCarrier(numbers=[ELSEWHERE, ProviderNumber("PN2", OTHER)])


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime], carrier: CallCarrier) -> Runtime:
    return make_runtime(telephony=carrier)


@pytest.fixture
def templates(owner: Connection) -> dict[str, str]:
    """Templates by name, one name twice; their ids."""
    owner.execute("delete from public.call_templates")
    rows = owner.execute(
        "insert into public.call_templates (name) values ('Shop'), ('Twin'), ('Twin') returning name, id::text"
    ).fetchall()
    return dict(rows)


def fields(number: ProviderNumber) -> dict[str, str]:
    return {name: getattr(number, name) for name in NUMBER_FIELDS}


def connected(runtime: Runtime) -> list[str]:
    return [row["full_number"] for row in numbers.list_numbers(runtime.database) if row["connected_at"]]


def do_connect(runtime: Runtime, number: str = OURS, template: str | None = None) -> None:
    connect(runtime, preview_connect(runtime, number, template))


def test_one_number_is_connected_and_no_other_is_touched(runtime: Runtime, carrier: CallCarrier) -> None:
    do_connect(runtime)

    assert fields(carrier.numbers[0]) == wanted_fields(runtime.settings)
    assert carrier.numbers[1] == ProviderNumber("PN2", OTHER)
    assert (connected(runtime), carrier.asked) == ([OURS], [("change", "PN1")])


def test_a_plan_shows_each_field_and_changes_nothing(runtime: Runtime, carrier: CallCarrier) -> None:
    preview = preview_connect(runtime, OURS)

    changed = {each.field: (each.before, each.after) for each in preview.changes}
    ours = wanted_fields(runtime.settings)
    assert changed["voice_url"] == ("https://old.example/voice?key=1", ours["voice_url"])
    assert changed["voice_method"] == ("GET", "POST")
    assert changed["trunk_sid"] == ("TK1", "")
    assert "sms_method" not in changed
    assert (preview.is_first, connected(runtime), carrier.asked) == (True, [], [])


def test_a_released_number_is_what_it_was_in_every_field(runtime: Runtime, carrier: CallCarrier) -> None:
    do_connect(runtime)

    release(runtime, preview_release(runtime, OURS))

    assert (carrier.numbers[0], connected(runtime)) == (ELSEWHERE, [])


def test_connecting_twice_keeps_the_first_before_and_asks_the_carrier_for_nothing(
    runtime: Runtime, carrier: CallCarrier
) -> None:
    do_connect(runtime)
    do_connect(runtime)
    asked = list(carrier.asked)

    release(runtime, preview_release(runtime, OURS))

    assert asked == [("change", "PN1")]
    assert carrier.numbers[0] == ELSEWHERE


def test_a_number_that_was_changed_meanwhile_is_connected_again_and_its_first_before_stays(
    runtime: Runtime, carrier: CallCarrier
) -> None:
    do_connect(runtime)
    carrier.numbers[0] = replace(carrier.numbers[0], voice_url="https://third.example/")

    do_connect(runtime)
    again = fields(carrier.numbers[0])
    release(runtime, preview_release(runtime, OURS))

    assert again == wanted_fields(runtime.settings)
    assert carrier.numbers[0] == ELSEWHERE


def test_an_interrupted_connect_has_lost_nothing(runtime: Runtime, carrier: CallCarrier) -> None:
    carrier.failing = ProviderError("twilio", "no-answer", Outcome.UNKNOWN)
    with pytest.raises(ProviderError):
        do_connect(runtime)
    # It may have been done all the same.
    carrier.failing = None
    carrier.change_number("PN1", wanted_fields(runtime.settings))

    do_connect(runtime)
    release(runtime, preview_release(runtime, OURS))

    assert carrier.numbers[0] == ELSEWHERE


def test_an_interrupted_release_is_completed_and_overwrites_nobody(
    runtime: Runtime, carrier: CallCarrier
) -> None:
    do_connect(runtime)
    carrier.change_number("PN1", fields(ELSEWHERE))

    preview = preview_release(runtime, OURS)
    release(runtime, preview)

    assert (preview.changes, preview.repointed, connected(runtime)) == ((), (), [])


def test_what_somebody_else_registered_since_is_told(runtime: Runtime, carrier: CallCarrier) -> None:
    do_connect(runtime)
    carrier.numbers[0] = replace(carrier.numbers[0], sms_url="https://third.example/", sms_method="GET")

    preview = preview_release(runtime, OURS)

    assert sorted(each.field for each in preview.repointed) == ["sms_method", "sms_url"]


def test_our_own_earlier_address_is_nobody_elses(
    make_runtime: Callable[..., Runtime], runtime: Runtime, carrier: CallCarrier
) -> None:
    do_connect(runtime)
    moved = make_runtime(
        telephony=carrier, settings=runtime.settings.model_copy(update={"public_url": "https://new.example"})
    )

    preview = preview_release(moved, OURS)

    assert preview.repointed == ()


def test_a_number_that_led_here_before_anybody_connected_it_leads_nowhere_when_released(
    runtime: Runtime, carrier: CallCarrier
) -> None:
    carrier.numbers[0] = ProviderNumber("PN1", OURS, **wanted_fields(runtime.settings))
    do_connect(runtime)

    release(runtime, preview_release(runtime, OURS))

    assert leads_to(carrier.numbers[0], runtime.settings) == "nowhere"


@pytest.mark.parametrize("before", [[], [OTHER]])
def test_a_number_that_was_never_connected_is_not_released(
    runtime: Runtime, carrier: CallCarrier, before: list[str]
) -> None:
    for number in before:
        do_connect(runtime, number)

    with pytest.raises(NumberRefused, match="never connected"):
        preview_release(runtime, OURS)

    assert carrier.numbers[0] == ELSEWHERE


def test_a_second_release_is_refused(runtime: Runtime) -> None:
    do_connect(runtime)
    release(runtime, preview_release(runtime, OURS))

    with pytest.raises(NumberRefused):
        preview_release(runtime, OURS)


def test_a_connected_number_that_the_account_has_no_longer_is_forgotten(
    runtime: Runtime, carrier: CallCarrier
) -> None:
    do_connect(runtime)
    carrier.numbers = carrier.numbers[1:]

    preview = preview_release(runtime, OURS)
    release(runtime, preview)

    assert (preview.number, connected(runtime)) == (None, [])


def test_a_number_of_somebody_else_is_refused(runtime: Runtime) -> None:
    with pytest.raises(NumberRefused, match="not a number of the account"):
        preview_connect(runtime, "+12025550177")


def test_the_house_connects_its_own_number(runtime: Runtime) -> None:
    connect_own_number(runtime)

    assert connected(runtime) == [runtime.settings.twilio_phone_number]


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_template_is_named_by_name_or_id_and_stays(
    runtime: Runtime, templates: dict[str, str], by: str
) -> None:
    do_connect(runtime, template="Shop" if by == "name" else templates["Shop"].upper())
    do_connect(runtime)
    release(runtime, preview_release(runtime, OURS))

    [row] = numbers.list_numbers(runtime.database)
    assert row["template"] == "Shop"


@pytest.mark.parametrize(
    ("wanted", "words"), [("Shopp", "no template Shopp; templates: Shop, Twin"), ("Twin", "by its id: ")]
)
def test_a_template_that_is_not_one_is_refused_before_anything_is_asked(
    runtime: Runtime, carrier: CallCarrier, templates: dict[str, str], wanted: str, words: str
) -> None:
    with pytest.raises(NumberRefused, match=words):
        preview_connect(runtime, OURS, wanted)

    assert (connected(runtime), carrier.asked) == ([], [])


def test_one_of_several_templates_of_a_name_is_named_by_its_id(
    runtime: Runtime, templates: dict[str, str]
) -> None:
    do_connect(runtime, template=templates["Twin"])

    [row] = numbers.list_numbers(runtime.database)
    assert row["template_id"] == templates["Twin"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, "nowhere"),
        ({"voice_url": "https://a.example/x", "sms_url": "https://a.example/y"}, "elsewhere: a.example"),
        ({"voice_url": "https://me:pw@a.example/x"}, "calls elsewhere: a.example, texts nowhere"),
        ({"trunk_sid": "TK1"}, "calls elsewhere: a SIP trunk, texts nowhere"),
        ({"sms_application_sid": "AP1"}, "calls nowhere, texts elsewhere: an application"),
        ({"voice_url": "http://["}, "calls elsewhere: an address that cannot be read, texts nowhere"),
    ],
)
def test_where_a_number_leads(runtime: Runtime, changes: dict[str, str], where: str) -> None:
    assert leads_to(ProviderNumber("PN1", OURS, **changes), runtime.settings) == where


def test_a_number_with_our_urls_leads_here_unless_something_takes_its_calls_before_them(
    runtime: Runtime,
) -> None:
    ours = ProviderNumber("PN1", OURS, **wanted_fields(runtime.settings))

    assert leads_to(ours, runtime.settings) == "here"
    assert leads_to(replace(ours, voice_application_sid="AP1"), runtime.settings) == (
        "calls elsewhere: an application, texts here"
    )
