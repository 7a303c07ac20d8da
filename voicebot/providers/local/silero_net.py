"""Silero's network at 8 kHz, by hand: for one step of few callers a general runtime costs more than the sums (decision 042).

A chunk with its context becomes four spectra; four convolutions make 128 numbers of them, and an LSTM, which remembers, a
probability. Rows are independent.
"""

import numpy as np
import numpy.typing as npt

from voicebot.providers.local.onnx_file import Constants

CHUNK, CONTEXT = 256, 32
"""Samples: 32 ms, and what goes before them. Without the context the model answers nonsense, and no error."""
STATE = 128
_WINDOW, _STEP, _SPECTRA, _BINS, _MIRRORED = 128, 64, 4, 65, 32

Floats = npt.NDArray[np.float32]


class SileroNet:
    """The weights, laid out so that each layer is one product of matrices."""

    def __init__(self, constants: Constants) -> None:
        """`constants` are those of the model's branch for 8 kHz."""
        weights = {name.rpartition("Inline_0__")[2]: value for name, value in constants.items()}
        # The sound's end is mirrored; each spectrum takes the samples at these places.
        known = np.arange(CONTEXT + CHUNK)
        sound = np.concatenate([known, known[-2 : -2 - _MIRRORED : -1]])
        self._places = sound[np.arange(_SPECTRA)[:, None] * _STEP + np.arange(_WINDOW)]
        self._basis = _laid(weights["stft.forward_basis_buffer"][:, 0].T)
        layers = [weights[f"encoder.{layer}.reparam_conv.weight"].transpose(2, 1, 0) for layer in range(4)]
        self._biases = [weights[f"encoder.{layer}.reparam_conv.bias"] for layer in range(4)]
        # The last two have one place of output: of their three taps, those count that meet no padding.
        taps = (layers[0], layers[1], layers[2][1:], layers[3][1:2])
        self._layers = [_laid(each.reshape(-1, each.shape[2])) for each in taps]
        rnn = [weights[f"decoder.rnn.weight_{name}"].T for name in ("ih", "hh")]
        self._rnn = _laid(np.concatenate(rnn))
        self._rnn_bias = weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"]
        self._out = weights["decoder.decoder.2.weight"].reshape(STATE)
        self._out_bias = weights["decoder.decoder.2.bias"]

    def run(self, samples: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the probabilities of speech and both new states of rows of CONTEXT + CHUNK samples, -1 to 1."""
        encoded = self._encoded(samples, len(samples))
        gates = np.concatenate([encoded, hidden], 1) @ self._rnn + self._rnn_bias
        news = np.tanh(gates[:, 2 * STATE : 3 * STATE])
        gates = _sigmoid(gates)
        cell = gates[:, STATE : 2 * STATE] * cell + gates[:, :STATE] * news
        hidden = gates[:, 3 * STATE :] * np.tanh(cell)
        return _sigmoid(np.maximum(hidden, 0) @ self._out + self._out_bias), hidden, cell

    def _encoded(self, samples: Floats, rows: int) -> Floats:
        waves = samples[:, self._places].reshape(rows * _SPECTRA, _WINDOW) @ self._basis
        padded = np.zeros((rows, _SPECTRA + 2, _BINS), np.float32)
        padded[:, 1:-1] = np.hypot(waves[:, :_BINS], waves[:, _BINS:]).reshape(rows, _SPECTRA, _BINS)
        three = _three(padded.reshape(rows, -1), _BINS, range(_SPECTRA))
        padded = np.zeros((rows, _SPECTRA + 1, STATE), np.float32)
        padded[:, 1:] = self._layer(0, three).reshape(rows, _SPECTRA, STATE)
        two = self._layer(1, _three(padded.reshape(rows, -1), STATE, (0, 2)))
        return self._layer(3, self._layer(2, two.reshape(rows, -1)))

    def _layer(self, layer: int, inputs: Floats) -> Floats:
        made: Floats = inputs @ self._layers[layer] + self._biases[layer]
        return np.maximum(made, 0, out=made)


def _three(padded: Floats, width: int, places: range | tuple[int, ...]) -> Floats:
    """Return, row by row, three neighbours from each of these places on."""
    rows = np.empty((len(padded), len(places), 3 * width), np.float32)
    for number, place in enumerate(places):
        rows[:, number] = padded[:, place * width : (place + 3) * width]
    return rows.reshape(-1, 3 * width)


def _laid(matrix: Floats) -> Floats:
    return np.ascontiguousarray(matrix, np.float32)


def _sigmoid(numbers: Floats) -> Floats:
    made: Floats = np.exp(-np.clip(numbers, -80, 80))
    made += 1
    return np.reciprocal(made, out=made)
