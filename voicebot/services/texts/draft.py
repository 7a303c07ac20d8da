"""Write a draft of an answer when a person asks for one. A job: it may run twice, and nothing sends the draft."""

import logging
from dataclasses import replace
from uuid import UUID

from voicebot.providers.ports import ModelRequest, ProviderError
from voicebot.runtime import Runtime
from voicebot.services.ask_model import ask_model
from voicebot.services.meter import Meter
from voicebot.services.texts.request import thread_request
from voicebot.storage.texts import inbox

log = logging.getLogger(__name__)


def draft_reply(runtime: Runtime, item_id: str) -> None:
    """Ask the model for an answer to the thread as it stands, without its tools; a model that fails leaves no draft.

    Raises DatabaseAway.
    """
    item = UUID(item_id)
    claimed = inbox.drafted_thread(runtime.database, item)
    if claimed is None:
        return
    request = thread_request(claimed, line=runtime.settings.service_name, now=runtime.local_now())
    meter = Meter()
    words = _written(runtime, replace(request, tools=()), meter)
    inbox.save_draft(runtime.database, item, words or None, upto=claimed.upto, used_usd=meter.usd)


def _written(runtime: Runtime, request: ModelRequest, meter: Meter) -> str:
    try:
        words, _ = ask_model(runtime, request, meter, operation="draft")
    except ProviderError as error:
        log.warning("model failed", extra={"code": error.code, "outcome": error.outcome})
        return ""
    return words
