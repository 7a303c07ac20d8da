"""The token in a form of the console, which proves that the form is ours."""

import hashlib
import hmac


def form_token(secret: str) -> str:
    """Return the token for forms of the session with this secret; nobody else can know it."""
    return hmac.new(secret.encode(), b"a form of the console", hashlib.sha256).hexdigest()
