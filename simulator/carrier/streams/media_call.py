"""Carry out `<Connect><Stream>`: one call on a bidirectional media stream, in real time (handbook 2.7, 3)."""

import threading
from datetime import UTC, datetime
from urllib.parse import urlsplit

from simulator.carrier.far_end.hearing import HeardItem
from simulator.carrier.far_end.line import LineSignal, Pressed, Said, Sounds
from simulator.carrier.far_end.mouth import music
from simulator.carrier.far_end.turn import PATIENCE_S, TURN_S
from simulator.carrier.live_call import LiveCall
from simulator.carrier.streams.ear_of_bot import BotEar
from simulator.carrier.streams.media import MediaLeg
from simulator.carrier.streams.opening import open_for
from simulator.carrier.streams.person import Person
from simulator.carrier.streams.socket import AppSocket, NoSocket
from simulator.carrier.streams.transcript import keep_transcript
from simulator.carrier.twiml.reader import Document, Verb
from simulator.carrier.twiml.sound import spoken_s
from simulator.carrier.twiml.steps import HangUp, Step, absolute
from simulator.carrier.wire.formats import new_sid
from simulator.carrier.wire.webhooks import WebhookRequest

FRAME_S = 0.02
MOST_PARAMETER_CHARACTERS = 500
COUGH_S = 0.35


def stream(call: LiveCall, document: Document, verb: Verb) -> Step:
    """Run a stream until the app closes it: then the next verb runs. Raises a LineSignal when the call ends first."""
    call.pick_up()
    running = MediaCall(call, document, verb)
    try:
        socket = open_for(call, running.url)
    except NoSocket as failure:
        running.failed(failure.code, failure.text)
        return None
    with call.pace.at(call.stream_speed):
        running.run(socket)
    return HangUp() if call.exchange.knobs.current.stream_closed == "hang_up" else None


class MediaCall:
    """One stream of one call."""

    def __init__(self, call: LiveCall, document: Document, verb: Verb) -> None:
        self._call, self._document, self._verb = call, document, verb
        self.url = self._checked_url()
        self._leg = MediaLeg(
            call.record.account_sid,
            call.record.sid,
            new_sid("MZ"),
            self._parameters(),
            most_buffered_s=call.exchange.knobs.current.stream_buffer_s,
        )
        self._bot = BotEar(call, self._leg.playout)
        self._mouth = call.mouth
        self._began_s = self._said_s = 0.0
        self._ticks = 0
        self._turn_since_s: float | None = None
        self._saying: tuple[str, bytes] | None = None
        self._voicing = False
        self._item: HeardItem | None = None

    def run(self, socket: AppSocket) -> None:
        """Send and play frame by frame until the socket is closed. Raises a LineSignal."""
        call, leg = self._call, self._leg
        keep_transcript(call, call.on_stream("media"), socket)
        self._tell("stream-started")
        for message in leg.opening():
            socket.send(message)
        self._began_s = self._said_s = call.pace.now_s()
        person = Person(call)
        try:
            while not self._closed(socket):
                self._ticks += 1
                self._act(socket, person)
                self._frame(socket)
                self._wait_until(socket, self._now_s)
        except LineSignal:
            socket.send(leg.stop())
            socket.close()
            self._over()
            self._tell("stream-stopped")
            raise
        self._over()
        self._after_close(socket)

    @property
    def _now_s(self) -> float:
        """Where the stream is, in seconds of the call: its frames tell, also where a machine is late with them."""
        return self._began_s + self._ticks * FRAME_S

    def failed(self, code: int, text: str) -> None:
        """Something for the debugger and for the stream's status callback (handbook 3.3)."""
        self._call.alert(code, text, self.url)
        self._tell("stream-error", {"StreamError": f"{code}: {text}"})

    def _closed(self, socket: AppSocket) -> bool:
        self._take(socket)
        return socket.closed is not None

    def _take(self, socket: AppSocket) -> None:
        """Everything that the app has sent meanwhile."""
        leg = self._leg
        for raw in socket.take():
            cleared, faults = leg.cleared, set(leg.faults)
            for answer in leg.take(raw):
                socket.send(answer)
            if leg.cleared != cleared:
                self._bot.ends(cut=True)
                self._call.tap.clear()
            for code in set(leg.faults) - faults:
                self.failed(code, leg.faults[code])

    def _frame(self, socket: AppSocket) -> None:
        """20 ms of both directions."""
        frame = self._mouth.frame()
        sent, played = self._leg.tick(frame)
        for message in sent:
            socket.send(message)
        if played:
            self._call.tap.sound(played)
        now_s = self._now_s
        self._bot.hears(played, now_s)
        if self._item is not None and not self._mouth.busy:
            self._call.hearing.ended(self._item, cut=False, at_s=now_s)
            self._item, self._said_s = None, now_s
            self._call.ear.owes("turn")

    def _wait_until(self, socket: AppSocket, at_s: float) -> None:
        """Wait for the next frame's time; messages are taken meanwhile, because marks of an empty buffer return at once."""
        call = self._call
        while (left_s := at_s - call.pace.now_s()) > 0 and socket.closed is None:
            if not call.wait(left_s, socket.has_news):
                return
            self._take(socket)
        call.line.check()

    # --- what the person does ------------------------------------------------------------------

    def _act(self, socket: AppSocket, person: Person) -> None:
        self._begin_saying()
        now_s = self._now_s
        busy = self._voicing or self._mouth.busy
        silent_s = self._bot.silent_s(now_s, self._said_s)
        mine = not busy and silent_s >= (TURN_S if self._bot.spoke else PATIENCE_S)
        self._turn_since_s = (self._turn_since_s or now_s) if mine else None
        match person.does(now_s, silent_s, self._turn_since_s, busy=busy):
            case Said(text):
                self._voice(text)
            case Pressed(digits):
                for digit in digits:
                    self._call.hearing.add("key", digit, at_s=now_s)
                    socket.send(self._leg.key(digit))
                self._bot.spoke, self._said_s = False, now_s
                self._call.ear.owes("turn")
            case Sounds(kind, for_s):
                self._mouth.speak(self._mouth.with_noise(self._noise(kind, for_s)))

    def _voice(self, text: str) -> None:
        """Find out how the words sound, on another thread: the frames of the line do not wait for it."""
        self._voicing = True
        exchange, record = self._call.exchange, self._call.record

        def sound() -> None:
            audio = b""
            try:
                if exchange.synthesize is not None:
                    audio = exchange.synthesize(text, f"caller {record.from_number}", "ulaw_8000")
            finally:
                # Without a voice the words last as long as they would, and are as loud.
                audio = audio or music(spoken_s(text), self._call.chance("voice"))
                self._saying = (text, self._mouth.with_noise(audio))
                self._call.line.wake()

        threading.Thread(target=sound, name="caller-voice", daemon=True).start()

    def _begin_saying(self) -> None:
        if self._saying is None:
            return
        (text, audio), self._saying, self._voicing = self._saying, None, False
        self._call.exchange.said.says(self._call.record.sid, text, audio)
        self._call.ear.hears("caller")
        self._item = self._call.hearing.add("caller", text, at_s=self._now_s)
        self._bot.spoke = False
        self._mouth.speak(audio)

    def _noise(self, kind: str, for_s: float) -> bytes:
        chance = self._call.chance(f"sound:{self._call.line.acted}")
        return music(min(for_s, COUGH_S) if kind == "cough" else for_s, chance)

    # --- begin and end -------------------------------------------------------------------------

    def _over(self) -> None:
        self._bot.ends(cut=bool(self._leg.playout.left_s))
        if self._item is not None:
            self._call.hearing.ended(self._item, cut=True, at_s=self._now_s)
        self._mouth.hush()
        self._call.line.expect(None)
        self._call.tap.clear()
        self._call.ear.owes("stream")
        self._call.off_stream()

    def _after_close(self, socket: AppSocket) -> None:
        code, _ = socket.closed or (1000, "")
        if code in (1000, 1001, 1005):
            self._tell("stream-stopped")
        else:
            self.failed(31921, "Stream - WebSocket - Close Error")

    def _checked_url(self) -> str:
        url = self._verb.attributes.get("url", "").strip()
        if self._verb.attributes.get("track", "inbound_track") != "inbound_track":
            self._call.alert(31941, "Stream - Invalid Track configuration", url)
        parts = urlsplit(url)
        if not parts.query:
            return url
        # Query strings are not passed (handbook 2.7).
        self._call.alert(12200, "Stream: the query string of the url is not passed on", url, level="warning")
        return url.split("?")[0]

    def _parameters(self) -> dict[str, str]:
        return parameters(self._call, self._verb)

    def _tell(self, event: str, more: dict[str, str] | None = None) -> None:
        asked = self._verb.attributes.get("statusCallback")
        if not asked:
            return
        record, sid = self._call.record, self._leg.stream_sid
        form = {
            "AccountSid": record.account_sid,
            "CallSid": record.sid,
            "StreamSid": sid,
            "StreamName": self._verb.attributes.get("name", sid),
            "StreamEvent": event,
            "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        method = self._verb.attributes.get("statusCallbackMethod", "POST")
        request = WebhookRequest(
            "stream", absolute(self._document, asked), form | (more or {}), method, record.sid
        )
        self._call.exchange.callbacks.send(record, request, f"stream:{event}")


def parameters(call: LiveCall, verb: Verb) -> dict[str, str]:
    """Return the custom parameters of a stream or a relay, without those that are too long (handbook 2.7)."""
    given = {}
    for child in verb.children:
        if child.name != "Parameter":
            continue
        name, value = child.attributes.get("name", ""), child.attributes.get("value", "")
        if len(name) + len(value) < MOST_PARAMETER_CHARACTERS:
            given[name] = value
        else:
            call.alert(12200, f"Parameter {name[:40]!r} is too long", level="warning")
    return given
