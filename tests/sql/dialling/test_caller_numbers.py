"""A person is called from one number of ours, over all campaigns: the one that called first, else one that is near."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.conftest import NOON, Queue
from voicebot.domain.dialling.area import area_of

pytestmark = pytest.mark.sql
DEFAULT = "+16505550100"
DENVER_NUMBER, SPRINGS_NUMBER, BOSTON_NUMBER, LONDON_NUMBER = (
    "+13035550190", "+17195550190", "+16175550190", "+442071838750",
)  # fmt: skip
PARIS_NUMBER, LYON_NUMBER = "+33140205050", "+33472405050"


class Numbers:
    """Numbers of ours, and who is called from which."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.owner = queue, queue.owner

    def add(self, number: str, *, connected: bool = True, active: bool = True, voice: bool = True) -> str:
        """Let the account have a number; return its id."""
        at = area_of(number)
        (made,) = self.owner.execute(
            """insert into public.provider_phone_numbers (
                   provider_id, phone_id, country_code, area_code, phone_number, full_number, is_active, capabilities,
                   country, area_prefixes, region_prefixes)
               select id, %s, '', '', %s, %s, %s, jsonb_build_object('voice', %s::boolean), %s, %s, %s
                 from public.call_service_providers where name = 'twilio' returning id::text""",
            [uuid4().hex, number, number, active, voice, at.country, list(at.area_prefixes), list(at.region_prefixes)],
        ).fetchone()  # fmt: skip
        if connected:
            self.owner.execute(
                "insert into public.number_connections (number_id, before, registered) values (%s, '{}', '{}')",
                [made],
            )
        return str(made)

    def red(self, number: str, since: Any = NOON) -> None:
        """Let a number be red."""
        self.owner.execute(
            """insert into public.number_health (number, red_at, red_day, usual_rate) values (%s, %s, %s, 0.5)
               on conflict (number) do update set red_at = excluded.red_at""",
            [number, since, since],
        )

    def from_which(self, to: str, *, at: Any = NOON, **columns: Any) -> tuple[str | None, str | None]:
        """Call somebody; return from which number, and why from that one."""
        (entry,) = self.queue.put(recipient_number=to, **columns)
        token = uuid4()
        taken = self.queue.taken(at, token=token, caller_number=DEFAULT, caller_country="US")
        attempt = dict(taken)[entry]
        self.queue.end(attempt, "completed", token)
        found = self.owner.execute(
            "select from_number, caller_choice from public.call_attempts where id = %s", [attempt]
        ).fetchone()
        # The cap of a person is not what this is about.
        self.owner.execute("update public.call_attempts set sending_at = sending_at - interval '30 days'")
        return found[0], found[1]


@pytest.fixture
def numbers(queue: Queue) -> Any:
    kit = Numbers(queue)
    yield kit
    queue.owner.execute("delete from public.number_connections")
    queue.owner.execute("delete from public.provider_phone_numbers")
    queue.owner.execute("delete from public.user_phone_numbers")


@pytest.mark.parametrize(
    ("to", "expected", "choice"),
    [
        ("+13035550142", DENVER_NUMBER, "area"),
        ("+17195550142", SPRINGS_NUMBER, "area"),
        ("+16175550142", BOSTON_NUMBER, "area"),
        ("+18575550142", BOSTON_NUMBER, "region"),
        ("+15085550142", BOSTON_NUMBER, "region"),
        ("+12125550142", DEFAULT, "country"),
        ("+18085550142", DEFAULT, "country"),
        ("+442079460958", LONDON_NUMBER, "area"),
        ("+441134960000", LONDON_NUMBER, "country"),
        ("+447700900123", LONDON_NUMBER, "country"),
        ("+33140205051", PARIS_NUMBER, "area"),
        ("+33472405051", LYON_NUMBER, "area"),
        ("+4915112345678", DEFAULT, "default"),
        ("+14165550142", DEFAULT, "default"),
        ("+525512345678", DEFAULT, "default"),
    ],
)
def test_the_nearest_number_calls_who_was_never_called(
    numbers: Numbers, to: str, expected: str, choice: str
) -> None:
    for each in (
        DEFAULT,
        DENVER_NUMBER,
        SPRINGS_NUMBER,
        BOSTON_NUMBER,
        LONDON_NUMBER,
        PARIS_NUMBER,
        LYON_NUMBER,
    ):
        numbers.add(each)
    country = {"1": "CA" if to.startswith("+1416") else "US", "4": "GB", "3": "FR", "5": "MX"}[to[1]]

    assert numbers.from_which(to, country="DE" if to.startswith("+49") else country) == (expected, choice)


def test_of_a_state_somebody_gets_one_of_its_numbers_and_always_that_one(numbers: Numbers) -> None:
    numbers.add(DENVER_NUMBER), numbers.add(SPRINGS_NUMBER)
    people = [f"+1970555{n:04d}" for n in range(100, 140)]

    first = {person: numbers.from_which(person) for person in people}

    assert {choice for _, choice in first.values()} == {"region"}
    assert {number for number, _ in first.values()} == {DENVER_NUMBER, SPRINGS_NUMBER}


def test_a_person_is_called_from_the_first_number_in_every_campaign(numbers: Numbers, queue: Queue) -> None:
    numbers.add(DEFAULT)
    person = queue.number()
    assert numbers.from_which(person, campaign_id=queue.campaign()) == (DEFAULT, "country")
    numbers.add(DENVER_NUMBER)

    later = [
        numbers.from_which(person, campaign_id=queue.campaign(), at=NOON + timedelta(days=n))
        for n in (1, 2, 9)
    ]

    assert later == [(DEFAULT, "bound")] * 3


def test_one_person_is_one_however_their_number_is_written(numbers: Numbers, queue: Queue) -> None:
    numbers.add(DEFAULT)
    numbers.from_which("+5491145551234", country="AR")
    numbers.add("+541152360000")

    assert numbers.from_which("+541145551234", country="AR") == (DEFAULT, "bound")


def test_a_number_that_an_entry_names_is_taken_red_or_not(numbers: Numbers, queue: Queue) -> None:
    named = numbers.add(BOSTON_NUMBER)
    numbers.add(DENVER_NUMBER)
    numbers.red(BOSTON_NUMBER)

    assert numbers.from_which(queue.number(), from_number_id=named) == (BOSTON_NUMBER, "named")


def test_who_was_called_first_from_a_named_number_keeps_it(numbers: Numbers, queue: Queue) -> None:
    named = numbers.add(BOSTON_NUMBER)
    numbers.add(DENVER_NUMBER)
    person = queue.number()
    numbers.from_which(person, from_number_id=named)

    assert numbers.from_which(person) == (BOSTON_NUMBER, "bound")


def test_a_named_number_does_not_take_the_place_of_the_first_one(numbers: Numbers, queue: Queue) -> None:
    numbers.add(DENVER_NUMBER)
    named, person = numbers.add(BOSTON_NUMBER), queue.number()
    numbers.from_which(person)

    assert numbers.from_which(person, from_number_id=named) == (BOSTON_NUMBER, "named")
    assert numbers.from_which(person) == (DENVER_NUMBER, "bound")


def test_a_users_own_number_is_nobody_elses(numbers: Numbers, queue: Queue) -> None:
    numbers.add(DENVER_NUMBER)
    (own,) = queue.owner.execute(
        """insert into public.user_phone_numbers (user_id, provider_id, country_code, area_code, phone_number, full_number, verified)
           select %s, id, '1', '720', '5550188', '+17205550188', true from public.call_service_providers where name = 'twilio'
           returning id""",
        [queue.user],
    ).fetchone()
    person = queue.number()

    assert numbers.from_which(person, caller_number_id=own) == ("+17205550188", "named")
    assert numbers.from_which(person) == (DENVER_NUMBER, "area")


@pytest.mark.parametrize("lacks", ["connected", "active", "voice"])
def test_a_number_that_cannot_call_or_does_not_lead_here_is_not_chosen(
    numbers: Numbers, queue: Queue, lacks: str
) -> None:
    numbers.add(DENVER_NUMBER, **{lacks: False})

    assert numbers.from_which(queue.number()) == (DEFAULT, "country")


def test_a_red_number_is_left_out_and_its_people_get_another_one_that_stays(
    numbers: Numbers, queue: Queue
) -> None:
    numbers.add(DENVER_NUMBER), numbers.add(SPRINGS_NUMBER)
    person = "+13035550147"
    assert numbers.from_which(person) == (DENVER_NUMBER, "area")
    numbers.red(DENVER_NUMBER)

    assert numbers.from_which(person) == (SPRINGS_NUMBER, "instead_of_red")
    assert numbers.from_which("+13035550148") == (SPRINGS_NUMBER, "region")
    queue.owner.execute("update public.number_health set red_at = null")
    assert numbers.from_which(person) == (SPRINGS_NUMBER, "bound")
    (replaced,) = queue.owner.execute(
        "select replaced from public.caller_bindings where person = %s", [person]
    ).fetchone()
    assert replaced == DENVER_NUMBER


def test_a_number_that_is_gone_is_said_to_be_gone(numbers: Numbers, queue: Queue) -> None:
    numbers.add(DENVER_NUMBER)
    person = queue.number()
    numbers.from_which(person)
    queue.owner.execute("update public.provider_phone_numbers set is_active = false")

    assert numbers.from_which(person) == (DEFAULT, "instead_of_gone")


def test_a_red_default_is_left_out_like_any_other(numbers: Numbers, queue: Queue) -> None:
    numbers.add(LONDON_NUMBER)
    numbers.from_which(queue.number())
    numbers.red(DEFAULT)

    assert numbers.from_which(queue.number()) == (LONDON_NUMBER, "other")


def test_when_every_number_is_red_an_entry_waits_and_says_so(numbers: Numbers, queue: Queue) -> None:
    numbers.from_which(queue.number())
    numbers.red(DEFAULT)
    (entry,) = queue.put()

    assert queue.reasons(entry) == ["numbers_red"]
    assert queue.claim(caller_number=DEFAULT, caller_country="US") == []
    assert queue.row(entry)[:2] == ("queued", "numbers_red")

    queue.database.call("clear_number", number=DEFAULT, reason="the carrier took the label away")
    assert queue.claim(NOON + timedelta(minutes=2), caller_number=DEFAULT, caller_country="US") == [entry]


def test_an_entry_that_names_its_number_goes_while_all_others_wait(numbers: Numbers, queue: Queue) -> None:
    named = numbers.add(DENVER_NUMBER)
    numbers.from_which(queue.number())
    numbers.red(DEFAULT), numbers.red(DENVER_NUMBER)
    waits, goes = queue.put(), queue.put(from_number_id=named)

    assert queue.reasons(waits[0]) == ["numbers_red"]
    assert queue.claim(caller_number=DEFAULT, caller_country="US") == goes


def test_an_account_whose_numbers_are_red_leaves_the_calls_to_another_one(
    numbers: Numbers, queue: Queue
) -> None:
    numbers.from_which(queue.number())
    numbers.red(DEFAULT)
    queue.owner.execute(
        "insert into public.dialling_accounts (account, caller_number) values ('other', %s)", [BOSTON_NUMBER]
    )
    (entry,) = queue.put()

    assert queue.claim(caller_number=DEFAULT, caller_country="US") == []
    assert queue.reasons(entry) == []
    taken = queue.database.call(
        "claim_talks", token=uuid4(), lease_s=60.0, limits={"concurrent": 9, "caller_number": BOSTON_NUMBER},
        account="other", at=NOON,
    )  # fmt: skip
    assert [dial["from_number"] for dial in taken["dials"]] == [BOSTON_NUMBER]


def test_a_claim_that_is_repeated_binds_nobody_anew(numbers: Numbers, queue: Queue) -> None:
    numbers.add(DENVER_NUMBER)
    queue.put()
    token = uuid4()
    first = queue.claimed(token=token, caller_number=DEFAULT, caller_country="US")
    numbers.red(DENVER_NUMBER)

    again = queue.claimed(token=token, caller_number=DEFAULT, caller_country="US")

    assert again["dials"] == first["dials"]
    assert queue.owner.execute("select number, replaced from public.caller_bindings").fetchall() == [
        (DENVER_NUMBER, None)
    ]
