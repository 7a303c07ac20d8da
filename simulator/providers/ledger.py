"""Remember what was said in every clip that the stand-in voice made, so that an ear can tell it again.

No audio is kept, only digests of its growing prefixes: a clip that was cut short, or that is followed by
something else, is still recognised.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from flask import Flask

STEP_BYTES = 512
"""Prefixes are taken at every multiple of this; it is 0.13 s of 32 kbit/s MP3."""

ULAW_SILENCE = b"\xff"
FRAME_BYTES = 160
MOST_SILENT_FRAMES = 15
"""Silence of 0.3 s at most stands between two clips of one answer."""

_LEAST_STEPS = 3


@dataclass(frozen=True)
class Heard:
    """What a piece of audio says: the whole clip's text, and the share of the clip that was there."""

    text: str
    share: float


@dataclass(frozen=True)
class _Clip:
    text: str
    length: int
    prefixes: tuple[bytes, ...]
    """Digests of the first STEP, 2 STEP, … bytes, and last of the whole."""


class AudioLedger:
    """Bounded memory of spoken clips; with a `file` it outlives the process, as cached clips of listeners do."""

    def __init__(self, file: Path | None = None, capacity: int = 4000) -> None:
        self._file, self._capacity = file, capacity
        self._lock = Lock()
        self._clips: OrderedDict[bytes, _Clip] = OrderedDict()
        self._by_prefix: dict[bytes, bytes] = {}
        if file is not None and file.exists():
            self._load(file)

    def add(self, audio: bytes, text: str) -> None:
        """Note that `audio` says `text`; the same audio again is noted once."""
        if not audio or not text.strip():
            return
        clip = _Clip(text, len(audio), _prefixes(audio))
        with self._lock:
            known = clip.prefixes[-1] in self._clips
            self._keep(clip)
            if self._file is not None and not known:
                self._append(self._file, clip)

    def recognise(self, audio: bytes) -> str | None:
        """The text of the clip or clips that `audio` begins with, whole or cut; None when it is none of ours."""
        heard = self.listen(audio)
        return " ".join(part.text for part in heard) or None

    def listen(self, audio: bytes) -> list[Heard]:
        """Tell the clips in `audio` one after the other, up to the first that is not whole or not known.

        Between clips of mu-law there may be silence: a sender fills its last frame up, or waits for the next clip.
        """
        heard: list[Heard] = []
        whole = len(audio)
        while audio:
            found = self._longest_match(audio)
            if found is None and heard:
                found, audio = self._after_silence(audio, -(whole - len(audio)) % FRAME_BYTES)
            if found is None:
                break
            clip, matched = found
            heard.append(Heard(clip.text, matched / clip.length))
            if matched < clip.length:
                break
            audio = audio[matched:]
        return heard

    def _after_silence(self, audio: bytes, to_frame: int) -> tuple[tuple[_Clip, int] | None, bytes]:
        """The clip that follows some frames of silence; it may begin with silence itself."""
        silent = len(audio) - len(audio.lstrip(ULAW_SILENCE))
        for skipped in range(to_frame, min(silent, MOST_SILENT_FRAMES * FRAME_BYTES) + 1, FRAME_BYTES):
            if (found := self._longest_match(audio[skipped:])) is not None:
                return found, audio[skipped:]
        return None, audio

    def _longest_match(self, audio: bytes) -> tuple[_Clip, int] | None:
        prefixes = _prefixes(audio)
        with self._lock:
            whole = self._clips.get(prefixes[-1])
            if whole is not None:
                return whole, whole.length
            steps = prefixes[:-1] if len(audio) % STEP_BYTES else prefixes
            for number in range(len(steps), 0, -1):
                clip = self._clips.get(self._by_prefix.get(steps[number - 1], b""))
                if clip is None:
                    continue
                return self._judge(clip, audio, number)
        return None

    def _judge(self, clip: _Clip, audio: bytes, number: int) -> tuple[_Clip, int] | None:
        """Decide whether a common prefix of `number` steps means that the audio holds the clip."""
        if len(audio) >= clip.length and _digest(audio[: clip.length]) == clip.prefixes[-1]:
            return clip, clip.length
        matched = number * STEP_BYTES
        # Different words may share an encoder's header and a little silence; a mere cut shares all there is.
        if len(audio) - matched >= STEP_BYTES and number < _LEAST_STEPS:
            return None
        return clip, matched

    def _keep(self, clip: _Clip) -> None:
        self._clips[clip.prefixes[-1]] = clip
        self._clips.move_to_end(clip.prefixes[-1])
        for prefix in clip.prefixes:
            self._by_prefix[prefix] = clip.prefixes[-1]
        while len(self._clips) > self._capacity:
            key, oldest = self._clips.popitem(last=False)
            for prefix in oldest.prefixes:
                if self._by_prefix.get(prefix) == key:
                    del self._by_prefix[prefix]

    def _append(self, file: Path, clip: _Clip) -> None:
        line = {"text": clip.text, "length": clip.length, "prefixes": [p.hex() for p in clip.prefixes]}
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def _load(self, file: Path) -> None:
        """Read the newest clips back; lines that a crash left unfinished are passed over."""
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines[-self._capacity :]:
            try:
                row = json.loads(line)
                clip = _Clip(
                    str(row["text"]), int(row["length"]), tuple(bytes.fromhex(p) for p in row["prefixes"])
                )
            except (ValueError, KeyError, TypeError):
                continue
            if clip.prefixes and clip.length > 0:
                self._keep(clip)
        if len(lines) > 2 * self._capacity:
            file.write_text("\n".join(lines[-self._capacity :]) + "\n", encoding="utf-8")


def ledger_of(app: Flask, data_dir: Path | None = None) -> AudioLedger:
    """Return the one ledger of a simulator, made at the first call; `data_dir` is the folder that it is stored in, if any."""
    ledger = app.extensions.get("audio_ledger")
    if not isinstance(ledger, AudioLedger):
        if data_dir is not None:
            data_dir.mkdir(parents=True, exist_ok=True)
        ledger = AudioLedger(data_dir / "spoken_clips.jsonl" if data_dir is not None else None)
        app.extensions["audio_ledger"] = ledger
    return ledger


def _prefixes(audio: bytes) -> tuple[bytes, ...]:
    running, digests = blake2b(digest_size=12), []
    for start in range(0, len(audio), STEP_BYTES):
        running.update(audio[start : start + STEP_BYTES])
        digests.append(running.digest())
    return tuple(digests)


def _digest(audio: bytes) -> bytes:
    return blake2b(audio, digest_size=12).digest()
