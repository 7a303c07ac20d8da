"""A campaign as an operator runs it: a file with a template, the worker's part in it, the calls."""

import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import NewCall
from voicebot.services.dialling import campaigns as service
from voicebot.services.dialling.ask import CallRefused
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.import_people import Wanted, import_people
from voicebot.services.templates import edit
from voicebot.storage import campaigns
from voicebot.storage.campaigns import NewCampaign
from voicebot.transports.table_files.table import source_of

pytestmark = pytest.mark.sql
PEOPLE = b"Mobile,First Name,City\n+13035550142,Ann,Denver\n+13035550143,Ben,\n"
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


class Dialler:
    """Takes every call."""

    def __init__(self) -> None:
        self.calls: list[NewCall] = []

    def create_call(self, call: NewCall) -> str:
        self.calls.append(call)
        return f"CA{uuid.uuid4().hex}"


@pytest.fixture
def carrier() -> Dialler:
    return Dialler()


@pytest.fixture
def bot(make_runtime: Callable[..., Any], carrier: Dialler, owner: Any) -> Any:
    for table in ("call_attempts", "call_queue", "campaigns", "dialling_lanes", "dialling_accounts"):
        owner.execute(f"delete from public.{table}")
    owner.execute("update public.call_service_providers set concurrency_limit = 100")
    return make_runtime(telephony=carrier)


def template(bot: Any, greeting: str, **variables: str) -> str:
    name = f"bikes {uuid.uuid4().hex}"
    edit.publish(bot, edit.make(bot, CallTemplate(name=name, greeting=greeting, variables=variables)))
    return name


def made(bot: Any, **given: Any) -> UUID:
    wanted = NewCampaign("spring", "asked_for", time_window=ALWAYS, **given)
    return UUID(service.make(bot, wanted)["id"])


def state(bot: Any, campaign: UUID) -> str:
    return str(campaigns.show_campaign(bot.database, campaign)["state"])


def test_columns_are_variables_and_those_without_use_are_named_and_kept(bot, carrier, owner):
    campaign = made(bot, template=template(bot, "Hello {{first_name}}.", first_name="you"))

    report = import_people(bot, campaign, source_of(PEOPLE), Wanted())

    assert (report.phone_column, report.unused, report.imported) == ("Mobile", ["City"], 2)
    rows = owner.execute(
        "select custom_variables from public.call_queue order by recipient_number"
    ).fetchall()
    assert [row for (row,) in rows] == [{"first_name": "Ann", "city": "Denver"}, {"first_name": "Ben"}]


def test_a_campaign_is_dialled_by_the_worker_and_done_when_all_were_called(bot, carrier, owner):
    campaign = made(bot, template=template(bot, "Hello {{first_name}}.", first_name="you"))
    import_people(bot, campaign, source_of(PEOPLE), Wanted())

    before = place_dials(bot)
    service.change(bot, campaign, {"state": "running"})
    # Looked at again, as after a change of its zone: columns without use are no fault of an entry's.
    owner.execute("update public.call_queue set checked_at = null")
    check_entries(bot)
    owner.execute("delete from public.dialling_accounts")
    placed = 0
    while place_dials(bot):
        placed += 1
        owner.execute("delete from public.dialling_accounts")
    for attempt, token in owner.execute("select id::text, call_sid from public.call_attempts").fetchall():
        bot.database.call("settle_dial", attempt_id=attempt, status="completed", call_sid=token)
    check_entries(bot)

    assert before == 0
    assert sorted(call.to for call in carrier.calls) == ["+13035550142", "+13035550143"]
    assert state(bot, campaign) == "done"


def test_a_template_that_asks_for_what_people_lack_is_refused_before_and_after_the_import(bot, owner):
    asks = template(bot, "Hello.")
    # Published before templates had to say what stands for a variable that is not given.
    owner.execute("alter table public.call_template_versions disable trigger user")
    owner.execute(
        """update public.call_template_versions v set content = content || '{"greeting": "Hello to {{city}}."}'
             from public.call_templates t where v.id = t.published_version_id and t.name = %s""",
        [asks],
    )
    owner.execute("alter table public.call_template_versions enable trigger user")
    campaign = made(bot)
    import_people(bot, campaign, source_of(PEOPLE), Wanted())

    with pytest.raises(CallRefused) as refused:
        service.change(bot, campaign, {"template": asks})
    report = import_people(bot, made(bot, template=asks), source_of(PEOPLE), Wanted())

    assert (refused.value.code, refused.value.field) == ("invalid_variables", "template")
    assert [(one.line, one.column, one.code) for one in report.bad] == [(3, "City", "missing")]
    assert (report.imported, report.ready) == (0, 1)
