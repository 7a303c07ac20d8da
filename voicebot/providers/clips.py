"""Speech as files: made once, playable while it is still being made, shared by the processes of one machine.

A clip is `<key>.part` while the voice still gives audio and `<key>.mp3` when it is whole. Audio is mp3
(22.05 kHz, 32 kbit/s): compact, because Twilio downloads a clip before it plays it.
"""

import itertools
import logging
import os
import threading
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from voicebot.providers.measured import provider_call
from voicebot.providers.phone_clips import PhoneClips
from voicebot.providers.ports import Outcome, Priority, ProviderError, Voice
from voicebot.providers.slots.admission import Admission, place_at
from voicebot.transports.audio import MP3_HEAD_BYTES, begins_mp3

AUDIO_FORMAT = "mp3_22050_32"
BYTES_PER_S = 4000
CHARS_PER_S = 14.5
"""How fast our voices speak, measured roughly over English sentences; good enough to place a cut."""
LONGEST_S = 600
"""Nothing that is said lasts longer; a voice that goes on would fill the disk, and the caller's ear."""
ABANDONED_S = 3.0
"""A `.part` that has not grown for this long lost its writer."""
KEEP_S = 3600.0
KEPT = "fixed-"
"""How the names of clips begin that stay: fixed phrases for ever, greetings for as long as they are played."""
OPENING = "fixed-opening-"
KEEP_OPENING_S = 2 * 86_400.0
"""A campaign may greet a hundred thousand people by their names, each of them once."""
_POLL_S = 0.01

log = logging.getLogger(__name__)


def rest_of(text: str, heard_s: float) -> str:
    """Return the words of `text` that come after the first `heard_s` seconds of speech."""
    cut = text.find(" ", int(heard_s * CHARS_PER_S))
    return text[cut + 1 :] if cut >= 0 else ""


def _playable(sound: Iterator[bytes]) -> Iterator[bytes]:
    """Pass mp3 on. Raises ProviderError on anything else: what Twilio cannot play ends its document."""
    head = b""
    for chunk in sound:
        head += chunk
        if len(head) >= MP3_HEAD_BYTES:
            break
    if head and not begins_mp3(head):
        raise ProviderError("voice", "not_audio", Outcome.UNKNOWN)
    yield head
    yield from sound


class Clip:
    """One piece of speech, being made or whole."""

    def __init__(self, path: Path, *, abandoned_s: float = ABANDONED_S, lasts_s: float | None = None) -> None:
        self._abandoned_s = abandoned_s
        self._whole, self._part = path.with_suffix(".mp3"), path.with_suffix(".part")
        # Twice: it may get its name between two looks.
        self._places = (self._whole, self._part, self._whole)
        self.lasts_s = lasts_s
        """How long it lasts, where it is known to be whole."""
        self.failed = False

    def has_audio(self) -> bool:
        """Tell whether playing it would give sound at once."""
        if self.lasts_s is not None:
            return True
        for path in self._places:
            try:
                return path.stat().st_size > 0
            except OSError:
                continue
        return False

    def abandoned(self) -> bool:
        """Tell whether its writer was lost before it was whole."""
        try:
            return time.time() - self._part.stat().st_mtime > self._abandoned_s
        except FileNotFoundError:
            return False

    def wait(self, timeout_s: float) -> bool:
        """Wait for the first audio; False when it failed or took too long."""
        until = time.monotonic() + timeout_s
        while not self.has_audio():
            if self.failed or time.monotonic() >= until:
                return False
            time.sleep(_POLL_S)
        return True

    def chunks(self, idle_s: float = ABANDONED_S) -> Iterator[bytes]:
        """Yield the audio, following the file while it grows; ends when it is whole or its writer is gone."""
        sent, idle_until = 0, time.monotonic() + idle_s
        while True:
            whole = self._whole.exists()
            data = self._read_from(sent)
            if data:
                sent, idle_until = sent + len(data), time.monotonic() + idle_s
                yield data
            elif whole or self.failed or time.monotonic() >= idle_until:
                return
            else:
                time.sleep(_POLL_S)

    def _read_from(self, offset: int) -> bytes:
        for path in self._places:
            try:
                with path.open("rb") as file:
                    if not offset and path.name.startswith(OPENING):
                        os.utime(path)
                    file.seek(offset)
                    return file.read(64 * 1024)
            except OSError:
                continue
        return b""


class ClipStore:
    """Makes clips with `voice`; when it breaks off in the middle, `spare` says the rest."""

    def __init__(
        self,
        folder: Path,
        voice: Voice,
        spare: Voice,
        *,
        admission: Admission | None = None,
        abandoned_s: float = ABANDONED_S,
    ) -> None:
        """`admission`: the gate before `voice`."""
        self._folder, self._voice, self._spare = folder, voice, spare
        self._admission, self._abandoned_s = admission, abandoned_s
        self._own: dict[str, Clip] = {}
        self._kept: dict[str, Clip] = {}
        """The clips that nothing deletes, once they are whole: a turn looks at none of their files."""
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self.frames = PhoneClips(folder, voice, admission=admission).frames
        """Fixed phrases as mu-law, for a line that streams."""

    def ensure(self, key: str, text: str, voice_id: str, priority: Priority = Priority.ANSWER) -> Clip:
        """Return the clip, starting it unless this or another process has. `key` is a file name."""
        if kept := self._kept.get(key):
            return kept
        path = self._folder / key
        with self._lock:
            if (own := self._own.get(key)) and not own.failed:
                return own
            clip = Clip(path, abandoned_s=self._abandoned_s)
            try:
                if (lasts_s := self.lasts_s(key)) is not None:
                    if key.startswith(KEPT):
                        self._kept[key] = clip = Clip(path, lasts_s=lasts_s)
                    return clip
                if not self._claim(path):
                    return clip
            except OSError:
                # A full disk: Twilio's own voice speaks.
                log.exception("a clip cannot be written")
                clip.failed = True
                return clip
            self._own[key] = clip
        threading.Thread(target=self._make, args=(clip, path, text, voice_id, priority), daemon=True).start()
        return clip

    def ready(self, key: str) -> bool:
        """Tell whether the clip can be played now, without starting anything."""
        return key in self._kept or Clip(self._folder / key).has_audio()

    def lasts_s(self, key: str) -> float | None:
        """Return how long a whole clip lasts; None for one that is not here, or not whole."""
        if kept := self._kept.get(key):
            return kept.lasts_s
        try:
            return (self._folder / key).with_suffix(".mp3").stat().st_size / BYTES_PER_S
        except OSError:
            return None

    def follow(self, key: str) -> Iterator[bytes] | None:
        """Return the audio of a clip that is whole or growing on this machine, else None."""
        clip = Clip(self._folder / key, abandoned_s=self._abandoned_s)
        return clip.chunks() if clip.has_audio() and not clip.abandoned() else None

    def speak_instead(self, text: str, voice_id: str) -> Iterator[bytes]:
        """Return audio from the spare voice alone."""
        return self._spare.stream(text, voice_id=voice_id, audio_format=AUDIO_FORMAT)

    def audio(self, key: str, text: str, voice_id: str) -> Iterator[bytes]:
        """Yield playable audio whatever happens: the clip, made again if need be, else the spare voice."""
        if key in self._kept and not (self._folder / key).with_suffix(".mp3").exists():
            # Somebody deleted the file, another process perhaps.
            self._kept.pop(key, None)
        clip = self.ensure(key, text, voice_id)
        chunks = clip.chunks()
        first = next(chunks, b"")
        if first:
            return itertools.chain([first], chunks)
        return self._spare.stream(text, voice_id=voice_id, audio_format=AUDIO_FORMAT)

    def sweep(self, now: float) -> int:
        """Delete clips that were made over an hour ago, and greetings that nobody has heard for two days; fixed phrases stay.
        Returns how many."""
        gone = 0
        for path in self._folder.iterdir():
            is_opening = path.name.startswith(OPENING)
            keep_s = KEEP_OPENING_S if is_opening else KEEP_S
            if (is_opening or not path.name.startswith(KEPT)) and now - path.stat().st_mtime > keep_s:
                self._kept.pop(path.stem, None)
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _claim(self, path: Path) -> bool:
        """Take the right to write the file; an abandoned one is taken over."""
        part = path.with_suffix(".part")
        if Clip(path, abandoned_s=self._abandoned_s).abandoned():
            part.unlink(missing_ok=True)
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True

    def _make(self, clip: Clip, path: Path, text: str, voice_id: str, priority: Priority) -> None:
        part = path.with_suffix(".part")
        try:
            with part.open("ab", buffering=0) as file:
                is_whole = self._speak_into(file, text, voice_id, priority)
            with self._lock:
                # In one step: a clip in the making never stands beside a whole file, so a deleted file is made anew.
                if is_whole:
                    part.rename(path.with_suffix(".mp3"))
                else:
                    clip.failed = True
                    part.unlink(missing_ok=True)
                self._forget(clip, path.name)
        except OSError:
            # The disk has filled up: the written part plays, and Twilio's own voice says an empty clip.
            log.exception("a clip could not be written")
            clip.failed = True
        finally:
            with self._lock:
                self._forget(clip, path.name)

    def _forget(self, clip: Clip, key: str) -> None:
        if self._own.get(key) is clip:
            del self._own[key]

    def _speak_into(self, file: FileIO, text: str, voice_id: str, priority: Priority) -> bool:
        """Write the clip, the spare voice finishing what breaks off; False when the voice gave nothing."""
        written = 0
        try:
            with place_at(self._admission, priority), provider_call("voice", "clip"):
                sound = self._voice.stream(text, voice_id=voice_id, audio_format=AUDIO_FORMAT)
                for chunk in _playable(sound):
                    written += file.write(chunk)
                    if written >= LONGEST_S * BYTES_PER_S:
                        log.warning("a clip was cut: the voice does not end")
                        break
        except ProviderError as error:
            log.warning("voice failed", extra={"code": error.code, "outcome": error.outcome})
            if not written:
                return False
            rest = rest_of(text, written / BYTES_PER_S)
            for chunk in self._spare.stream(rest, voice_id=voice_id, audio_format=AUDIO_FORMAT):
                file.write(chunk)
        return True
