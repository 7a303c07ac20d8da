"""The doctor started from a page: the worker examines, and the last result is stored."""

from voicebot.domain.access.actor import Actor
from voicebot.runtime import Runtime
from voicebot.services.doctor.examine import diagnose
from voicebot.storage.access import examinations


def ask(runtime: Runtime, *, actor: Actor) -> None:
    """Have the worker examine soon; asked again before that, it examines once. Raises ListRefused."""
    examinations.ask_examination(runtime.database, actor=actor)
    runtime.hint.made_work()


def examine(runtime: Runtime) -> None:
    """Examine and keep what was found; a job of the worker, because providers and websockets take seconds to answer."""
    findings = [
        {"level": each.level.value, "subject": each.subject, "what": each.what, "do": each.do}
        for each in diagnose(runtime)
    ]
    examinations.keep_examination(runtime.database, findings)
