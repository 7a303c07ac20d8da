"""Keep an engine's picture of a call's history complete: send it what it does not know yet, and correct what turned out
otherwise.
"""

from collections import Counter
from collections.abc import Iterator

from voicebot.domain.call.history import NO_RESULT, as_heard
from voicebot.domain.call.phrases import UNKNOWN_TO_MODEL
from voicebot.domain.call.state import CallState
from voicebot.domain.call.utterances import Role, Utterance
from voicebot.providers.ports.engine import EngineItem, EngineSession, Told, ToolResult, ToolUsed

_ROLES = {Role.CALLER: "user", Role.SYSTEM: "system"}


class ToldHistory:
    """The parts of the history that one session knows; a new session knows nothing."""

    def __init__(self, session: EngineSession, prefix: str) -> None:
        """`prefix` keeps our names of items apart from those of other sessions."""
        self._session, self._prefix = session, prefix
        self._count = 0
        self._told: dict[tuple[object, ...], tuple[str, str]] = {}
        self._results: set[tuple[int, str]] = set()
        self._calls: set[tuple[int, str]] = set()
        self._heard_by_engine: list[str] = []
        self._own: set[int] = set()

    def heard(self, text: str) -> None:
        """The engine has heard these words itself."""
        self._heard_by_engine.append(text)

    def answers(self, gen: int) -> None:
        """The engine makes this answer itself."""
        self._own.add(gen)

    def tell(self, state: CallState, *, unfinished: bool = False) -> bool:
        """Send the unknown part of the history; return whether there was any. `unfinished` says that running tools will
        return nothing.
        """
        news = False
        for key, entry in _keyed(state):
            if entry.tool is not None:
                news = self._tell_tool(entry, unfinished=unfinished) or news
            elif entry.gen not in self._own and entry.clip not in UNKNOWN_TO_MODEL:
                news = self._tell_words(key, entry) or news
        return news

    def _tell_words(self, key: tuple[object, ...], entry: Utterance) -> bool:
        words = entry.text if entry.role in _ROLES else as_heard(entry)
        id, known = self._told.get(key, ("", ""))
        if words == known:
            return False
        if entry.role is Role.CALLER and words in self._heard_by_engine:
            self._heard_by_engine.remove(words)
            self._told[key] = ("", words)
            return False
        if id:
            self._session.forget(id)
        self._count += 1
        id = f"{self._prefix}{self._count}" if words else ""
        self._told[key] = (id, words)
        if words:
            self._session.add(Told(id, _ROLES.get(entry.role, "assistant"), words))
        return True

    def _tell_tool(self, entry: Utterance, *, unfinished: bool) -> bool:
        use, key = entry.tool, (entry.gen, entry.tool.id if entry.tool else "")
        if use is None or key in self._results or (use.result is None and not unfinished):
            return False
        told: list[EngineItem] = []
        if entry.gen not in self._own and key not in self._calls:
            self._calls.add(key)
            told.append(ToolUsed(use.id, use.name, use.arguments))
        self._results.add(key)
        told.append(ToolResult(use.id, NO_RESULT if use.result is None else use.result))
        for item in told:
            self._session.add(item)
        return True


def _keyed(state: CallState) -> Iterator[tuple[tuple[object, ...], Utterance]]:
    """Name each entry so that it is known again when the oldest ones are gone."""
    notes: Counter[str] = Counter()
    for entry in state.history:
        if entry.number is not None:
            yield (entry.number,), entry
        else:
            notes[entry.text] += 1
            yield (entry.role, entry.text, notes[entry.text]), entry
