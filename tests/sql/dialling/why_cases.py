"""For each reason of the judgement: what makes it the only one, and what lifts it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from psycopg.types.json import Jsonb

LATER = timedelta(days=400)
OURS = "+12025550199"


@dataclass(frozen=True)
class Case:
    """An entry that one reason alone stands against. `limits`: what the dialler may do meanwhile; `number`: the person's."""

    queue: Any
    at: datetime
    entry: str
    number: str

    def sql(self, query: str, *values: Any) -> Any:
        """Run a statement as the owner."""
        return self.queue.owner.execute(query, list(values))

    def set(self, **columns: Any) -> None:
        """Change the entry without making it due anew, or unchecked."""
        given = self.sql(
            "select next_attempt_at, checked_at from public.call_queue where id = %s", self.entry
        ).fetchone()
        self.queue.set(self.entry, **columns)
        if not {"next_attempt_at", "checked_at"} & set(columns):
            self.queue.set(self.entry, next_attempt_at=given[0], checked_at=given[1])

    def campaign(self, state: str = "running", **columns: Any) -> Any:
        """Put the entry into a campaign; return it."""
        made = self.queue.campaign(state, **columns)
        self.set(campaign_id=made)
        # Its lane is known since the entry was put; in the new one it is looked at now, too.
        self.sql(
            "insert into public.dialling_lanes (lane, due_at) values (%s, '-infinity') on conflict do nothing",
            made,
        )
        return made

    def dialled(self, ago: timedelta) -> None:
        """Let another entry have called the person."""
        (other,) = self.queue.put(recipient_number=self.number, status="completed")
        self.sql(
            """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, sending_at)
               values (%s, 'talk', 1, %s, 'done', %s)""",
            other, self.number, self.at - ago,
        )  # fmt: skip

    def under_way(self, subject: str, calls: int = 1000) -> None:
        """Let so many calls of an account, a campaign or a user be under way."""
        self.sql(
            """insert into public.dialling_load (subject, calls) values (%s, %s)
               on conflict (subject) do update set calls = excluded.calls""",
            subject, calls,
        )  # fmt: skip

    def today(self) -> str:
        """The day of the week at the person's, as calling hours name it."""
        (day,) = self.sql(
            "select lower(to_char(%s::timestamptz at time zone 'America/Denver', 'dy'))", self.at
        ).fetchone()
        return str(day)


def _busy(case: Case) -> None:
    (other,) = case.queue.put(status="in-progress", recipient_number=case.number)
    case.sql(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, sending_at)
           values (%s, 'code', 1, %s, 'sent', %s)""",
        other, case.number, case.at,
    )  # fmt: skip


def _outside_hours(case: Case) -> None:
    week = {
        day: [["00:00", "24:00"]]
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        if day != case.today()
    }
    case.set(hours_lifted=None, time_window=Jsonb(week))


def _red(case: Case) -> None:
    case.sql(
        "insert into public.dialling_accounts (account, caller_number) values ('twilio', %s) on conflict (account) do update set caller_number = excluded.caller_number",
        OURS,
    )
    case.sql("insert into public.number_health (number, red_at, red_day) values (%s, now(), now())", OURS)


def _two_teams(case: Case) -> None:
    """What belongs to nobody would be the only team's."""
    case.sql(
        """insert into public.organizations (name, slug) values ('Another', 'another'), ('One more', 'one-more')
           on conflict do nothing"""
    )


def _of_another_team(case: Case) -> None:
    _two_teams(case)
    case.sql(
        "insert into public.dialling_accounts (account, caller_number) values ('twilio', %s) on conflict (account) do update set caller_number = excluded.caller_number",
        OURS,
    )
    case.sql(
        """insert into public.provider_phone_numbers (provider_id, country_code, area_code, phone_number, full_number, organization_id)
           select p.id, '', '', '', %s, o.id from public.call_service_providers p, public.organizations o
            where p.name = 'twilio' and o.slug = 'another'""",
        OURS,
    )


def _suspended(case: Case) -> None:
    _two_teams(case)
    team = case.sql(
        "update public.organizations set is_active = false where slug = 'another' returning id"
    ).fetchone()[0]
    case.campaign(organization_id=team)
    case.set(organization_id=team)


def _broken(case: Case) -> None:
    case.sql("insert into public.dialling_accounts (account) values ('twilio') on conflict do nothing")
    case.sql(
        """insert into public.provider_breakers as b (provider, state, opened_at, probe_at) values ('twilio', 'open', %s, %s)
           on conflict (provider) do update set state = 'open', opened_at = excluded.opened_at, probe_at = excluded.probe_at""",
        case.at, case.at + timedelta(minutes=1),
    )  # fmt: skip


def _window_over(case: Case) -> None:
    # Nobody may write an entry whose time is over; it became so.
    case.sql("alter table public.call_queue disable trigger check_changed_entry")
    case.set(not_after=case.at)
    case.sql("alter table public.call_queue enable trigger check_changed_entry")


def _own(case: Case) -> None:
    case.sql(
        """insert into public.provider_phone_numbers (provider_id, country_code, area_code, phone_number, full_number)
           select id, '', '', '', %s from public.call_service_providers where name = 'twilio'""",
        case.number,
    )


WAITS: Mapping[str, tuple[Callable[[Case], Any], Callable[[Case], Any]]] = {
    "unchecked": (lambda c: c.set(checked_at=None), lambda c: c.set(checked_at=c.at)),
    "not_yet": (
        lambda c: c.set(next_attempt_at=c.at + timedelta(hours=1)),
        lambda c: c.set(next_attempt_at=c.at),
    ),
    "outside_hours": (_outside_hours, lambda c: c.set(time_window=None, hours_lifted="she asked for it")),
    "held": (
        lambda c: c.queue.database.call("hold_person", number=c.number, until=c.at + timedelta(days=2), reason="away"),
        lambda c: c.queue.database.call("hold_person", number=c.number, until=None),
    ),
    "person_day": (
        lambda c: c.dialled(timedelta(0)),
        lambda c: c.sql("update public.dialling_rules set person_calls_per_day = 2"),
    ),
    "person_week": (
        lambda c: [c.dialled(timedelta(days=days)) for days in (2, 3, 4)],
        lambda c: c.sql("update public.dialling_rules set person_calls_per_week = 4"),
    ),
    "number_busy": (_busy, lambda c: c.sql("update public.call_attempts set state = 'done'")),
    "numbers_red": (
        _red,
        lambda c: c.queue.database.call("clear_number", number=OURS, reason="the label is gone"),
    ),
    "no_number": (
        _of_another_team,
        lambda c: c.sql("update public.provider_phone_numbers set organization_id = null"),
    ),
    "team_suspended": (_suspended, lambda c: c.sql("update public.organizations set is_active = true")),
    "campaign_draft": (lambda c: c.campaign("draft"), lambda c: c.sql("update public.campaigns set state = 'running'")),
    "campaign_paused": (lambda c: c.campaign("paused"), lambda c: c.sql("update public.campaigns set state = 'running'")),
    "campaign_rate": (
        lambda c: c.sql(
            "update public.dialling_lanes set next_dial_at = %s where lane = %s",
            c.at + timedelta(minutes=1), c.campaign(calls_per_second=0.01),
        ),
        lambda c: c.sql("update public.campaigns set calls_per_second = null"),
    ),
    "campaign_full": (
        lambda c: c.under_way(f"campaign:{c.campaign(concurrent=3)}", 3),
        lambda c: c.sql("update public.campaigns set concurrent = 4"),
    ),
    "user_full": (
        lambda c: [
            c.sql("update public.dialling_rules set user_concurrent = 3"),
            c.under_way(f"user:{c.queue.user}", 3),
        ],
        lambda c: c.under_way(f"user:{c.queue.user}", 2),
    ),
    "account_rate": (
        lambda c: c.sql(
            """insert into public.dialling_accounts (account, next_dial_at) values ('twilio', %s)
               on conflict (account) do update set next_dial_at = excluded.next_dial_at""",
            c.at + timedelta(minutes=1),
        ),
        lambda c: c.sql("update public.dialling_accounts set next_dial_at = %s", c.at),
    ),
    "account_full": (
        lambda c: c.under_way("account:twilio"),
        lambda c: c.under_way("account:twilio", 0),
    ),
    "account_off": (
        lambda c: c.sql("update public.call_service_providers set enabled = false where name = 'twilio'"),
        lambda c: c.sql("update public.call_service_providers set enabled = true where name = 'twilio'"),
    ),
    "account_broken": (
        _broken,
        lambda c: c.sql("delete from public.provider_breakers"),
    ),
    "money": (
        lambda c: c.sql(
            "insert into public.daily_spending (purse, day, share, usd) values ('outbound', %s, 0, 1000)", c.at.date()
        ),
        lambda c: c.sql("delete from public.daily_spending"),
    ),
}  # fmt: skip
"""Reasons that end: what makes them, what lifts them."""

ENDS: Mapping[str, Callable[[Case], Any]] = {
    "window_over": _window_over,
    "campaign_over": lambda c: c.campaign("canceled"),
    "own_number": _own,
    "suppressed": lambda c: c.queue.database.call(
        "suppress", number=c.number, scope="calls", reason="operator"
    ),
    "no_consent": lambda c: c.set(purpose="marketing"),
}
"""Reasons for which an entry is never dialled."""

OUTAGE = "outage"
"""The dialler says it, no row: facts wait in the spool."""

OF_OTHER_ROWS = {"no_provider", "caller_number", "no_plan", "plan_inactive", "plan_calls", "plan_minutes"}
"""Reasons that need more than an entry; their cases stand with providers, plans and users' numbers."""

NOBODY_KNOWS = {
    "unchecked", "number_busy", "team_suspended", "numbers_red", "no_number", "campaign_draft", "campaign_paused", "campaign_full", "user_full", "account_full",
    "account_off", "account_broken", OUTAGE,
}  # fmt: skip
"""Reasons of which nobody can say when they end."""


def case_of(queue: Any, at: datetime) -> Case:
    """Put an entry that nothing stands against."""
    number = queue.number()
    (entry,) = queue.put(recipient_number=number, hours_lifted="a test runs at any hour")
    queue.set(entry, next_attempt_at=at - timedelta(minutes=1))
    return Case(queue, at, entry, number)


def forget(queue: Any) -> None:
    """Take away what the cases leave."""
    queue.owner.execute("delete from public.provider_phone_numbers")
    queue.owner.execute("delete from public.provider_breakers")
    queue.owner.execute("delete from public.daily_spending")
    queue.owner.execute("update public.organizations set is_active = true")
    queue.owner.execute("update public.call_service_providers set enabled = true")
    queue.owner.execute(
        "update public.dialling_rules set user_concurrent = null, person_calls_per_day = 1, person_calls_per_week = 3"
    )


def codes_of_the_judgement(owner: Any) -> set[str]:
    """Every reason that SQL can give, read from its own text."""
    rows = owner.execute(
        """select prosrc from pg_proc where pronamespace = 'private'::regnamespace
              and proname in ('judge', 'lane_reasons', 'account_reasons')"""
    ).fetchall()
    lists = [re.search(r"array_remove\(array\[(.*?)\], null\)", source, re.DOTALL) for (source,) in rows]
    assert len(lists) == 3 and all(lists), uuid4()
    told = {code for found in lists if found for code in re.findall(r"then\s+'([a-z_]+)'", found[1])}
    return told | OF_OTHER_ROWS
