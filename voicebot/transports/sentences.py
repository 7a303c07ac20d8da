"""Cut a stream of tokens into sentences that can be spoken one by one.

Pure. However the text is cut into tokens, the sentences are the same. The first piece is kept short, so that its clip is
ready soon: Twilio downloads a clip whole before it plays.
"""

import re

from voicebot.domain.answer.heard import Speech
from voicebot.domain.sentences import sentence_ends, whole_sentences

FIRST_PIECE_CHARS = 60
"""About 4 s of speech: the longest first piece where a clause ends that early."""
PIECE_CHARS = 240
"""A sentence longer than this is cut at a clause or a space."""
SHORTEST_CLAUSE = 15

_MAY_END = re.compile(r"[.!?…。！？\n]")
"""No sentence ends without one of them."""
_CLAUSE = re.compile(r"[,;:—–](?=\s)")
# The words of a link or the inside of a tag are not parted.
_OPEN = re.compile(r"\[[^\]\n]{0,200}$|\]\([^)\s]{0,300}$|<[A-Za-z/][^<>\n]{0,80}$")


class SentenceSplitter:
    """Feed tokens, get sentences; `flush` gives the rest when the stream ends."""

    def __init__(self, language: str = "en") -> None:
        """`language` is BCP 47: addresses are spelt in it."""
        self._text, self._speech = "", Speech(language)
        self._first = self._line_begins = True

    @property
    def waiting(self) -> str:
        """What is not a sentence yet, as it was fed."""
        return self._text

    def feed(self, token: str) -> list[str]:
        """Return the sentences that `token` completed."""
        self._text += token
        longest = FIRST_PIECE_CHARS if self._first else PIECE_CHARS
        if len(self._text) <= longest and not _MAY_END.search(self._text):
            return []
        return self._pieces(final=False)

    def flush(self, *, cut_short: bool = False) -> list[str]:
        """Return the rest; of an answer that was `cut_short` only whole sentences."""
        if cut_short:
            self._text = whole_sentences(self._text)
        pieces = self._pieces(final=True)
        rest, self._text = self._spoken(self._text), ""
        return [*pieces, rest] if rest else pieces

    def drop(self) -> None:
        """Forget what is not a sentence yet."""
        self._text, self._line_begins = "", True

    def _pieces(self, *, final: bool) -> list[str]:
        pieces = []
        while cut := self._cut(final=final):
            piece, self._text = self._spoken(self._text[:cut]), self._text[cut:]
            if piece:
                pieces.append(piece)
                self._first = False
        return pieces

    def _spoken(self, text: str) -> str:
        if not text:
            return ""
        spoken = self._speech.heard(text, line_begins=self._line_begins)
        self._line_begins = text.endswith("\n") or (self._line_begins and not text.strip())
        return spoken if any(char.isalnum() for char in spoken) else ""

    def _cut(self, *, final: bool) -> int | None:
        """Return the end of the first piece; None when more text may decide it, or nothing is left to cut."""
        end = self._sentence_end(final=final)
        if end is None or 0 < end <= FIRST_PIECE_CHARS or (end and not self._first):
            return end or None
        if (
            self._first
            and len(self._text) > FIRST_PIECE_CHARS
            and (clause := self._clause(FIRST_PIECE_CHARS))
        ):
            return clause
        if end or len(self._text) <= PIECE_CHARS:
            return end or None
        # No clause in sight: a long run of words is cut at a space.
        return self._clause(PIECE_CHARS) or self._text.rfind(" ", 0, PIECE_CHARS) + 1 or PIECE_CHARS

    def _sentence_end(self, *, final: bool) -> int | None:
        """Return where the first sentence ends, if it fits into a piece; 0: nowhere so far, None: nobody can tell yet."""
        for end, certain in sentence_ends(self._text, final=final):
            if end > PIECE_CHARS:
                return 0
            if not certain:
                return None
            if not _OPEN.search(self._text[:end]):
                return end
        return 0

    def _clause(self, limit: int) -> int | None:
        """Return the end of the last clause within `limit`."""
        ends = [clause.end() for clause in _CLAUSE.finditer(self._text[: limit + 1])]
        whole = [end for end in ends if end > SHORTEST_CLAUSE and not _OPEN.search(self._text[:end])]
        return whole[-1] if whole else None
