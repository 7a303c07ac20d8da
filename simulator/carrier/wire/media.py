"""Audio that Play fetched, kept for as long as its max-age allows (handbook 2.2 [K], knob `media_cache`)."""

import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from simulator.carrier.wire.knobs import KnobBoard
from simulator.carrier.wire.webhooks import Answer

KEPT_CLIPS = 200


@dataclass(frozen=True)
class Clip:
    """A downloaded sound."""

    content_type: str
    audio: bytes


class MediaCache:
    """Clips by URL, the oldest forgotten first."""

    def __init__(self, knobs: KnobBoard) -> None:
        self._knobs = knobs
        self._lock = threading.Lock()
        self._clips: OrderedDict[str, tuple[float, Clip]] = OrderedDict()

    def get(self, url: str) -> Clip | None:
        """The clip, when it is still fresh."""
        with self._lock:
            fresh_until, clip = self._clips.get(url, (0.0, None))
            return clip if clip is not None and time.monotonic() < fresh_until else None

    def keep(self, url: str, answer: Answer) -> Clip:
        """The answer as a clip, remembered if its Cache-Control says so."""
        clip = Clip(answer.content_type, answer.body)
        age_s = _max_age_s(answer.headers.get("Cache-Control", ""))
        if age_s and self._knobs.current.media_cache:
            with self._lock:
                self._clips[url] = (time.monotonic() + age_s, clip)
                while len(self._clips) > KEPT_CLIPS:
                    self._clips.popitem(last=False)
        return clip


def _max_age_s(cache_control: str) -> int:
    if "no-store" in cache_control or "no-cache" in cache_control:
        return 0
    found = re.search(r"max-age=(\d+)", cache_control)
    return int(found.group(1)) if found else 0
