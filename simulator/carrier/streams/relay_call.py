"""Carry out `<Connect><ConversationRelay>`: one call whose words go over a websocket (handbook 2.8, 4)."""

from simulator.carrier.books.call_form import call_form
from simulator.carrier.far_end.line import Act, LineSignal, Moved, Pressed, Said, Sounds
from simulator.carrier.far_end.turn import PATIENCE_S, may_do
from simulator.carrier.live_call import LiveCall
from simulator.carrier.streams import relay_latency as latency
from simulator.carrier.streams.media_call import parameters
from simulator.carrier.streams.opening import open_for
from simulator.carrier.streams.person import Person
from simulator.carrier.streams.relay import RelaySession
from simulator.carrier.streams.relay_ear import RelayEar
from simulator.carrier.streams.relay_terms import BadTerms, RelayTerms, read_terms
from simulator.carrier.streams.relay_voice import VoiceEvents
from simulator.carrier.streams.socket import AppSocket, NoSocket
from simulator.carrier.streams.timetable import Timetable
from simulator.carrier.streams.transcript import keep_transcript
from simulator.carrier.twiml.reader import Verb
from simulator.carrier.twiml.sound import spoken_s
from simulator.carrier.twiml.steps import Goto, HangUp, Rejected, Step, VerbFailed
from simulator.carrier.verbs.speaking import fetch_clip
from simulator.carrier.wire.formats import new_sid
from simulator.carrier.wire.webhooks import WebhookRequest

CLOSING = "Closing websocket session"
HUNGRY_S = 1.0
"""In compressed time the rest of a sentence is waited for so long on the wall clock."""


def relay(call: LiveCall, verb: Verb, action: Goto | None) -> Step:
    """Run a session to its end and go on at the action, or without one at the next verb. Raises a LineSignal."""
    url = verb.attributes.get("url", "").strip()
    try:
        terms = read_terms(verb)
    except BadTerms as bad:
        raise VerbFailed(64101, str(bad), url) from bad
    try:
        socket = open_for(call, url)
    except NoSocket as failure:
        return _not_connected(call, action, failure, url)
    return RelayCall(call, verb, terms, socket).run(action)


def _not_connected(call: LiveCall, action: Goto | None, failure: NoSocket, url: str) -> Step:
    """64102: an unanswered caller hears busy unless there is a fallback (handbook 4.4)."""
    knobs, text = call.exchange.knobs.current, f"Unable to connect to websocket URL: {failure.text}"
    if call.answered and action is not None and knobs.relay_unreachable == "action":
        call.alert(64102, text, url)
        fields = {"SessionStatus": "failed", "ErrorCode": "64102", "ErrorMessage": text}
        return Goto(action.url, action.method, "action", fields)
    unanswered = call.record.direction == "inbound" and not call.answered
    if unanswered and not call.record.script.fallback_url:
        call.alert(64102, text, url)
        raise Rejected("busy")
    raise VerbFailed(64102, text, url)


class RelayCall:
    """One session of one call."""

    def __init__(self, call: LiveCall, verb: Verb, terms: RelayTerms, socket: AppSocket) -> None:
        self._call, self._verb, self._socket = call, verb, socket
        self.session_id = new_sid("VX")
        ear = RelayEar(call, verb.attributes.get("voice", ""))
        chance = call.chance(f"relay:{len(call.hearing.items())}")
        self._session = RelaySession(
            terms,
            Timetable(call.pace.now_s()),
            socket.send,
            chance,
            VoiceEvents(ear.on, ear.piece, ear.played, ear.off),
            self._media_s,
            off_first=call.exchange.knobs.current.relay_interrupt == "after_off",
        )
        self._chance = chance
        self._began_s = 0.0
        self._finished_before = 0
        self._turn_since_s: float | None = None
        self._out_of_patience = False

    def run(self, action: Goto | None) -> Step:
        """Until one side ends it; returns where the call goes on. Raises a LineSignal."""
        call, session = self._call, self._session
        keep_transcript(call, call.on_stream("relay"), self._socket)
        self._socket.send(self._setup())
        call.pick_up()
        self._began_s = call.pace.now_s()
        session.greet()
        person = Person(call)
        try:
            while not self._is_over():
                session.timetable.run(call.pace.now_s())
                self._act(person)
                self._wait(person)
            return self._after(action)
        except LineSignal as signal:
            self._socket.close(1000, CLOSING)
            self._stop()
            if action is not None and not isinstance(signal, Moved):
                self._last_request(action)
            raise

    def _is_over(self) -> bool:
        for raw in self._socket.take():
            self._session.timetable.run(self._call.pace.now_s())
            self._session.take(raw)
        return self._session.ended is not None or self._session.too_malformed or bool(self._socket.closed)

    def _after(self, action: Goto | None) -> Step:
        """The app ended the session, or its socket, or was thrown out."""
        call, ended = self._call, self._session.ended
        self._stop()
        if ended is not None:
            call.wait(latency.CLOSE_AFTER_END.draw(self._chance))
            self._socket.close(1000, CLOSING)
            call.wait(latency.ACTION_AFTER_END.draw(self._chance))
            more = {"SessionStatus": "ended"}
            if ended.handoff is not None:
                more["HandoffData"] = ended.handoff
            return self._goto(action, more)
        if self._session.too_malformed:
            call.alert(64107, "Invalid message received: too many in a row", self._url)
            self._socket.close(1007, "too many malformed messages")
        call.alert(64105, "Websocket ended", self._url)
        call.wait(latency.ACTION_AFTER_LOSS.draw(self._chance))
        if call.exchange.knobs.current.relay_lost == "hang_up":
            return HangUp()
        failed = {"SessionStatus": "failed", "ErrorCode": "64105", "ErrorMessage": "Websocket ended"}
        return self._goto(action, failed)

    @property
    def _url(self) -> str:
        return self._verb.attributes.get("url", "")

    def _stop(self) -> None:
        self._session.voice.cut()
        self._call.line.expect(None)
        self._call.ear.owes("relay")
        self._call.off_stream()

    def _goto(self, action: Goto | None, more: dict[str, str]) -> Step:
        return (
            None
            if action is None
            else Goto(action.url, action.method, "action", self._about_session() | more)
        )

    def _about_session(self) -> dict[str, str]:
        seconds = round(self._call.pace.now_s() - self._began_s)
        return {"SessionId": self.session_id, "SessionDuration": str(seconds)}

    def _last_request(self, action: Goto) -> None:
        """The call is over: the action hears of it, and its answer is ignored."""
        form = call_form(self._call.record, status="completed") | self._about_session()
        request = WebhookRequest(
            "action",
            action.url,
            form | {"SessionStatus": "completed"},
            action.method,
            self._call.record.sid,
        )
        self._call.exchange.callbacks.send(self._call.record, request, f"relay:{self.session_id}")

    # --- time ----------------------------------------------------------------------------------

    def _wait(self, person: Person) -> None:
        """Until something is due, the app sends something, or the person does something that is done at once."""
        call, session, line = self._call, self._session, self._call.line

        def news() -> bool:
            return self._socket.has_news() or line.peek(self._may_do) is not None

        if call.pace.compressed and session.voice.hungry and line.wait(HUNGRY_S, news):
            return
        due = [at for at in (session.timetable.next_s(), person.next_s(self._turn_since_s)) if at is not None]
        if due:
            call.wait(max(0.0, min(due) - call.pace.now_s()), news)
        elif not call.idle(PATIENCE_S, news):
            self._out_of_patience = True

    # --- what the person does ------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        return self._session.speaking

    def _silent_s(self) -> float:
        return PATIENCE_S if self._session.voice.quiet else 0.0

    def _may_do(self, act: Act) -> bool:
        return may_do(act, self._silent_s(), mouth_busy=self._busy)

    def _act(self, person: Person) -> None:
        call, session = self._call, self._session
        voice, now_s = session.voice, call.pace.now_s()
        spoke = voice.finished > self._finished_before
        mine = voice.quiet and not self._busy and (spoke or self._out_of_patience)
        self._turn_since_s = (self._turn_since_s or now_s) if mine else None
        match person.does(now_s, self._silent_s(), self._turn_since_s, busy=self._busy):
            case Said(text):
                self._speak(text, now_s)
            case Pressed(digits):
                self._done()
                for digit in digits:
                    call.hearing.add("key", digit)
                    session.key(digit)
                call.ear.owes("turn")
            case Sounds():
                # Whatever is no speech, Twilio's transcriber makes nothing of it.
                self._done()

    def _speak(self, text: str, now_s: float) -> None:
        call, session, seconds = self._call, self._session, spoken_s(text)
        self._done()
        call.ear.hears("caller")
        item = call.hearing.add("caller", text)

        def said() -> None:
            call.hearing.ended(item, cut=False)
            call.ear.owes("turn")

        session.timetable.run(now_s)
        session.speaks(text, seconds)
        session.timetable.after(seconds, said)

    def _done(self) -> None:
        """The person has done something: it is the bot's turn now."""
        self._turn_since_s, self._out_of_patience = None, False
        self._finished_before = self._session.voice.finished + (0 if self._session.voice.idle else 1)

    # --- begin ---------------------------------------------------------------------------------

    def _setup(self) -> dict[str, object]:
        record = self._call.record
        return {
            "type": "setup",
            "sessionId": self.session_id,
            "accountSid": record.account_sid,
            "parentCallSid": record.parent_call_sid or "",
            "callSid": record.sid,
            "from": record.from_number,
            "to": record.to_number,
            "forwardedFrom": record.forwarded_from or "",
            "callType": "PSTN",
            "callerName": "",
            "direction": record.direction,
            # Upper case, and RINGING for a first inbound session (handbook 4.1).
            "callStatus": "IN_PROGRESS" if self._call.answered else "RINGING",
            "customParameters": parameters(self._call, self._verb),
        }

    def _media_s(self, source: str) -> tuple[str, float] | None:
        found = fetch_clip(self._call, source)
        if found is None:
            return None
        clip, seconds = found
        return self._call.exchange.recognise(clip.audio) or "", seconds
