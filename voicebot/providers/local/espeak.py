"""espeak-ng's C library through ctypes: text in, PCM out.

The library keeps its state in globals, its callback among them, so a process has one `ESPEAK`, which serialises
its callers: a second one would take the sound of the first. ctypes releases the interpreter's
lock while C runs; the callback takes it back for a moment every 60 ms of sound. The same words twice give
the same speech but not the same bytes: espeak lets the pitch waver from a counter that nothing resets.
"""

import ctypes
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import espeakng_loader

ESPEAK_HZ = 22050

_OUTPUT_SYNCHRONOUS = 2
_DO_NOT_EXIT_ON_FAILURE = 0x8000
_CHARS_UTF8 = 1
_RATE, _PITCH = 1, 3
_POSITION_CHARACTER = 1
# The library cuts paths at 160 characters without a word.
_LONGEST_PATH = 150

_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


OffHub = Callable[[Callable[[], bytes]], bytes]
"""Does work where it holds nobody up, and returns what it returns."""


def here(work: Callable[[], bytes]) -> bytes:
    """Do the work at once."""
    return work()


class EspeakError(Exception):
    """The library could not be loaded or would not speak."""


class _Espeak:
    """The one speaking machine of this process; it is loaded when it first speaks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._library: ctypes.CDLL | None = None
        self._pieces: list[bytes] = []
        # Kept here because C holds on to it.
        self._callback = _SynthCallback(self._collect)

    def speak(
        self, text: str, *, voice: str, pitch: int, words_per_minute: int, off_hub: OffHub = here
    ) -> bytes:
        """Return PCM at ESPEAK_HZ. `voice` is espeak's name with a variant (`en-us+f3`). Raises EspeakError.

        The text is taken literally: no SSML, no phonemes. `off_hub` runs the work in a thread that delays no other.
        """
        encoded = text.replace("\x00", " ").encode("utf-8", "ignore")
        # Whoever waits for the lock lets others go on; the work itself takes none.
        with self._lock:
            return off_hub(lambda: self._spoken(encoded, voice.encode(), pitch, words_per_minute))

    def _spoken(self, encoded: bytes, voice: bytes, pitch: int, words_per_minute: int) -> bytes:
        library = self._loaded()
        if library.espeak_SetVoiceByName(voice) != 0:
            raise EspeakError(f"no voice {voice!r}")
        library.espeak_SetParameter(_RATE, words_per_minute, 0)
        library.espeak_SetParameter(_PITCH, pitch, 0)
        self._pieces.clear()
        status = library.espeak_Synth(
            encoded, len(encoded) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        pcm = b"".join(self._pieces)
        self._pieces.clear()
        if status != 0:
            raise EspeakError(f"espeak_Synth gave {status}")
        return pcm

    def _collect(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._pieces.append(ctypes.string_at(samples, count * 2))
        return 0

    def _loaded(self) -> ctypes.CDLL:
        if self._library is None:
            try:
                library = ctypes.CDLL(espeakng_loader.get_library_path())
            except OSError as error:
                raise EspeakError("the espeak-ng library does not load") from error
            library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
            library.espeak_Synth.argtypes = [
                ctypes.c_char_p,
                ctypes.c_size_t,
                ctypes.c_uint,
                ctypes.c_int,
                ctypes.c_uint,
                ctypes.c_uint,
                ctypes.c_void_p,
                ctypes.c_void_p,
            ]
            data = reachable_data_path(Path(espeakng_loader.get_data_path()))
            rate = library.espeak_Initialize(
                _OUTPUT_SYNCHRONOUS, 0, str(data).encode(), _DO_NOT_EXIT_ON_FAILURE
            )
            if rate != ESPEAK_HZ:
                raise EspeakError(f"espeak_Initialize gave {rate}")
            library.espeak_SetSynthCallback(self._callback)
            self._library = library
        return self._library


ESPEAK = _Espeak()


def reachable_data_path(data: Path) -> Path:
    """The data folder under a name short enough for the library: a link to it when its own name is too long."""
    if len(str(data)) <= _LONGEST_PATH:
        return data
    link = Path(tempfile.mkdtemp(prefix="espeak-")) / "espeak-ng-data"
    link.symlink_to(data, target_is_directory=True)
    return link
