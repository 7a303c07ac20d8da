"""What the keeper of a promise has at hand: a house, its model and its database."""

from dataclasses import dataclass, replace

from tests.services.calls.aftermath import Connection
from tests.support.providers import ScriptedModel
from voicebot.runtime import Runtime


@dataclass
class Kept:
    """All that a keeper needs to be tried."""

    runtime: Runtime
    model: ScriptedModel
    owner: Connection
    call_sid: str

    def reasons(self) -> list[str]:
        """Why people have to look, oldest first."""
        rows = self.owner.execute("select reason from public.support_escalations order by created_at")
        return [reason for (reason,) in rows]

    def unstaffed(self) -> Runtime:
        """The same house, where nobody can be called."""
        return replace(
            self.runtime, settings=self.runtime.settings.model_copy(update={"operator_phone_number": ""})
        )
