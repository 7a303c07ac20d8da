"""Carry out what a call needs besides talking: run the tools of the model, send codes to the caller."""

import json
import logging
import threading

from voicebot.domain.call.actions import ReadAnswer, RunTool
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.events import AnswerRead, ToolFinished
from voicebot.domain.call.shown.starred import starred
from voicebot.domain.call.state import Assurance, CallState
from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.verification.codes import CodePurpose
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Report
from voicebot.services.calls.run_tool import ToolResult, ToolUse, run_tool
from voicebot.services.onboarding.read_answer import read_answer
from voicebot.services.verification import verify_phone
from voicebot.storage.calls.call_page import UsedTool, keep_tool_use
from voicebot.storage.database import DatabaseAway

READ_WITHIN_S = 4.0
"""The caller waits for it, and is asked again when it is over."""
log = logging.getLogger(__name__)


class CallTools:
    """The tools of one call; its caller's number and its template's own tools are of the background."""

    def __init__(self, runtime: Runtime, call_id: int, background: CallBackground) -> None:
        self._runtime, self._call_id, self._number = runtime, call_id, background.number
        self._template = background.template

    def use(self, tool: RunTool, state: CallState, report: Report) -> None:
        """Run a tool in a thread of its own."""
        voice_id = state.voice_id or self._runtime.settings.elevenlabs_voice_id
        use = ToolUse(
            self._call_id,
            f"{tool.gen}-{tool.id}",
            tool.arguments,
            voice_id,
            self._number,
            state.setup.language,
            state.assurance is Assurance.VERIFIED,
        )
        threading.Thread(target=self._run, args=(tool, use, state.next_number, report), daemon=True).start()

    def read_answer(self, answer: ReadAnswer, report: Report) -> None:
        """Have the model read an answer in a thread of its own."""
        threading.Thread(target=self._read_answer, args=(answer, report), daemon=True).start()

    def send_code(self, channel: str, language: str) -> None:
        """Have a code sent; nobody waits for it, the caller least."""
        threading.Thread(target=self._send_code, args=(channel, language), daemon=True).start()

    def _run(self, tool: RunTool, use: ToolUse, before_number: int, report: Report) -> None:
        began_at = self._runtime.now()
        try:
            result = run_tool(self._runtime, tool.name, use, self._template)
        except Exception:
            # The turn waits for an answer, whatever failed.
            log.exception("tool failed", extra={"tool": tool.name, "call_id": self._call_id})
            result = ToolResult(
                ok=False, text="That did not work just now, and nothing of it was kept. Say so."
            )
        report(ToolFinished(tool.gen, tool.id, result.ok, result.text, result.voice_id, result.expects_code))
        # The owner has the result already: this stores it for those who read the call later.
        used = UsedTool(
            tool.gen,
            tool.id,
            tool.name,
            starred(json.dumps(dict(tool.arguments), ensure_ascii=False, default=str)),
            result.ok,
            starred(result.text),
            before_number,
            began_at,
            self._runtime.now(),
        )
        try:
            keep_tool_use(self._runtime.database, self._call_id, used)
        except DatabaseAway:
            # The state of the call has it too, without its times.
            log.warning("a tool's use was not kept", extra={"tool": tool.name, "call_id": self._call_id})

    def _read_answer(self, answer: ReadAnswer, report: Report) -> None:
        try:
            read = read_answer(self._runtime, answer.words, timeout_s=READ_WITHIN_S)
        except Exception:
            # The turn waits for an answer, whatever failed.
            log.exception("an answer was not read", extra={"call_id": self._call_id})
            read = Reading()
        report(AnswerRead(answer.gen, read.name, read.place))

    def _send_code(self, channel: str, language: str) -> None:
        try:
            verify_phone.start(
                self._runtime, self._number, channel, purpose=CodePurpose.CALL, language=language
            )
        except DatabaseAway:
            log.warning("a code could not be sent", extra={"reason": "DatabaseAway"})
