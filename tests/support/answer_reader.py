"""A model that reads answers to the onboarding's questions as it is told."""

from dataclasses import dataclass, field
from typing import Any

from tests.services.calls.aftermath import completion
from tests.support.providers import ScriptedModel
from voicebot.providers.openai.json_answer import read_answer as read_json
from voicebot.providers.ports import ModelRequest, Outcome, ProviderError
from voicebot.providers.ports.model import Wanted
from voicebot.services.onboarding.read_answer import NAME


@dataclass
class AnswerReader(ScriptedModel):
    """A model that reads answers as it is told, and notes what it was asked."""

    found: dict[str, Any] | ProviderError = field(default_factory=lambda: {"name": "", "place": ""})
    asked: list[str] = field(default_factory=list)

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        if name != NAME:
            raise ProviderError("scripted", "none", Outcome.REFUSED)
        self.asked.append(str(request.messages[0]["content"]))
        if isinstance(self.found, ProviderError):
            raise self.found
        return read_json(completion(self.found), "openai", wanted)
