"""The phone's output on a media stream, cut into the pieces that a listener would call one answer."""

import io
import wave

from simulator.carrier.far_end.hearing import HeardItem
from simulator.carrier.far_end.turn import takes_nothing_yet
from simulator.carrier.live_call import LiveCall
from simulator.carrier.streams.playout import Playout
from voicebot.transports.audio import PHONE_HZ, ulaw_to_pcm16

GAP_S = 0.2
"""So much silence ends a piece."""
_SILENT = b"\xff\x7f\xfe\x7e"
"""The mu-law codes of nothing and of next to nothing."""
RECOGNISE_AFTER_S = 0.3


class BotEar:
    """Listens to the frames that are played and writes down when the bot spoke, and what."""

    def __init__(self, call: LiveCall, playout: Playout) -> None:
        self._call, self._playout = call, playout
        self._item: HeardItem | None = None
        self._sound = bytearray()
        self._known = False
        self.last_s: float | None = None
        """When the bot was last heard, in seconds of the call."""
        self.spoke = False
        """Whether it has been heard since the caller last spoke."""

    @property
    def speaks(self) -> bool:
        """Whether the bot is in the middle of something."""
        return self._item is not None

    def silent_s(self, now_s: float, since_s: float) -> float:
        """For how long nothing has been heard of the bot; `since_s` counts where it has not spoken at all."""
        if self.speaks:
            return 0.0
        return now_s - max(self.last_s or since_s, since_s)

    def hears(self, played: bytes, now_s: float) -> None:
        """20 ms were played, or less, or nothing."""
        if self._item is None and not played:
            self._sound.clear()
        self._sound += played
        if played.strip(_SILENT):
            self._begin(now_s)
            self.last_s = now_s
        if self._item is None:
            return
        if not self._known and len(self._sound) >= RECOGNISE_AFTER_S * PHONE_HZ:
            self._known = True
            self._recognise(self._item, bytes(self._sound) + self._playout.waiting())
        if self.last_s is not None and now_s - self.last_s > GAP_S:
            self.ends(cut=False)

    def ends(self, *, cut: bool) -> None:
        """The piece is over, or the app cut it off."""
        item, self._item = self._item, None
        if item is None:
            return
        sound = bytes(self._sound)
        self._sound.clear()
        self._recognise(item, sound, cut=cut)
        item.audio, item.content_type = as_wav(sound), "audio/wav"
        self._call.hearing.ended(item, cut=cut, at_s=self.last_s)

    def _begin(self, now_s: float) -> None:
        if self._item is not None:
            return
        # Whoever sees the new piece sees also that it is not the caller's turn.
        self._call.line.expect(takes_nothing_yet)
        self._call.ear.hears("play")
        self.spoke, self._known = True, False
        self._item = self._call.hearing.add("play", None, at_s=now_s)

    def _recognise(self, item: HeardItem, sound: bytes, *, cut: bool = False) -> None:
        words = self._call.exchange.understand(sound)
        if words:
            told = " ".join(_first(text, share) if cut else text for text, share in words)
            self._call.hearing.worded(item, told)


def as_wav(ulaw: bytes) -> bytes:
    """Mu-law as a WAV file that every browser plays."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(PHONE_HZ)
        file.writeframes(ulaw_to_pcm16(ulaw))
    return out.getvalue()


def _first(text: str, share: float) -> str:
    words = text.split()
    return " ".join(words[: round(len(words) * share)])
