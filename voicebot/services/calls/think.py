"""The brain that is a chat model: it reports its answer piece by piece, as the line wants it cut."""

import logging
import threading
from collections.abc import Callable
from typing import assert_never

from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.events import Event, ModelFailed, ModelFinished, SentenceReady, ToolAsked
from voicebot.domain.call.state import CallState
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import (
    ModelDone,
    ModelRequest,
    ModelStream,
    Outcome,
    ProviderError,
    TextDelta,
    ToolCall,
)
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Cancel, Cutter, Report
from voicebot.services.calls.request import model_request
from voicebot.services.meter import Meter

log = logging.getLogger(__name__)


class ChatBrain:
    """Answers with the runtime's language model."""

    def __init__(
        self,
        runtime: Runtime,
        background: CallBackground,
        cutter: Callable[[], Cutter],
        meter: Meter | None = None,
    ) -> None:
        """`meter` learns what each answer costs."""
        self._runtime, self._background, self._cutter = runtime, background, cutter
        self._meter = meter or Meter()

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        """Begin an answer in a thread of its own."""
        request = model_request(self._background, state, now=self._runtime.local_now())
        first_seq = state.answer.next_seq if state.gen == gen else 0
        thinking = Thinking(
            self._runtime, gen, self._cutter(), first_seq=first_seq, report=report, meter=self._meter
        )
        threading.Thread(target=thinking.run, args=(request,), daemon=True).start()
        return thinking.cancel


class Thinking:
    """One answer in the making; `run` belongs in a thread of its own, `cancel` may come from any other thread."""

    def __init__(
        self,
        runtime: Runtime,
        gen: int,
        cutter: Cutter,
        *,
        first_seq: int,
        report: Report,
        meter: Meter | None = None,
    ) -> None:
        self._runtime, self._gen, self._cutter, self._meter = runtime, gen, cutter, meter or Meter()
        self._seq, self._report = first_seq, report
        self._said = 0
        self._done: ModelDone | None = None
        self._paid = False
        self._stream: ModelStream | None = None
        self._changes = threading.Lock()
        self.cancelled = False

    def cancel(self) -> None:
        """Close the connection; nothing more is reported."""
        with self._changes:
            self.cancelled = True
            stream = self._stream
        if stream is not None:
            stream.close()

    def run(self, request: ModelRequest) -> None:
        """Generate and report; always ends with ModelFinished or ModelFailed unless cancelled."""
        try:
            stream = self._runtime.model.stream(request)
            with self._changes:
                self._stream = stream
            try:
                with provider_call("model", "answer"):
                    self._read(stream, request)
            finally:
                stream.close()
                self._pay(request)
        except ProviderError as error:
            log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
            self._tell(ModelFailed(self._gen, _kind(error)))
        except Exception:
            # A fault of ours; the turn waits for an end all the same.
            log.exception("the model's answer could not be read")
            self._tell(ModelFailed(self._gen, "broken"))

    def _pay(self, request: ModelRequest) -> None:
        if not self._paid:
            self._paid = True
            self._meter.add_answer(self._runtime.settings.openai_model, request, self._said, self._done)

    def _read(self, stream: ModelStream, request: ModelRequest) -> None:
        cut_short, asked = False, False
        first = self._seq
        for piece in () if self.cancelled else stream:
            match piece:
                case TextDelta(text, anew):
                    self._said += len(text)
                    if anew:
                        self._cutter.drop()
                    self._say(self._cutter.feed(text))
                case ToolCall(id, name, arguments, bad_arguments):
                    self._say(self._cutter.flush())
                    asked = True
                    self._tell(ToolAsked(self._gen, id, name, dict(arguments), readable=not bad_arguments))
                case ModelDone():
                    self._done = piece
                    cut_short = piece.cut_short
                case _:
                    assert_never(piece)
            if self.cancelled:
                return
        self._say(self._cutter.flush(cut_short=cut_short))
        # Before the end is told: the turn that it ends is paid with it.
        self._pay(request)
        wordless = self._seq == first and not asked
        self._tell(ModelFailed(self._gen, "empty") if wordless else ModelFinished(self._gen))

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
