"""A day of work at the bicycle shop, as rows: the same people, words and times with every run."""

import json
import math
import random
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.shots.words import CALLS, PEOPLE, QUEUE, TALK, TEAM, TEXTS, Said
from voicebot.providers.recordings.folder import FolderRecordings

OURS = "+12025550100"
SPACE = UUID("0b1c5a52-9d3e-4a53-8d6a-6f1d4f1e7c11")
RATE = 8000


def made_id(*words: object) -> UUID:
    """An id that is the same in every run."""
    return uuid5(SPACE, " ".join(map(str, words)))


@dataclass
class Day:
    """Fills a house's database; `ids` are what the pages are found by."""

    connection: psycopg.Connection[dict[str, Any]]
    recordings: FolderRecordings
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=lambda: dict(PEOPLE))

    def fill(self) -> dict[str, str]:
        """Write all of it; return the ids of what has a page of its own."""
        self._team()
        for name, number in PEOPLE.items():
            self.people[name] = self.person(name, number)
        for nth, call in enumerate(CALLS):
            self.call(nth, *call)
        self._talk()
        for name, texts in TEXTS.items():
            self.thread(name, texts)
        self._queue()
        self._templates()
        self.execute("select public.suppress(%s, 'calls', 'operator')", PEOPLE["Lena Fischer"])
        self.ids["person"] = str(self.people["Grace Hopper"])
        return self.ids

    # --- who ----------------------------------------------------------------------------------------

    def _team(self) -> None:
        house = self.put(
            "organizations", name="Harbour Street Bicycles", slug="harbour-street",
            display_name="Harbour Street Bicycles", contact_email="hello@example.com", is_verified=True,
        )  # fmt: skip
        self.house = house["id"]
        for name, number, role in TEAM:
            person = self.person(name, number)
            self.people[name] = person
            self.put("organization_members", organization_id=self.house, user_id=person, role=role)
            self.execute(
                "update public.user_profiles set last_login_at = now() - %s * interval '1 hour' where user_id = %s",
                self.rng.randrange(1, 30), person,
            )  # fmt: skip

    def person(self, name: str, number: str) -> UUID:
        """Somebody who agreed to be called."""
        (row,) = self.execute("select public.ensure_user(%s) ->> 'user_id' as person", number)
        first, _, last = name.partition(" ")
        self.execute(
            """update public.user_profiles
                  set first_name = %s, last_name = %s, location = 'Washington', status = 'active', phone_verified = true,
                      onboarding_status = 'completed', created_at = now() - %s * interval '1 day'
                where user_id = %s""",
            first, last, self.rng.randrange(3, 90), row["person"],
        )  # fmt: skip
        self.put(
            "consents", user_id=row["person"], phone_number=number, purpose="calls", state="granted", channel="web",
            wording_version="v2",
        )  # fmt: skip
        return UUID(row["person"])

    # --- calls --------------------------------------------------------------------------------------

    def call(
        self,
        nth: int,
        name: str,
        minutes_ago: float,
        direction: str,
        reason: str,
        seconds: int | None,
        summary: str,
        tags: Sequence[str] = (),
    ) -> dict[str, Any]:
        """A call that is over, or goes on when its reason is `live`."""
        status, outcome = {"busy": ("busy", "busy"), "no_answer": ("no-answer", "not answered")}.get(
            reason, ("in-progress", None) if reason == "live" else ("completed", "answered")
        )
        call = self.put(
            "call_history", public_id=made_id("call", nth), user_id=self.people[name], organization_id=self.house,
            phone_number=self.numbers[name], from_number=self.numbers[name] if direction == "inbound" else OURS,
            to_number=OURS if direction == "inbound" else self.numbers[name], call_sid=f"CA{made_id('sid', nth).hex}",
            direction=direction, call_status=status, outcome=outcome, end_reason=None if reason == "live" else reason,
            duration=seconds, summary=summary or None, transport="media", cost=0.021 * (seconds or 0) / 60,
            answered_by="human" if outcome == "answered" else None,
        )  # fmt: skip
        answered = seconds is not None or reason == "live"
        self.execute(
            """update public.call_history
                  set started_at = now() - %(ago)s * interval '1 min', created_at = now() - %(ago)s * interval '1 min',
                      answered_at = case when %(answered)s then now() - %(ago)s * interval '1 min' + interval '3 s' end,
                      ended_at = case when %(live)s then null
                                      else now() - %(ago)s * interval '1 min' + %(seconds)s * interval '1 s' end
                where id = %(id)s""",
            {"ago": minutes_ago, "answered": answered, "live": reason == "live", "seconds": seconds or 24, "id": call["id"]},
        )  # fmt: skip
        for tag in tags:
            self.put("call_tags", call_id=call["id"], tag=tag)
        if reason == "live":
            self.ids.setdefault("live", str(call["public_id"]))
            self._say(call["id"], TALK[:5])
            # A process has it: there is somebody to step in with.
            self.put("call_states", call_id=call["id"], plan=Jsonb({}), state=Jsonb({}), turn=2)
        return call

    def _talk(self) -> None:
        """The call that is looked at closely: words, sound, tools, the time of each answer."""
        call = self.call(
            99, "Grace Hopper", 21, "inbound", "bot_ended", 74,
            "Asked about Saturday and the price of a full service, and books one for Tuesday at ten.", ("booking",),
        )  # fmt: skip
        self.ids["call"] = str(call["public_id"])
        self._say(call["id"], TALK)
        for nth, one in enumerate(one for one in TALK if one.gap_ms):
            stages = self._stages(one.gap_ms)
            row = self.put(
                "call_turns", call_id=call["id"], turn=nth, input=Jsonb([]), token=made_id("turn", nth), gap_ms=one.gap_ms,
                lease_until="2026-01-01T00:00:00Z", filler_ms=700 if one.gap_ms > 1200 else None, speculative=nth == 2, **stages,
            )  # fmt: skip
            self.execute(
                """update public.call_turns t set answered_at = c.started_at + %s * interval '1 s', started_at = c.started_at,
                          finished_at = c.started_at
                     from public.call_history c where c.id = t.call_id and t.call_id = %s and t.turn = %s""",
                one.start_s, call["id"], row["turn"],
            )  # fmt: skip
        self._tools(call["id"])
        self._carrier(call)
        self._summary(call["id"])
        self._record(call)

    def _say(self, call: int, talk: Sequence[Said]) -> None:
        words = "\n".join(f"{one.speaker.capitalize()}: {one.words}" for one in talk)
        self.execute("update public.call_history set transcript = %s where id = %s", words, call)
        for number, one in enumerate(talk, 1):
            self.put(
                "transcripts", session_id=call, sequence_number=number, speaker=one.speaker, content=one.words,
                heard=one.heard if one.heard is not None else None, confidence_score=one.confidence, is_final=True,
                start_time_seconds=one.start_s,
            )  # fmt: skip
            self.execute(
                """update public.transcripts t set created_at = c.started_at + %s * interval '1 s'
                     from public.call_history c where c.id = t.session_id and c.id = %s and t.sequence_number = %s""",
                one.start_s, call, number,
            )  # fmt: skip
            self.execute(
                """insert into public.call_speech_spans (call_id, side, began_at, ended_at)
                   select id, %s, started_at + %s * interval '1 s', started_at + %s * interval '1 s'
                     from public.call_history where id = %s""",
                one.speaker, one.start_s, one.end_s, call,
            )  # fmt: skip

    def _stages(self, gap: int) -> dict[str, int]:
        shares = {"wait_ms": 0.36, "words_ms": 0.11, "token_ms": 0.27, "sentence_ms": 0.09, "voice_ms": 0.14}
        stages = {name: round(gap * share) for name, share in shares.items()}
        return stages | {"ours_ms": gap - sum(stages.values())}

    def _tools(self, call: int) -> None:
        for number, name, arguments, result, ms in (
            (9, "find_free_times", {"day": "Tuesday", "for": "full service"}, "09:00, 10:00, 14:30", 212),
            (11, "book", {"day": "Tuesday", "at": "10:00", "for": "full service"}, "Booked: B-2047.", 318),
        ):
            self.execute(
                """insert into public.call_tool_uses (call_id, gen, tool_id, name, arguments, ok, result, before_number, began_at, ended_at)
                   select id, 1, %s, %s, %s, true, %s, %s, started_at, started_at + %s * interval '1 ms'
                     from public.call_history where id = %s""",
                f"t{number}", name, json.dumps(arguments), result, number, ms, call,
            )  # fmt: skip

    def _carrier(self, call: dict[str, Any]) -> None:
        for nth, (what, second) in enumerate(
            (("voice", 0), ("status:in-progress", 3), ("status:completed", 74))
        ):
            self.execute(
                """insert into public.webhook_events (source, event_id, event_type, token_index, subject, received_at)
                   select 'twilio', %s, %s, 0, call_sid, started_at + %s * interval '1 s'
                     from public.call_history where id = %s""",
                f"{call['call_sid']}-{nth}", what, second, call["id"],
            )  # fmt: skip

    def _summary(self, call: int) -> None:
        self.put(
            "summaries", session_id=call, generation_status="success", title="A full service on Tuesday.",
            tldr="Grace Hopper asked about Saturday and the price of a full service, and booked one for Tuesday at ten.",
            key_decisions=Jsonb(["A full service on Tuesday at ten."]), action_items=Jsonb(["Send a text a day before."]),
            follow_up_questions=Jsonb([]), conversation_highlights=Jsonb(["Tuesday at ten is perfect."]), goal="reached",
            goal_evidence="Tuesday at ten is perfect.",
        )  # fmt: skip

    def _record(self, call: dict[str, Any]) -> None:
        """A recording whose sound is where the words are: hums of two heights, the caller left, the bot right."""
        length = 71 * RATE
        sides = {"caller": [0] * length, "bot": [0] * length}
        for one in TALK:
            pitch = 170 if one.speaker == "caller" else 120
            syllable = 1.0
            for at in range(int((one.start_s - 3) * RATE), min(length, int((one.end_s - 3) * RATE))):
                if at % 1200 == 0:
                    syllable = self.rng.uniform(0.15, 1.0)
                swell = math.sin(math.pi * (at % 1200) / 1200)
                sides[one.speaker][at] = int(
                    14000 * syllable * swell * math.sin(2 * math.pi * pitch * at / RATE)
                )
        frames = bytearray()
        for left, right in zip(*sides.values(), strict=True):
            frames += left.to_bytes(2, "little", signed=True) + right.to_bytes(2, "little", signed=True)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "call.wav"
            with wave.open(str(file), "wb") as target:
                target.setparams((2, 2, RATE, 0, "NONE", ""))
                target.writeframes(frames)
            self.recordings.save(f"{call['public_id']}.wav", file)
        self.execute("update public.call_history set recording_copied_at = now() where id = %s", call["id"])

    # --- threads ------------------------------------------------------------------------------------

    def thread(self, name: str, texts: Sequence[tuple[str, float, str]]) -> None:
        """Texts: who wrote, how many minutes ago, and what."""
        number, thread = self.numbers[name], None
        for nth, (who, minutes_ago, words) in enumerate(texts):
            if who == "them":
                (row,) = self.execute(
                    "select public.message_received(%s, 'sms', %s, %s, %s) ->> 'conversation_id' as thread",
                    f"SM{made_id(name, nth).hex}", number, OURS, words,
                )  # fmt: skip
                thread = row["thread"]
                self.execute(
                    """update public.sms_history set created_at = now() - %s * interval '1 min',
                              observed_at = now() - %s * interval '1 min' where message_sid = %s""",
                    minutes_ago, minutes_ago, f"SM{made_id(name, nth).hex}",
                )  # fmt: skip
            elif who == "case":
                self.put(
                    "support_escalations", conversation_id=thread, message=words, reason="human_requested", silenced=True,
                    created_at=self.ago(minutes_ago),
                )  # fmt: skip
                self.ids["thread"] = str(thread)
            elif who == "note":
                self.put(
                    "inbox_notes", item_id=thread, author_id=self.people["Ruth Baker"], content=words, created_at=self.ago(minutes_ago),
                )  # fmt: skip
            else:
                self.put(
                    "sms_history", user_id=self.people[name], phone_number=number, direction="outbound", content=words,
                    status="delivered", from_number=OURS, to_number=number, conversation_id=thread, channel="sms",
                    sent_by="operator" if who == "us" else "bot", outbox_state="sent",
                    author_id=self.people["Tom Reyes"] if who == "us" else None,
                    created_at=self.ago(minutes_ago),
                )  # fmt: skip
        silent = any(who == "case" for who, *_ in texts)
        self.execute(
            """update public.conversations set ai_mode = %s, waiting_since = null, last_message_at = now() - %s * interval '1 min',
                      last_inbound_at = now() - %s * interval '1 min' where id = %s""",
            "OFF" if silent else "ON", texts[-1][1], texts[-1][1], thread,
        )  # fmt: skip
        self.execute(
            """update public.inbox_items set last_at = now() - %(ago)s * interval '1 min', unread = %(unread)s,
                      waiting_since = case when %(waits)s then now() - %(ago)s * interval '1 min' end where id = %(id)s""",
            {"ago": texts[-1][1], "unread": int(silent), "waits": silent, "id": thread},
        )  # fmt: skip

    # --- dialling -----------------------------------------------------------------------------------

    def _queue(self) -> None:
        (template,) = self.execute(
            "select id from public.call_templates where published_version_id is not null limit 1"
        )
        campaign = self.put(
            "campaigns", id=made_id("campaign"), user_id=self.people["Ruth Baker"], name="Spring service reminders",
            purpose="service", state="running", template_id=template["id"], concurrent=4, calls_per_second=0.2,
            time_window=Jsonb({day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}),
        )  # fmt: skip
        self.ids["campaign"] = str(campaign["id"])
        for nth, (name, status, more) in enumerate(QUEUE):
            entry = self.put(
                "call_queue", id=made_id("entry", nth), user_id=self.people["Ruth Baker"], recipient_number=self.numbers[name],
                campaign_id=campaign["id"] if more.get("campaign", True) else None, template_id=template["id"],
                purpose="service", status=status, custom_variables=Jsonb({"name": name.split()[0]}), country="US",
                priority=more.get("priority", 0), retry_count=more.get("tries", 1 if more.get("came") else 0),
                zones=["America/New_York"], timezone="America/New_York", checked_at=self.ago(1),
                created_at=self.ago(200 + nth),
                next_attempt_at=self.ago(-more.get("in", -30)),
                not_before=self.ago(-more["in"]) if "in" in more else None,
            )  # fmt: skip
            self.ids.setdefault("entry", str(entry["id"]))
            if came := more.get("came"):
                self.put(
                    "call_attempts", call_queue_id=entry["id"], attempt_number=1, to_number=self.numbers[name], from_number=OURS,
                    kind="talk", state="done", transport_result=came, campaign_id=campaign["id"],
                    user_id=self.people["Ruth Baker"], call_sid=f"CA{made_id('dial', nth).hex}",
                    answered_by="human" if came == "completed" else None,
                    goal="reached" if came == "completed" else None, ended_at=self.ago(30 + nth), created_at=self.ago(32 + nth),
                )  # fmt: skip

    def _templates(self) -> None:
        (template,) = self.execute(
            "select id from public.call_templates where published_version_id is not null limit 1"
        )
        self.ids["template"] = str(template["id"])
        self.execute(
            """update public.call_templates set greeting = 'Good morning, this is Harbour Street Bicycles. What can I do for you?',
                      revision = revision + 1, updated_at = now() - interval '40 min' where id = %s""",
            template["id"],
        )  # fmt: skip
        for name, prompt in (
            ("Workshop", "You answer for the workshop of a bicycle shop."),
            ("After hours", "The shop is closed. Take a message."),
        ):
            self.put(
                "call_templates", id=made_id("template", name), name=name, prompt=prompt,
                greeting=f"Hello, this is {name.lower()}.", created_by=self.people["Ruth Baker"],
            )  # fmt: skip
        self.execute("select public.publish_template(%s, 1)", made_id("template", "Workshop"))

    # --- rows ---------------------------------------------------------------------------------------

    def ago(self, minutes: float) -> Any:
        """A time so many minutes before now."""
        (row,) = self.execute("select now() - %s * interval '1 min' as at", minutes)
        return row["at"]

    def put(self, table: str, **values: Any) -> dict[str, Any]:
        """Insert a row, and return it."""
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        places = sql.SQL(", ").join(sql.Placeholder() * len(values))
        query = sql.SQL("insert into public.{} ({}) values ({}) returning *")
        found = self.connection.execute(
            query.format(sql.Identifier(table), names, places), list(values.values())
        )
        return found.fetchone() or {}

    def execute(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Run a statement, and return its rows."""
        named = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
        cursor = self.connection.execute(query, named)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []
