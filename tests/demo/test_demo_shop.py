"""The tour is played for the line of the seed alone: what a visitor made of it is theirs, and stays so."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from voicebot.demo.shop import SHOP_ID, taken
from voicebot.storage.catalogue.templates import publish_template, save_template, show_template, show_version
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.migrate.apply import apply_seed

pytestmark = pytest.mark.sql
NUMBER = "+12025550100"
Owner = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def seeded(dsn: str, owner: Owner) -> Iterator[str]:
    owner.execute("select private.provider_named('twilio', 'voice')")
    owner.execute(
        """insert into public.provider_phone_numbers (
               full_number, country_code, area_code, phone_number, phone_id, is_active, provider_id)
           select %s, '1', '202', '5550100', 'PN1', true, id from public.call_service_providers limit 1""",
        [NUMBER],
    )
    apply_seed(dsn, "demo")
    yield dsn
    owner.execute("delete from public.provider_phone_numbers")
    owner.execute("delete from public.call_templates")


def publish(database: PostgresDatabase, **says: Any) -> None:
    shop, _ = show_template(database, str(SHOP_ID))
    kept = save_template(database, shop.draft.model_copy(update=says), voice=None, template=SHOP_ID)
    publish_template(database, SHOP_ID, kept.revision)


def test_the_seeds_line_is_toured(seeded: str, database: PostgresDatabase) -> None:
    assert taken(database, NUMBER) is None


def test_a_published_change_makes_the_line_the_visitors_until_the_first_version_is_published_anew(
    seeded: str, database: PostgresDatabase
) -> None:
    publish(database, greeting="Good day.")
    apply_seed(seeded, "demo")

    theirs = taken(database, NUMBER)

    assert theirs is not None
    assert theirs.why == "calls run version 2 of Harbour Street Bicycles"
    assert theirs.back == [("templates publish", "'Harbour Street Bicycles'", "--version 1")]
    publish(database, greeting=show_version(database, SHOP_ID, 1).greeting)
    assert taken(database, NUMBER) is None


def test_a_draft_alone_changes_no_call(seeded: str, database: PostgresDatabase) -> None:
    shop, _ = show_template(database, str(SHOP_ID))
    save_template(database, shop.draft.model_copy(update={"facts": ()}), voice=None, template=SHOP_ID)

    assert taken(database, NUMBER) is None


def test_a_number_that_leads_to_another_template_is_the_visitors(
    seeded: str, database: PostgresDatabase, owner: Owner
) -> None:
    owner.execute("insert into public.call_templates (name) values ('Mine')")
    owner.execute(
        "update public.provider_phone_numbers set template_id = (select id from public.call_templates where name = 'Mine')"
    )
    apply_seed(seeded, "demo")

    theirs = taken(database, NUMBER)

    assert theirs is not None
    assert theirs.why == "its number leads to Mine"
    assert theirs.back[0][0] == "numbers connect"
