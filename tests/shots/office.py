"""What stands behind a day of work: alerts and what they fired of, webhooks out, keys, a bulk action, saved views, an examination."""

import secrets
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.shots.day import Day, made_id
from voicebot.providers.recordings.folder import FolderRecordings

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
HARD = {
    "Wolfeschlegelsteinhausenbergerdorff Rhoshandiatellyneshiaunneveshenk": "+12025550151",
    "نورالدين عبدالرحمن": "+12025550152",
    "👩‍🔧🚲 Zoë": "+12025550153",
    "<b>Robert</b> =1+1": "+12025550154",
}
"""Names that a page has to bear."""
WORDS = (
    "Do you repair this? 🚲🔧🔧",
    "هل أنتم مفتوحون يوم السبت؟",
    f"See https://example.com/{'a' * 180}",
    LONG,
)


def fill(dsn: str, recordings: Path, *, hard: bool = False) -> dict[str, str]:
    """Fill a migrated and furnished database; return the ids of what the pages show. `hard`: also with what is hard to show."""
    with psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
        day = Day(connection, FolderRecordings(recordings))
        day.fill()
        furnish(day)
        if hard:
            harden(day)
        return day.ids


def furnish(day: Day) -> None:
    """Write the rows, and name what has a page of its own in `day.ids`."""
    day.ids |= {"version": "1", "item": day.ids["thread"]}
    (voice,) = day.execute("select id from public.voice_options order by name limit 1")
    day.ids["voice"] = str(voice["id"])
    _alerts(day)
    _webhooks(day)
    _access(day)
    _bulk(day)
    for name, query, shared in (("Refunds", "q=refund", True), ("Unreached", "q=outcome%3Abusy", False)):
        day.put(
            "saved_views",
            organization_id=None,
            user_id=None,
            page="calls",
            name=name,
            query=query,
            shared=shared,
        )
    day.execute(
        "select public.keep_examination(%s)",
        Jsonb([
            {"level": "fail", "subject": "+12025550100", "what": "its webhook leads elsewhere", "do": "Run `numbers connect`."},
            {"level": "warn", "subject": "OPENAI_API_KEY", "what": "is not set", "do": "The simulator answers."},
        ]),
    )  # fmt: skip
    day.put("incidents", kind="number_red", subject="+13125550147", reason="2 of 30 calls were answered", opened_at=day.ago(44))  # fmt: skip
    day.execute("select public.roll_figures('UTC', 400)")


def harden(day: Day) -> None:
    """Add people whose names and words are hard to show: long, from right to left, of signs that mean something elsewhere."""
    for nth, (name, number) in enumerate(HARD.items()):
        day.numbers[name] = number
        day.people[name] = day.person(name, number)
        day.call(200 + nth, name, 2 + nth, "inbound", "bot_ended", 60, WORDS[nth], (LONG[:40].lower(),))
        day.thread(name, [("them", 3 + nth, words) for words in WORDS])
    day.put("campaigns", id=made_id("hard"), user_id=day.people["Ruth Baker"], name=LONG, purpose="service")
    day.execute(
        "update public.call_templates set name = %s where id = %s",
        LONG[:60],
        made_id("template", "After hours"),
    )
    _teams(day)


def _teams(day: Day) -> None:
    """A second organization, so that numbers and endpoints say whose they are; a red number with a past; and what was erased."""
    day.put("organizations", id=made_id("second"), name=f"Yard of the {LONG}", slug="second")
    for organization, number in ((made_id("second"), "+13125550147"), (None, "+12025550100")):
        query = "update public.provider_phone_numbers set organization_id = %s where full_number = %s"
        day.execute(query, organization, number)
    day.execute(
        """insert into public.number_health (number, red_at) values ('+13125550147', now() - interval '20 min')
           on conflict (number) do update set red_at = excluded.red_at"""
    )
    day.put("conversations", channel="sms", customer_identifier="+12025550155", our_number="+13125550147")
    day.execute("update public.conversations set organization_id = null where our_number = '+13125550147'")
    day.execute("update public.webhook_endpoints set organization_id = %s", made_id("second"))
    day.put("erasures", kind="retention", organization_id=made_id("second"), state="done", asked_at=day.ago(90),
            done_at=day.ago(80), removed=Jsonb({"calls": 500, "texts": 321, "recordings": 12}))  # fmt: skip
    day.put("erasures", kind="person", problem="unknown_account", asked_at=day.ago(30), tried_at=day.ago(4),
            removed=Jsonb({"calls": 3, "texts": 0, "recordings": 2}), leftover=Jsonb({"recordings": [{"sid": "RE1"}]}))  # fmt: skip


def _alerts(day: Day) -> None:
    for nth, (name, kind, threshold, fired) in enumerate((
        ("Too many calls fail", "rate", 20, (12, None)),
        ("Answers take too long", "p95", 2500, (60 * 30, 60 * 29)),
        ("Nobody calls", "silence", 1, None),
    )):  # fmt: skip
        day.put("alert_rules", id=made_id("alert", nth), name=name, kind=kind, threshold=threshold, by_text=nth == 0, active=nth < 2)  # fmt: skip
        if fired:
            began, ended = fired
            day.put(
                "alert_firings", rule_id=made_id("alert", nth), fired_at=day.ago(began), value=26.5, sample=34,
                resolved_at=day.ago(ended) if ended else None,
            )  # fmt: skip
            day.execute("update public.alert_rules set fired_at = %s where id = %s", day.ago(began), made_id("alert", nth))  # fmt: skip
    day.ids["alert"] = str(made_id("alert", 0))


def _webhooks(day: Day) -> None:
    day.ids["endpoint"] = str(made_id("endpoint"))
    day.put(
        "webhook_endpoints", id=made_id("endpoint"), url="https://crm.example.com/voicebot/events", secret="sealed",
        event_types=["call.ended", "alert.fired"], rests_until="2020-01-01T00:00:00Z",
    )  # fmt: skip
    for nth, (state, error) in enumerate((("sent", None), ("dead", "answered 500"), ("generated", None))):
        (event,) = day.execute(
            "insert into public.events (type, subject) values ('call.ended', %s) returning id",
            day.ids["call"],
        )
        # The endpoint hears of it: the row is there.
        day.execute(
            """update public.webhook_deliveries set state = %s, error = %s, attempts = %s, sent_at = %s, created_at = %s
                where event_id = %s""",
            state, error, 8 if error else 1, day.ago(5) if state == "sent" else None, day.ago(20 - nth), event["id"],
        )  # fmt: skip


def _access(day: Day) -> None:
    ruth = day.people["Ruth Baker"]
    for name, role, used in (("Website", "operator", 30), ("Reports", "viewer", None)):
        day.put(
            "api_keys", name=name, key_hash=secrets.token_hex(16), key_prefix=f"vb_{name.lower()[:4]}", role=role,
            organization_id=day.house, user_id=ruth, last_used_at=day.ago(used) if used else None,
        )  # fmt: skip
    day.put(
        "organization_invitations", organization_id=day.house, email="noor@example.com", role="agent", code_hash="none",
        invited_by=ruth, expires_at=day.ago(-60 * 24 * 3),
    )  # fmt: skip
    for action, kind, thing, after in (
        ("template.published", "template", day.ids["template"], {"version": 1}),
        ("member.invited", "organization", str(day.house), {"role": "agent"}),
        ("recording.heard", "call", day.ids["call"], None),
    ):
        day.put(
            "audit_log", user_id=ruth, organization_id=day.house, role="owner", action=action, object_type=kind,
            object_id=thing, after=Jsonb(after) if after else None, address="203.0.113.7",
        )  # fmt: skip


def _bulk(day: Day) -> None:
    def one(nth: int, state: str, **counts: Any) -> None:
        day.put(
            "bulk_actions", id=made_id("bulk", nth), request_key=str(nth), object_type="entry", action="cancel", state=state,
            ended_at=None if state == "running" else day.ago(nth * 40), created_at=day.ago(nth * 40 + 1), **counts,
        )  # fmt: skip

    one(1, "running", total=240, done=150, skipped=3)
    one(2, "done", total=2, done=1, skipped=1)
    for nth, state in enumerate(("done", "skipped"), 1):
        day.put(
            "bulk_items", bulk_id=made_id("bulk", 2), nth=nth, object_id=made_id("entry", nth), state=state,
            reason="not_queued" if state == "skipped" else None,
        )  # fmt: skip
    day.ids["bulk"] = str(made_id("bulk", 2))
