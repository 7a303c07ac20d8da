"""What the tests of Gather calls share: requests as the webhooks make them, a database that fails, a call's rows."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from tests.services.aftermath import CALLER, OURS, Connection
from voicebot.domain.call.events import Event, SilencePassed, event_to_json
from voicebot.domain.call.reports import CallArrival
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import answer_call, take_turn
from voicebot.storage.database import Database, DatabaseAway

COMMITS = ("add_turn_part", "finish_turn", "serve_document")
"""Without these a turn can be claimed, and nothing of it be kept."""


class FlakyDatabase:
    """A real database that is away when told so, or for some functions only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.away = False
        self.failing: Sequence[str] = ()

    def call(self, function: str, /, **params: Any) -> Any:
        if self.away or function in self.failing:
            raise DatabaseAway(function)
        return self._database.call(function, **params)

    def close(self) -> None:
        self._database.close()


def flaky(runtime: Runtime) -> FlakyDatabase:
    """Give the runtime a database that can fail."""
    runtime.database = database = FlakyDatabase(runtime.database)
    return database


def arrives(runtime: Runtime, call_sid: str, caller: str = CALLER) -> str:
    """A call comes in; returns its first document."""
    return answer_call(runtime, CallArrival(call_sid, "inbound", caller, OURS))


def asks(
    runtime: Runtime, call_sid: str, turn: int, event: Event, document: int = 0, caller: str = CALLER
) -> str:
    """The caller does something; returns what they hear then."""
    opening = [event_to_json(event)]
    return take_turn(runtime, DocumentRequest(call_sid, turn, document, opening, OURS, caller))


def follows(runtime: Runtime, call_sid: str, turn: int, document: int) -> str:
    """Twilio fetches the next document of an answer."""
    return asks(runtime, call_sid, turn, SilencePassed(), document)


def verbs(document: str) -> list[str]:
    """The verbs of a document, nested ones left out."""
    return [element.tag for element in ElementTree.fromstring(document)]


def words_of(document: str) -> list[str]:
    """What Twilio's own voice is given to say."""
    return [element.text or "" for element in ElementTree.fromstring(document).iter("Say")]


def languages(document: str) -> list[str]:
    """Every language that the document names."""
    found = (element.get("language") for element in ElementTree.fromstring(document).iter())
    return [language for language in found if language is not None]


def dies(owner: Connection, call_sid: str, database: FlakyDatabase) -> None:
    """A process is gone: it reaches no database any more, and what it had claimed is free."""
    database.away = True
    owner.execute(
        """update public.call_turns t set lease_until = clock_timestamp() - interval '1 s'
             from public.call_history c where c.id = t.call_id and c.call_sid = %s""",
        [call_sid],
    )


def core_of(owner: Connection, call_sid: str) -> dict[str, Any]:
    """The call core's state as it is stored."""
    row = owner.execute(
        """select s.state -> 'core' from public.call_states s join public.call_history c on c.id = s.call_id
            where c.call_sid = %s""",
        [call_sid],
    ).fetchone()
    assert row is not None
    return dict(row[0])


def change_state(owner: Connection, call_sid: str, path: str, value: str) -> None:
    """Change the stored state of a call: `path` as jsonb_set takes it, `value` an SQL expression of a jsonb."""
    owner.execute(
        f"""update public.call_states s set state = jsonb_set(s.state, %s, {value})
              from public.call_history c where c.id = s.call_id and c.call_sid = %s""",  # type: ignore[arg-type]
        [path, call_sid],
    )


def notes_of(owner: Connection, call_sid: str) -> list[str]:
    """The notes on a call, in alphabetical order."""
    rows = owner.execute(
        """select n.content from public.smart_notes n join public.call_history c on c.id = n.session_id
            where c.call_sid = %s order by n.content""",
        [call_sid],
    )
    return [content for (content,) in rows]


def said_in(owner: Connection, call_sid: str) -> list[tuple[str, str]]:
    """The transcript so far, as (speaker, words)."""
    return owner.execute(
        """select t.speaker, t.content from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s order by t.sequence_number""",
        [call_sid],
    ).fetchall()
