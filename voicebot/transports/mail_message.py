"""Render a mail as bytes for SMTP: headers that nobody can add to, plain text, and HTML beside it."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from voicebot.domain.operators.mail import Mail
from voicebot.domain.operators.smtp_url import split_sender

# Seven bits are what every server on the way takes.
ENCODING = "quoted-printable"


def rendered(mail: Mail, sender: str) -> bytes:
    """Return headers and body with CRLF. Raises ValueError when a header would hold a line break."""
    message = EmailMessage(policy=SMTP)
    name, address = split_sender(sender)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.sent_at)
    message["Message-ID"] = f"<{mail.message_id}>"
    # RFC 3834: no machine is to answer it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_encodable(mail.text), cte=ENCODING)
    if mail.html:
        message.add_alternative(_encodable(mail.html), subtype="html", cte=ENCODING)
    return message.as_bytes()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
