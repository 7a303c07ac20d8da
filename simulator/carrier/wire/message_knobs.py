"""The switches of texting: what handbook 6 leaves open or marks [K], and what tests make go wrong."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class MessageKnobs:
    """Every switch with the value that the handbook's stronger source gives it."""

    text_errors: dict[str, int] = field(default_factory=dict)
    """Recipient (`*`: everybody) -> error code: 21xxx and 63007 refuse the create; any other is found out after it (6.3)."""
    opt_out_error: str = "create"
    """Handbook 6.3, 6.4: a text to somebody who said STOP is refused on `create` with 21610, or fails `later` (seen by others)."""
    keyword_replies: str = "hidden"
    """Handbook 6.4: the carrier's own answers to STOP, START, HELP are `hidden` from the list of messages, `listed`, or `off`."""
    advanced_opt_out: bool = False
    """Handbook 6.1: only with Advanced Opt-Out carries the webhook an OptOutType."""
    numbers_in_service: bool = False
    """The numbers belong to a Messaging Service: webhooks name it, and a STOP holds for the whole pool (6.1, 6.4)."""
    service_status_callback: str = ""
    """Handbook 6.2: the recipient of statuses for a service's messages that name no StatusCallback of their own."""
    code_filter: str = "off"
    """30038, reported and not confirmed live (6.3): an inbound text like a one-time code is passed on as `***` and shown
    as failed (`redact`), or not passed on at all (`drop`)."""
    drop_inbound: int = 0
    """So many of the next inbound texts never reach the webhook: they only stand in the list (9)."""
    redeliver_inbound: int = 0
    """Every inbound text is delivered so many times more, the first of them at once with the original (6.1: at least once)."""
    whatsapp_window: str = "create"
    """Handbook 6.3: 63016 outside the window refuses the `create` or fails the message `later`; `open` lets everything through."""
    whatsapp_window_s: float = 86_400.0
    """How long after a person's last message a free-form answer may be sent."""
    whatsapp_read: bool = True
    """A WhatsApp message that was delivered is also read (6.2)."""
    delivery_receipts: bool = True
    """Handbook 6.2 [K]: some routes never give `delivered`; False leaves every message at `sent`."""
    sending_callback: bool = False
    """`sending` is a status of the resource; a callback for it is legal anyway (vectors, messaging_status_sequences)."""
    loop_guard: str = "all"
    """Handbook 6.3, 14107: more than 15 replies in 30 s between two numbers: `all` messages count, or none (`off`)."""
    segments_per_second: float | None = None
    """Handbook 6.6: 1 a second on a US long code; what is beyond it waits in the queue. None sends at once."""
    message_queue_s: int = 36_000
    """Handbook 10: a queue holds 36000 s of traffic, or 14400 by older pages; beyond it 21611, by a service 30001 later."""
    message_list_lag_s: float = 0.0
    """Handbook 9: lists are eventually consistent; a message appears in them this much later."""
    media_auth: bool = False
    """Handbook 6.1 [K]: whether media can be fetched only with the account's credentials."""
    trial: bool = False
    """Handbook 6.6: only verified recipients (21608), and a prefix before every text [K]."""
    verified_recipients: tuple[str, ...] = ()
    """Whom a trial account may text."""
    closed_regions: tuple[str, ...] = ()
    """ISO codes of countries that may not be texted: 21408."""
    content_templates: dict[str, str] = field(default_factory=dict)
    """ContentSid -> words with {{1}} and so on; any other ContentSid is written out with its variables."""


MESSAGE_CHOICES = {
    "opt_out_error": ("create", "later"),
    "keyword_replies": ("hidden", "listed", "off"),
    "code_filter": ("off", "redact", "drop"),
    "whatsapp_window": ("create", "later", "open"),
    "loop_guard": ("all", "off"),
}
