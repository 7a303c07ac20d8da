"""Each of the demo's numbers leads to the same shop, and is carried as the phone page says."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from voicebot.demo.lines import LINES, number_of
from voicebot.storage.catalogue import numbers, templates
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.migrate.apply import apply_seed

pytestmark = pytest.mark.sql
Owner = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def seeded(dsn: str, owner: Owner) -> Iterator[str]:
    owner.execute("select private.provider_named('twilio', 'voice')")
    for number in LINES:
        owner.execute(
            """insert into public.provider_phone_numbers (
                   full_number, country_code, area_code, phone_number, phone_id, is_active, provider_id)
               select %s, '1', '202', %s, %s, true, id from public.call_service_providers limit 1""",
            [number, number[5:], f"PN{number[5:]}"],
        )
    apply_seed(dsn, "demo")
    apply_seed(dsn, "lines")
    yield dsn
    owner.execute("delete from public.provider_phone_numbers")
    owner.execute("delete from public.call_templates")


def test_the_lines_are_one_shop_s_and_their_templates_say_what_carries_a_call(
    seeded: str, database: PostgresDatabase
) -> None:
    led_by = {row["full_number"]: row["template_id"] for row in numbers.list_numbers(database)}
    led = {LINES[number]: templates.show_template(database, str(led_by[number]))[0] for number in LINES}

    # The bot's own line leaves it to VOICE_TRANSPORT, which the demo sets.
    carried = {line: template.draft.transport for line, template in led.items()}
    assert carried == {"media": None, "relay": "relay", "gather": "gather"}
    assert all(template.version == 1 and not template.changed for template in led.values())
    assert len({template.draft.facts for template in led.values()}) == 1
    said = {template.draft.greeting.replace("{{line}}", template.draft.name) for template in led.values()}
    assert said == {"Hello, this is Harbour Street Bicycles. How can I help you?"}


def test_what_a_visitor_made_of_a_line_stays(seeded: str, database: PostgresDatabase, owner: Owner) -> None:
    owner.execute("insert into public.call_templates (name) values ('Mine')")
    owner.execute(
        "update public.provider_phone_numbers set template_id = (select id from public.call_templates where name = 'Mine')"
        " where full_number = %s",
        [number_of("relay")],
    )

    apply_seed(seeded, "lines")

    led_by = {row["full_number"]: row["template"] for row in numbers.list_numbers(database)}
    assert led_by[number_of("relay")] == "Mine"
    assert led_by[number_of("gather")] == "Harbour Street Bicycles, on Gather"
