"""Templates as tests keep them: the draft of a name is what is given, whether there was one or not."""

from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services.templates import edit
from voicebot.storage.catalogue.templates import StoredTemplate


def kept_draft(runtime: Runtime, draft: CallTemplate) -> StoredTemplate:
    """Keep a draft as `templates apply` does."""
    return edit.keep(runtime, edit.named(runtime, draft.name), draft)
