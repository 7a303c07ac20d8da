"""In which format a plan gives us speech, learned from its refusals: mu-law as it comes, else PCM that we encode."""

import re

FORMATS = ("ulaw_8000", "pcm_8000", "pcm_16000")
"""In the order in which they are tried: the first costs nothing here, the last is on every plan (handbook 1.2)."""
_FIELD = "output_format"
_NAMED = re.compile(r"output[ _]format|ulaw|pcm_", re.IGNORECASE)


class SpokenFormat:
    """The format of an account; all its adapters share one."""

    def __init__(self) -> None:
        self._at = 0

    @property
    def name(self) -> str:
        """ElevenLabs' word for it."""
        return FORMATS[self._at]

    def refused(self, name: str) -> bool:
        """Note that the plan lacks it. Whether there is another one to ask for."""
        if name == self.name and self._at + 1 < len(FORMATS):
            self._at += 1
        return self.name != name


def names_the_format(body: object) -> bool:
    """Whether a refusal (its JSON) is about the format and about nothing else: a code with words, or findings about fields."""
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list):
        return bool(detail) and all(
            isinstance(one, dict) and _FIELD in _words(one.get("loc")) for one in detail
        )
    if not isinstance(detail, dict):
        return False
    words = (detail.get("code"), detail.get("status"), detail.get("message"))
    return any(isinstance(word, str) and _NAMED.search(word[:500]) for word in words)


def _words(loc: object) -> list[object]:
    return loc if isinstance(loc, list) else []
