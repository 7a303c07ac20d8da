"""Somebody on the telephone who is asked our questions, and what is kept of them."""

from typing import Any
from xml.etree import ElementTree

from tests.services.texts.text_house import OURS, Connection, sid
from voicebot.domain.call.events import CallerSaid, SilencePassed
from voicebot.domain.call.reports import CallArrival
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import answer_call, take_turn


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
