"""The phone's output of a relay's voice: one item for each time that the agent speaks, aloud where time is real."""

from simulator.carrier.far_end.hearing import HeardItem
from simulator.carrier.live_call import LiveCall
from simulator.carrier.streams.relay_voice import Utterance
from simulator.carrier.twiml.sound import spoken_s

ALOUD = "ulaw_8000"


class RelayEar:
    """Writes down what the agent says, as far as it was heard."""

    def __init__(self, call: LiveCall, voice_name: str) -> None:
        self._call, self._voice_name = call, voice_name
        self._item: HeardItem | None = None
        self._whole = self._under_way = ""

    def on(self) -> None:
        """The agent begins to speak."""
        self._call.ear.hears("say")
        self._whole = self._under_way = ""
        self._item = self._call.hearing.add("say", "", voice=self._voice_name)

    def piece(self, utterance: Utterance, text: str) -> float:
        """A piece is spoken, or a sound is played, from now on; returns its seconds."""
        self._under_way = text
        if self._item is not None:
            if utterance.kind == "play" and not self._whole:
                self._item.kind = "play"
            self._call.hearing.worded(self._item, (self._whole + text).strip())
        if utterance.sound_s is not None:
            return utterance.sound_s
        call, synthesize = self._call, self._call.exchange.synthesize
        if synthesize is None or call.pace.compressed or not text.strip():
            return spoken_s(text)
        sound = synthesize(text.strip(), self._voice_name, ALOUD)
        call.tap.sound(sound)
        return len(sound) / 8000

    def played(self, _utterance: Utterance, text: str) -> None:
        """A piece was heard to its end."""
        self._whole, self._under_way = self._whole + text, ""

    def off(self, cut: str | None) -> None:
        """The agent stops; `cut` is what was heard of the piece that was cut off."""
        item, self._item = self._item, None
        if item is None:
            return
        if cut is not None:
            self._call.tap.clear()
            self._call.hearing.worded(item, (self._whole + cut).strip())
        self._call.hearing.ended(item, cut=cut is not None)
