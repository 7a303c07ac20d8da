"""The cost of one turn of a call or a thread so far; model, voice and recogniser add theirs as they are used."""

import threading

from voicebot.domain.prices import model_usd, tokens_of
from voicebot.providers.ports import ModelDone, ModelRequest


class Meter:
    """Adds up dollars. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usd = 0.0

    @property
    def usd(self) -> float:
        """The sum until now."""
        return self._usd

    def add(self, usd: float) -> None:
        """Something was used."""
        with self._lock:
            self._usd += usd

    def add_answer(self, model: str, request: ModelRequest, said: int, done: ModelDone | None = None) -> None:
        """A model answered with `said` characters, or was asked in vain. Not every server tells the tokens."""
        prompt = (done.prompt_tokens if done else 0) or tokens_of(request.messages)
        answer = (done.completion_tokens if done else 0) or tokens_of([{"content": "x" * said}])
        self.add(model_usd(done.model if done else model, prompt, answer))
