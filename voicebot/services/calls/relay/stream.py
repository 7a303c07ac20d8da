"""An answer on its way to Twilio: words leave as the model writes them, and the call's owner gets sentences, as on
every line.

So the core knows nothing of tokens. A word leaves before its sentence is whole only if the sentence will contain it
unchanged; where markup, an address or a number may change the words, the whole sentence is waited for. No word of an
uncommitted answer leaves, and no sentence before the one in front of it.
"""

import re
import threading
from collections.abc import Callable

from voicebot.domain.answer.respelling import Pronunciations, settled
from voicebot.transports.sentences import SentenceSplitter

# Letters and the signs that stay as they are. No full stop: it may stand in an address, and otherwise it ends the sentence.
_PLAIN = re.compile(r"(?:[ ,;:'’!?—]|[^\W_]|(?<=\w)-(?=\w))*")
# What is not spoken of an address, as far as it has come.
_ADDRESS_BEGINS = re.compile(r"(?<![^\W_])(?:h|ht|htt|https?:?|w{1,3})$", re.IGNORECASE)
_BEGINS = re.compile(r"\s*[^\W\d_]")

Outlet = Callable[[int, int, str], bool]
"""Send a part of sentence `seq` of answer `gen`, unless it may not leave yet; tells whether it left."""


class AnswerStream:
    """Cuts one answer. Used by one thread at a time, which the line ensures."""

    def __init__(
        self, gen: int, first_seq: int, language: str, outlet: Outlet, pronunciations: Pronunciations = ()
    ) -> None:
        self.gen = gen
        self._seq, self._outlet = first_seq, outlet
        self._pronunciations = pronunciations
        self._splitter = SentenceSplitter(language)
        self._sent = 0
        """How much of what the splitter holds has left."""
        self._early = ""
        self._held = False
        """The rest of this sentence waits until it is whole."""
        self._carry = ""
        self._left: dict[int, str] = {}

    def feed(self, token: str) -> list[str]:
        """Return the sentences that `token` completed; words that may leave have left."""
        pieces = self._completed(self._splitter.feed(token))
        self.forward()
        return pieces

    def flush(self, *, cut_short: bool = False) -> list[str]:
        """Return the rest when the answer ends. Words that have left form a sentence, even if its end is missing."""
        pieces, early = self._splitter.flush(cut_short=cut_short), _spaced(self._early)
        if early and len(" ".join(pieces)) < len(early):
            pieces = [early]
        return self._completed(pieces)

    def drop(self) -> None:
        """Forget the unfinished sentence. Words of it that have left become the beginning of the next one."""
        self._splitter.drop()
        if self._early:
            self._carry = f"{self._carry}{_spaced(self._early)}… "
        self._sent, self._early, self._held = 0, "", bool(self._carry)

    def forward(self) -> None:
        """Let words leave that may leave now."""
        new = self._splitter.waiting[self._sent :]
        if not new or self._held or (not self._sent and not _BEGINS.match(new)):
            # A blank alone says nothing yet.
            self._held = self._held or bool(new.strip())
            return
        plain = _PLAIN.match(new)
        may = plain[0] if plain else ""
        if len(may) < len(new):
            if new[len(may)] != ".":
                # The word belongs to what may be spoken in another way.
                may = may[: may.rfind(" ") + 1]
            if not may.strip():
                self._held = True
                return
        rest_waits = len(may) < len(new)
        may = _ADDRESS_BEGINS.sub("", may)
        if not may.strip():
            self._held = rest_waits
            return
        if self._pronunciations:
            # A name leaves whole: the voice is given another spelling of it.
            may = may[: settled(may, self._pronunciations)]
            if not may.strip():
                self._held = rest_waits
                return
        if self._outlet(self.gen, self._seq, may):
            self._held = rest_waits
            self._sent += len(may)
            self._early += may

    def left_of(self, seq: int) -> str:
        """Return what of a whole sentence has left before."""
        return self._left.pop(seq, "")

    def fragment(self) -> tuple[int, str] | None:
        """Return the sentence in the making, as far as it has left: (seq, words)."""
        early = _spaced(self._early)
        return (self._seq, self._carry + early) if early else None

    def _completed(self, pieces: list[str]) -> list[str]:
        if not pieces:
            return pieces
        if self._carry:
            pieces = [self._carry + pieces[0], *pieces[1:]]
            self._left[self._seq] = self._carry.rstrip("… ")
        elif self._early:
            self._left[self._seq] = self._early
        self._seq += len(pieces)
        self._sent, self._early, self._held, self._carry = 0, "", False, ""
        return pieces


class LockedStream:
    """The stream of an answer, for the thread in which the model is read."""

    def __init__(self, stream: AnswerStream, lock: threading.RLock) -> None:
        self._stream, self._lock = stream, lock

    def feed(self, token: str) -> list[str]:
        """Return the sentences that `token` completed."""
        with self._lock:
            return self._stream.feed(token)

    def flush(self, *, cut_short: bool = False) -> list[str]:
        """Return what is left when the answer ends."""
        with self._lock:
            return self._stream.flush(cut_short=cut_short)

    def drop(self) -> None:
        """Forget what is not a sentence yet."""
        with self._lock:
            self._stream.drop()


def rest_of(text: str, left: str) -> str:
    """Return the part of a sentence that is not sent yet, when `left` was sent."""
    left = _spaced(left)
    if text.startswith(left):
        return text[len(left) :]
    words, gone = text.split(), left.split()
    same = next((n for n, (one, other) in enumerate(zip(words, gone, strict=False)) if one != other), 0)
    return " " + " ".join(words[same:])


def _spaced(text: str) -> str:
    return " ".join(text.split())
