"""Take in a text: keep it, whatever happens to us next. The worker answers it.

What must not be stored (a code that answers a verification) and what must not wait (a request to stop) is found here,
by rules alone; then one fact keeps all of it.
"""

import logging
from typing import TYPE_CHECKING

from voicebot.domain.addresses import WHATSAPP, bare_number, channel_of
from voicebot.domain.opt_out import Answer, Keyword, keyword_of, wants_no_more
from voicebot.domain.phone import mask
from voicebot.domain.thread_words import STOP_CONFIRMATION
from voicebot.services import verify_phone
from voicebot.services.keep_facts import keep_message
from voicebot.services.operator_notice import operator_notice
from voicebot.storage.messages import InboundText, Reading

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

OPT_OUT_TYPE = "OptOutType"
log = logging.getLogger(__name__)


def receive(runtime: "Runtime", text: InboundText, *, may_answer: bool = True) -> str:
    """Keep the text once, however often it comes; return stored, duplicate, spooled or dropped.

    `may_answer` False: it was found too late. Raises DatabaseAway when it could be kept nowhere.
    """
    if not text.message_sid:
        log.warning("a text without a name", extra={"code": "no_sid", "number": mask(text.from_number)})
        return "dropped"
    raise NotImplementedError
