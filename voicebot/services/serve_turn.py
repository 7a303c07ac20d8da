"""Answer Twilio's request for a turn: the words that are there by now, and where the rest will be.

At most two documents in the good case: an answer that is complete within 0.6 s goes into one <Gather>; otherwise
its first sentences are played while the rest is made, and a <Redirect> fetches that. Nobody waits longer than
1.5 s for a document: then a filler speaks.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID, uuid4

from voicebot.domain.actions import ListenMode
from voicebot import metrics
from voicebot.services import gather_urls
from voicebot.services.gather_turn import LEASE_S, GatherTurn
from voicebot.services.speech import clip_url, fixed_ready, fixed_url, start_clip, start_fixed
from voicebot.storage import turns
from voicebot.storage.database import DatabaseAway
from voicebot.storage.turns import TurnClaim, TurnView
from voicebot.transports import twiml
from voicebot.transports.twiml import Item, Listening, Spoken, StartRecording

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

COMPLETE_S = 0.6
FIRST_SOUND_S = 1.5
VOICE_S = 1.9
"""By then a document is sent, with Twilio's voice where ours has given nothing yet."""
MAX_REDIRECTS = 4
FILLERS = ("filler_1", "filler_2", "filler_3")
_POLL_S = 0.05


class Growing(Protocol):
    """A turn that is being generated, here or elsewhere."""

    closed: bool

    def view(self) -> TurnView:
        """Return what is committed."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Wait for more."""
        ...


@dataclass(frozen=True)
class DocumentRequest:
    """Twilio wants document `document` of turn `turn`; `opening` is what the caller did, as events in JSON."""

    call_sid: str
    turn: int
    document: int
    opening: Sequence[Mapping[str, Any]]
    ours: str
    """Our number: the caller id of a transfer."""


class RemoteTurn:
    """A turn that another process generates, seen through the database."""

    def __init__(self, runtime: "Runtime", view: TurnView, request: DocumentRequest) -> None:
        self._runtime, self._view, self._request = runtime, view, request
        self.closed = view.closing is not None
        self.body: str | None = None
        """The document, once somebody else has served it."""

    def view(self) -> TurnView:
        """Return what was committed at the last look."""
        return self._view

    def wait(self, timeout_s: float) -> None:
        """Look again, a moment later."""
        time.sleep(min(timeout_s, _POLL_S))
        view, self.body = turns.read_turn(
            self._runtime.database, self._view.call_id, self._view.turn, self._request.document
        )
        self._view = view or self._view
        self.closed = self._view.closing is not None or self.body is not None or not self._view.running


def serve(runtime: "Runtime", request: DocumentRequest, claim: TurnClaim, token: UUID) -> str:
    """Return the TwiML for a claimed (or already running, or finished) turn. Raises DatabaseAway."""
    started = time.monotonic()
    assert claim.view is not None
    turn = _growing(runtime, request, claim, token)
    served = claim.view.parts_served
    while not turn.closed:
        waited = time.monotonic() - started
        if waited >= FIRST_SOUND_S or (waited >= COMPLETE_S and _speech(turn.view(), served)):
            break
        turn.wait((COMPLETE_S if waited < COMPLETE_S else FIRST_SOUND_S) - waited)
    view = turn.view()
    if isinstance(turn, RemoteTurn) and turn.body is not None:
        return turn.body
    if isinstance(turn, GatherTurn) and turn.lost:
        raise DatabaseAway("the turn could not be committed")
    if view.closing is None and request.document >= MAX_REDIRECTS:
        view = _give_up(runtime, request)
    document = _document(runtime, request, view, served, started + VOICE_S)
    if request.document == 0 and _speech(view, served):
        metrics.TURN_SECONDS.labels("gather").observe(time.monotonic() - started)
    return document


def _growing(runtime: "Runtime", request: DocumentRequest, claim: TurnClaim, token: UUID) -> Growing:
    assert claim.view is not None
    place = (claim.view.call_id, claim.view.turn)
    if claim.result == "claimed":
        turn = GatherTurn(runtime, claim, token)
        turn.open()
        if not turn.closed:
            runtime.live_turns[place] = turn
            metrics.LIVE_TURNS.set(len(runtime.live_turns))
            threading.Thread(target=_generate, args=(runtime, place, turn), daemon=True).start()
        return turn
    return runtime.live_turns.get(place) or RemoteTurn(runtime, claim.view, request)


def _generate(runtime: "Runtime", place: tuple[int, int], turn: GatherTurn) -> None:
    try:
        turn.generate()
    finally:
        runtime.live_turns.pop(place, None)
        metrics.LIVE_TURNS.set(len(runtime.live_turns))


def _give_up(runtime: "Runtime", request: DocumentRequest) -> TurnView:
    """End a turn that took too long: take it from whoever has it and let the core apologise."""
    token = uuid4()
    claim = turns.claim_turn(
        runtime.database,
        request.call_sid,
        request.turn,
        request.document,
        token=token,
        lease_s=LEASE_S,
        opening=request.opening,
        force=True,
    )
    assert claim.view is not None
    if claim.result != "claimed":
        return claim.view
    turn = GatherTurn(runtime, claim, token)
    turn.open()
    if not turn.closed:
        turn.give_up()
    return turn.view()


def _speech(view: TurnView, served: int) -> list[tuple[int, int, Mapping[str, Any]]]:
    """Return what is committed and not served yet, as (part, index, item)."""
    return [
        (number, index, item)
        for number, part in enumerate(view.parts[served:], served)
        for index, item in enumerate(part.speech)
    ]


def _document(
    runtime: "Runtime", request: DocumentRequest, view: TurnView, served: int, voice_by: float
) -> str:
    speech = _speech(view, served)
    language = next((item["language"] for _, _, item in speech if "language" in item), "en-US")
    items = [
        _item(runtime, (view.call_id, view.turn, part, index), item, voice_by) for part, index, item in speech
    ]
    if view.closing is None:
        body = twiml.go_on(
            items or [_filler(runtime, request)],
            gather_urls.turn_url(runtime.settings, request.turn, request.document + 1),
            language=language,
        )
    else:
        body = _closing(runtime, request, items, view.closing, language)
    return turns.serve_document(
        runtime.database,
        view,
        request.document,
        body=body,
        parts_served=len(view.parts),
        speech=[
            {name: item.get(name) for name in ("gen", "seq", "text")}
            for _, _, item in speech
            if "text" in item
        ],
    )


def _item(
    runtime: "Runtime", place: tuple[int, int, int, int], item: Mapping[str, Any], voice_by: float
) -> Item:
    if item["kind"] == "record":
        return StartRecording(gather_urls.recording_url(runtime.settings))
    voiced = start_clip(runtime, place, item).wait(voice_by - time.monotonic())
    return Spoken(item["text"], clip_url(runtime, place, item) if voiced else None, item["interruptible"])


def _filler(runtime: "Runtime", request: DocumentRequest) -> Spoken:
    name = FILLERS[request.document % len(FILLERS)]
    voice_id, language = runtime.settings.elevenlabs_voice_id, "en-US"
    ready = fixed_ready(runtime, name, voice_id, language)
    if not ready:
        start_fixed(runtime, name, voice_id, language)
    return Spoken(runtime.phrase(name), fixed_url(runtime, name, voice_id, language) if ready else None)


def _closing(
    runtime: "Runtime", request: DocumentRequest, items: list[Item], closing: Mapping[str, Any], language: str
) -> str:
    settings = runtime.settings
    match closing["kind"]:
        case "hang_up":
            return twiml.hang_up(items, language=language)
        case "transfer":
            return twiml.transfer(
                items,
                to=closing["to"],
                action=gather_urls.transfer_url(settings, request.turn + 1),
                caller_id=request.ours,
                ring_s=closing["ring_s"],
                language=language,
            )
        case _:
            listening = Listening(
                action=gather_urls.turn_url(settings, request.turn + 1, 0),
                mode=ListenMode(closing.get("mode", ListenMode.SPEECH_AND_KEYS)),
                hints=tuple(closing.get("hints", ())),
                timeout_s=closing.get("timeout_s", 6),
            )
            return twiml.listen(items, listening, language=language)
