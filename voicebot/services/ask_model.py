"""Ask the model and wait for its whole answer, as for a text: nobody reads along."""

from voicebot.domain.sentences import whole_sentences
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ModelDone, ModelRequest, TextDelta, ToolCall
from voicebot.runtime import Runtime
from voicebot.services.meter import Meter


def ask_model(
    runtime: Runtime, request: ModelRequest, meter: Meter, *, operation: str
) -> tuple[str, list[ToolCall]]:
    """Return the words, without a sentence that was cut short, and the tools that the model calls. Raises ProviderError.

    `operation` names the request in the metrics. An answer that breaks off is metered as far as it came.
    """
    words, calls, done = "", list[ToolCall](), None
    pieces = runtime.model.stream(request)
    try:
        with provider_call("model", operation):
            for piece in pieces:
                match piece:
                    case TextDelta(text, anew):
                        words = text if anew else words + text
                    case ToolCall():
                        calls.append(piece)
                    case ModelDone():
                        done = piece
                        words = whole_sentences(words) if piece.cut_short else words
    finally:
        if close := getattr(pieces, "close", None):
            close()
        meter.add_answer(runtime.settings.openai_model, request, len(words), done)
    return words.strip(), calls
