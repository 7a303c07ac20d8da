"""The caller's words as Twilio tells them: partial ones, each with all before it, and the last ones, which may never come."""

from voicebot.domain.call.caller import same_words


class CallerWords:
    """The words of one session."""

    def __init__(self) -> None:
        self.partial = ""
        """The words being said, as far as they are reported; blank when nothing is said or all of it was reported."""
        self._tentative = self._taken = ""

    def come(self, words: str) -> bool:
        """Take partial words; return whether the caller goes on after words that might have been all."""
        self.partial = words
        if not self._tentative or same_words(self._tentative, words):
            return False
        self._tentative = ""
        return True

    def stand(self) -> str:
        """No others have come for a while: return what might be all, blank where that is known already."""
        if not self.partial or self._tentative:
            return ""
        self._tentative = self.partial
        return self.partial

    def lost(self) -> str:
        """The last words do not come: return what the caller has said."""
        self._taken, self.partial, self._tentative = self.partial, "", ""
        return self._taken

    def end(self, words: str) -> str:
        """Take the last words; return them, blank where they were taken already."""
        is_late = bool(self._taken) and same_words(words, self._taken)
        self.partial = self._tentative = self._taken = ""
        return "" if is_late else words
