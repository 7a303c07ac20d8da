"""Let the model answer, and report the answer sentence by sentence."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from voicebot.domain.call.events import Event, ModelFailed, ModelFinished, SentenceReady, ToolAsked
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ModelRequest, Outcome, ProviderError, TextDelta, ToolCall
from voicebot.runtime import Runtime
from voicebot.transports.sentences import SentenceSplitter

log = logging.getLogger(__name__)


class Thinking:
    """One answer being generated; `run` belongs in a thread of its own, `cancel` may come from any other."""

    def __init__(
        self,
        runtime: Runtime,
        request: ModelRequest,
        gen: int,
        *,
        first_seq: int,
        report: Callable[[Event], None],
    ) -> None:
        self._runtime, self._request, self._gen, self._seq, self._report = (
            runtime,
            request,
            gen,
            first_seq,
            report,
        )
        self.cancelled = False

    def cancel(self) -> None:
        """Stop reading at the next token; what still comes is dropped by its generation."""
        self.cancelled = True

    def run(self) -> None:
        """Generate and report; always ends with ModelFinished or ModelFailed unless cancelled."""
        pieces: Iterator[Any] = iter(())
        try:
            pieces = self._runtime.model.stream(self._request)
            with provider_call("model", "answer"):
                self._read(pieces)
        except ProviderError as error:
            log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
            self._tell(ModelFailed(self._gen, _kind(error)))
        except Exception:
            # A fault of ours; the turn waits for an end all the same.
            log.exception("the model's answer could not be read")
            self._tell(ModelFailed(self._gen, "broken"))
        finally:
            if close := getattr(pieces, "close", None):
                close()

    def _read(self, pieces: Iterator[Any]) -> None:
        splitter = SentenceSplitter()
        for piece in pieces:
            if self.cancelled:
                return
            match piece:
                case TextDelta(text):
                    self._say(splitter.feed(text))
                case ToolCall(id, name, arguments, bad_arguments):
                    self._say(splitter.flush())
                    self._tell(ToolAsked(self._gen, id, name, dict(arguments), readable=not bad_arguments))
        self._say(splitter.flush())
        self._tell(ModelFinished(self._gen))

    def _say(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self._tell(SentenceReady(self._gen, self._seq, sentence))
            self._seq += 1

    def _tell(self, event: Event) -> None:
        if not self.cancelled:
            self._report(event)


def _kind(error: ProviderError) -> str:
    if error.outcome is Outcome.NOT_SENT:
        return "rate_limit"
    return "refused" if error.outcome is Outcome.REFUSED else "broken"
