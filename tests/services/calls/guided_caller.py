"""Somebody on the telephone whom the service asks its questions, and what the database then holds of them."""

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.texts.text_house import OURS, Connection, empty, sid
from tests.services.verification.verification_desk import code_of
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid, SilencePassed
from voicebot.domain.call.reports import CallArrival
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import answer_call, take_turn
from voicebot.storage.verification import verifications


class Caller:
    """Somebody on the telephone; keeps what they hear."""

    def __init__(self, runtime: Runtime, number: str, *, verstat: str | None = None) -> None:
        self.runtime, self.number, self.sid, self.turn = runtime, number, sid("CA"), 0
        self.heard: list[str] = []
        answer_call(runtime, CallArrival(self.sid, "inbound", number, OURS, stir_verstat=verstat))

    def does(self, event: Any) -> str:
        """Do something; return the document that answers it, followed to its end."""
        self.turn += 1
        document = ""
        for number in range(5):
            opening = (event if number == 0 else SilencePassed(),)
            document = take_turn(
                self.runtime, DocumentRequest(self.sid, self.turn, number, opening, OURS, self.number)
            )
            if ElementTree.fromstring(document).find("Redirect") is None:
                break
        return document

    def says(self, words: str) -> str:
        return self.does(CallerSaid(words, 0.9))

    def hangs_up(self) -> None:
        self.runtime.database.call(
            "record_call_status", call_sid=self.sid, status="completed", direction="inbound",
            from_number=self.number, to_number=OURS, duration_s=20,
        )  # fmt: skip


@pytest.fixture(autouse=True)
def no_texts(owner: Connection) -> Iterator[None]:
    empty(owner)
    owner.execute("delete from public.verification_counters")
    owner.execute(
        """insert into public.voice_options (provider_id, voice_id, name, language)
           select p.id, v.id, v.name, 'en-US'
             from (select id from public.call_service_providers limit 1) p,
                  (values ('voice-anna', 'Anna'), ('voice-brian', 'Brian')) v (id, name)
            where not exists (select from public.voice_options o where o.voice_id = v.id)"""
    )
    yield


@pytest.fixture
def guiding(make_runtime: Callable[..., Runtime], runtime: Runtime) -> Runtime:
    """A service that asks its callers, too."""
    return make_runtime(settings=runtime.settings.model_copy(update={"onboarding": "all"}))


def spoken(owner: Connection, caller: Caller, who: str = "bot") -> list[str]:
    """What was said in the call, as its transcript has it."""
    found = owner.execute(
        """select t.content from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s and t.speaker = %s order by t.sequence_number""",
        [caller.sid, who],
    )
    return [row[0] for row in found.fetchall()]


def profile(owner: Connection, number: str) -> dict[str, Any]:
    found = owner.execute(
        """select to_jsonb(u) || jsonb_build_object('proven', l.verified) from public.user_profiles u
             join public.phone_links l on l.user_id = u.user_id where l.phone_number = %s""",
        [number],
    ).fetchone()
    assert found is not None
    return dict(found[0])


def call_id(owner: Connection, caller: Caller) -> int:
    return int(
        owner.execute("select id from public.call_history where call_sid = %s", [caller.sid]).fetchone()[0]
    )


def jobs_of(owner: Connection, caller: Caller) -> int:
    return int(
        owner.execute(
            """select count(*) from jobs.procrastinate_jobs
                where task_name = 'continue_onboarding' and args ->> 'call_id' = %s""",
            [str(call_id(owner, caller))],
        ).fetchone()[0]
    )


def code_sent(runtime: Runtime, number: str) -> str:
    """The code, once the call has had it sent."""
    wait_for(lambda: verifications.running_verification(runtime.database, number, "call") is not None)
    return code_of(runtime, number, "call")


def up_to_the_code(caller: Caller) -> None:
    for words in ("My name is Ann Smith", "I live in Boston", "Brian, please", "I agree"):
        caller.says(words)
    # It is sent beside the call: not into the next test.
    code_sent(caller.runtime, caller.number)
