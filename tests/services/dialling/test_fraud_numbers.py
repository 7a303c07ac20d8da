"""Numbers that cost somebody money are dialled by nobody, whichever way they come into the queue: the carrier is never asked."""

import csv
import io
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from tests.support.numbers.fraud_numbers import ALL, FRAUD, SOMEBODY
from voicebot.domain.dialling.place import NotCallable, place_of
from voicebot.domain.person.phone import parse_e164
from voicebot.providers.ports import NewCall
from voicebot.services.dialling import campaigns
from voicebot.services.dialling.ask import CallRefused, ask_for_call
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.import_people import Wanted, import_people
from voicebot.storage.campaigns import NewCampaign
from voicebot.storage.queue import NewEntry
from voicebot.transports.table_files.table import source_of

pytestmark = pytest.mark.sql
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
AT_HOME = ("US",)
NEARLY_EVERYWHERE = (
    "US", "GB", "DE", "FR", "ES", "IT", "AU", "CH", "AT", "NL", "BE", "SE", "PL", "JP", "IE", "PT", "FI", "NO", "DK", "HU", "CZ",
    "SK", "RO", "GR", "RU", "IL", "HK", "SG", "NZ", "ZA", "MX", "BR", "AR", "CL", "CO", "PE", "LV", "EE", "LT",
)  # fmt: skip


@dataclass
class Dialler:
    """Notes whom it is asked to call."""

    asked: list[str] = field(default_factory=list)

    def create_call(self, call: NewCall) -> str:
        self.asked.append(call.to)
        return f"CA{uuid.uuid4().hex}"


@pytest.fixture
def carrier() -> Dialler:
    return Dialler()


@pytest.fixture
def bot(make_runtime: Any, carrier: Dialler, owner: Any) -> Any:
    for table in ("call_attempts", "call_queue", "campaigns", "dialling_lanes", "dialling_accounts"):
        owner.execute(f"delete from public.{table}")
    owner.execute("update public.call_service_providers set concurrency_limit = 1000")
    return make_runtime(telephony=carrier)


def dial_all(bot: Any) -> None:
    while check_entries(bot):
        pass
    while place_dials(bot):
        pass


def test_there_are_five_hundred_of_them() -> None:
    assert len(ALL) >= 500


@pytest.mark.parametrize("kind", sorted(set(FRAUD) - {"outside"}))
@pytest.mark.parametrize("allowed", [AT_HOME, NEARLY_EVERYWHERE], ids=["at home", "nearly everywhere"])
def test_a_number_that_costs_is_callable_nowhere(kind: str, allowed: tuple[str, ...]) -> None:
    callable_ = []
    for number in FRAUD[kind]:
        # As it is written, and as the API, the CLI and files read it.
        for form in {number, parse_e164(number, "US") or number}:
            try:
                place_of(form, allowed)
            except NotCallable:
                continue
            callable_.append(form)

    assert callable_ == []


def test_one_that_is_asked_for_is_refused_and_not_stored(bot: Any, carrier: Dialler, owner: Any) -> None:
    taken = []
    for number in ALL:
        for form in {number, parse_e164(number, "US") or number}:
            try:
                ask_for_call(bot, NewEntry(form, purpose="asked_for", hours_lifted="a test"))
            except CallRefused:
                continue
            taken.append(form)
    dial_all(bot)

    assert taken == []
    assert owner.execute("select count(*) from public.call_queue").fetchone() == (0,)
    assert carrier.asked == []


def test_one_in_a_list_is_rejected_and_everybody_else_of_it_called(bot: Any, carrier: Dialler) -> None:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["Phone", "First Name"])
    rows.writerows([number, "Ann"] for number in (*ALL, SOMEBODY))
    campaign = uuid.UUID(campaigns.make(bot, NewCampaign("spring", "asked_for", time_window=ALWAYS))["id"])

    report = import_people(
        bot, campaign, source_of(file.getvalue().encode()), Wanted(phone_column="Phone", skip_bad=True)
    )
    campaigns.change(bot, campaign, {"state": "running"})
    dial_all(bot)

    assert (report.imported, report.rejected) == (1, len(ALL))
    assert carrier.asked == [SOMEBODY]


def test_one_that_an_end_user_puts_into_the_table_is_never_dialled(
    bot: Any, carrier: Dialler, owner: Any, dsn: str
) -> None:
    user = bot.database.call("ensure_user", phone="+12025550100")["user_id"]
    stored = 0
    with psycopg.connect(dsn, autocommit=True) as end_user:
        end_user.execute("set role authenticated")
        end_user.execute(
            "select set_config('request.jwt.claims', %s, false)",
            [json.dumps({"sub": user, "role": "authenticated"})],
        )
        for number in (*ALL, SOMEBODY):
            try:
                end_user.execute(
                    "insert into public.call_queue (user_id, recipient_number) values (%s, %s)",
                    [user, number],
                )
            except psycopg.errors.CheckViolation:
                continue
            stored += 1
    owner.execute("update public.call_queue set purpose = 'asked_for', hours_lifted = 'a test'")
    dial_all(bot)

    # Format is all that SQL knows; what kind of number it is the worker finds out before anybody may dial it.
    assert stored > 100
    assert carrier.asked == [SOMEBODY]
    left = owner.execute(
        "select distinct status, checked_at is not null from public.call_queue where recipient_number <> %s",
        [SOMEBODY],
    )
    assert left.fetchall() == [("failed", True)]
