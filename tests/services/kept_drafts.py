"""Templates as tests keep them: the draft of a name is what is given, whether there was one or not."""

from voicebot.domain.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services import edit_template
from voicebot.storage.templates import StoredTemplate


def kept_draft(runtime: Runtime, draft: CallTemplate) -> StoredTemplate:
    """Keep a draft as `templates apply` does."""
    return edit_template.keep(runtime, edit_template.named(runtime, draft.name), draft)
