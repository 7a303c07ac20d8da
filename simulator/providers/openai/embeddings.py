"""Vectors for texts without a model: hashed words, so that texts that share words lie close."""

import itertools
import math
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from simulator.providers.brain.synonyms import alike
from simulator.providers.brain.words import raw_words, stem, tokens

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}


def embed(text: str, dimensions: int) -> npt.NDArray[np.float32]:
    """A vector of length one, the same for the same text everywhere; cosine grows with the words in common."""
    vector = np.zeros(dimensions, dtype=np.float64)
    for word, weight in _features(text):
        digest = _hash(word)
        # Two places a word keep chance meetings of different words small.
        for part in (digest & 0xFFFFFFFF, digest >> 32):
            vector[(part >> 1) % dimensions] += weight if part & 1 else -weight
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        vector[0] = length = 1.0
    unit: npt.NDArray[np.float32] = (vector / length).astype(np.float32)
    return unit


def _features(text: str) -> list[tuple[str, float]]:
    meaningful = tokens(text)
    features = [(f"w:{token}", 1.0) for token in meaningful]
    features += [(f"w:{other}", 0.4) for token in meaningful for other in alike(token) - {token}]
    features += [(f"b:{one} {two}", 0.3) for one, two in itertools.pairwise(meaningful)]
    # Words that say little still tell two texts apart that have nothing else.
    return features + [(f"s:{stem(word)}", 0.1 / math.sqrt(1 + len(meaningful))) for word in raw_words(text)]


@lru_cache(maxsize=20_000)
def _hash(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "big")
