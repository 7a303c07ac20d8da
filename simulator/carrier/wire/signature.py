"""X-Twilio-Signature, written from handbook 5.1 and checked against its vectors; no library involved."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urldefrag


def sign(auth_token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Sign one request. `url` as configured, its fragment is dropped; `fields` are the decoded form fields of a POST."""
    # Repeated names: unique values, sorted, each appended with the name; empty values count (handbook 5.1, 2).
    unique = sorted({(name, value) for name, value in fields})
    message = urldefrag(url).url + "".join(name + value for name, value in unique)
    digest = hmac.new(auth_token.encode(), message.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
