"""Whose request to the model it is: found by the words that the simulator's own people said and wrote.

A prompt ends with the words that it answers. They are compared with the last words of every call that is going on and
with the newest texts. Where two callers said the same at once, the longer common history decides, then the caller
who waits for an answer that nobody has asked for yet.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from simulator.carrier.exchange import Exchange
from simulator.carrier.live_call import LiveCall
from simulator.providers.openai.model_log import Messages, Subject

ABOUT_WITHIN_S = 900.0
"""So long after its end a call is summarised; after that its words belong to somebody else."""
NEWEST_TEXTS = 200
NEWEST_CALLS = 300


def subject_of(exchange: Exchange, messages: Messages, asked_for: Callable[[Subject], int]) -> Subject | None:
    """The call or thread that a request belongs to; `asked_for` counts the requests that a subject has already."""
    said = [_plain(each.get("content")) for each in messages if each.get("role") == "user"]
    candidates = [*_callers(exchange), *_texters(exchange)]
    answering = [
        (agreed, waits, -asked_for(subject), subject)
        for subject, words, waits in candidates
        if (agreed := _agreed(words, said))
    ]
    if answering:
        return max(answering, key=lambda each: each[:3])[3]
    return _subject_spoken_of(exchange, "\n".join(said), asked_for) or _only_one_waiting(exchange)


def _callers(exchange: Exchange) -> Iterable[tuple[Subject, list[str], bool]]:
    """Calls that go on, with what was said in them, and whether the caller waits for an answer."""
    for call in list(exchange.live.values()):
        if call.line.over:
            continue
        items = [item for item in call.hearing.items() if item.kind == "caller"]
        if items:
            subject = Subject(call.record.sid, items[-1].n)
            yield subject, [_plain(item.text) for item in items], call.waiting() is None


def _texters(exchange: Exchange) -> Iterable[tuple[Subject, list[str], bool]]:
    """Threads with something new in them, and what the person wrote up to each of the newest texts."""
    for record in exchange.messages.all()[-NEWEST_TEXTS:]:
        if record.inbound:
            thread = [each for each in exchange.messages.thread(record.person) if each.inbound]
            words = [_plain(each.body) for each in thread if each.thread_index <= record.thread_index]
            yield Subject(record.person, record.thread_index), words, record is thread[-1]


def _agreed(words: Sequence[str], said: Sequence[str]) -> int:
    """How many of the last words are the same; 0 where already the very last differ."""
    count = 0
    for ours, theirs in zip(reversed(words), reversed(said), strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def _subject_spoken_of(
    exchange: Exchange, prompt: str, asked_for: Callable[[Subject], int]
) -> Subject | None:
    """The call, or the text, whose words a prompt contains as something to be judged: a summary, a second opinion."""
    found = []
    now = time.time()
    for call in list(exchange.live.values())[-NEWEST_CALLS:]:
        ended = call.record.ended_wall
        if ended is not None and now - ended <= ABOUT_WITHIN_S:
            words = _said_in(call)
            if words and all(each in prompt for each in words):
                subject = Subject(call.record.sid)
                found.append((sum(map(len, words)), -asked_for(subject), ended, subject))
    for record in exchange.messages.all()[-NEWEST_TEXTS:]:
        body = _plain(record.body)
        if record.inbound and body and body in prompt:
            subject = Subject(record.person, record.thread_index)
            found.append((len(body), -asked_for(subject), record.date_created.timestamp(), subject))
    return max(found, key=lambda each: each[:3])[3] if found else None


def _only_one_waiting(exchange: Exchange) -> Subject | None:
    """Words may change on their way, as a hidden code does; a caller who is the only one waiting is recognised all the same."""
    waiting = [subject for subject, _, waits in _callers(exchange) if waits]
    return waiting[0] if len(waiting) == 1 else None


def _said_in(call: LiveCall) -> list[str]:
    return [_plain(item.text) for item in call.hearing.items() if item.kind == "caller"]


def _plain(words: object) -> str:
    return " ".join(words.split()) if isinstance(words, str) else ""
