"""Cut a stream of tokens into sentences that can be spoken one by one.

Pure. The first piece is kept short, so that its clip is ready soon: Twilio downloads a clip whole before it plays.
"""

import re

from voicebot.domain.markdown import speakable
from voicebot.domain.sentences import sentence_ends

FIRST_PIECE_CHARS = 60
"""About 4 s of speech: the longest first piece where a clause ends that early."""
PIECE_CHARS = 240
"""A sentence longer than this is cut at a clause or a space."""

_CLAUSE = re.compile(r"[,;:—–](?=\s)")


class SentenceSplitter:
    """Feed tokens, get sentences; `flush` gives the rest when the stream ends."""

    def __init__(self) -> None:
        self._text = ""
        self._first = self._line_begins = True

    def feed(self, token: str) -> list[str]:
        """Return the sentences that `token` completed."""
        self._text += token
        pieces = []
        while (cut := self._cut()) is not None:
            self._line_begins = self._text[cut - 1] == "\n"
            piece, self._text = speakable(self._text[:cut]), self._text[cut:]
            if piece:
                pieces.append(piece)
                self._first = False
        return pieces

    def flush(self) -> list[str]:
        """Return what is left."""
        rest, self._text = speakable(self._text), ""
        return [rest] if rest else []

    def _cut(self) -> int | None:
        for end in sentence_ends(self._text, line_begins=self._line_begins):
            if self._first and (clause := self._clause(FIRST_PIECE_CHARS, before=end)):
                return clause
            return end
        limit = FIRST_PIECE_CHARS if self._first else PIECE_CHARS
        if len(self._text) <= limit:
            return None
        if clause := self._clause(limit):
            return clause
        # No clause in sight: a long run of words is cut at a space, but only past the general limit.
        return (
            self._text.rfind(" ", 0, PIECE_CHARS) + 1 or PIECE_CHARS
            if len(self._text) > PIECE_CHARS
            else None
        )

    def _clause(self, limit: int, before: int | None = None) -> int | None:
        """Return the end of the last clause within `limit`, if the text up to `before` is longer than that."""
        if before is not None and before <= limit:
            return None
        ends = [clause.end() for clause in _CLAUSE.finditer(self._text[: limit + 1])]
        return ends[-1] if ends and ends[-1] > 15 else None
