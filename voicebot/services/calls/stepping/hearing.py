"""The sound of a call for people of the team, put together from the runtime."""

from voicebot.domain.call.background import Transport
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Report
from voicebot.services.calls.stepping.operator_ear import UnderstoodOperator
from voicebot.services.calls.stepping.sound import CallSound, OperatorEar
from voicebot.services.calls.streams.line import StreamCall
from voicebot.services.calls.streams.socket import StreamSocket


def sound_of(runtime: Runtime, socket: StreamSocket, call: StreamCall, report: Report) -> CallSound | None:
    """Return what lets people hear a call; None where its sound does not pass through us."""
    if call.transport is not Transport.MEDIA:
        return None

    def open_ear() -> OperatorEar | None:
        if runtime.transcriber is None or runtime.detector is None:
            return None
        return UnderstoodOperator(runtime, call.setup, report)

    return CallSound(socket, call.stream_sid, report, open_ear, call.tape)
