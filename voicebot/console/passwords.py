"""An e-mail and a password are looked at: how many tries there are, for whom, and what stands on record of those that fail.

Ten tries that fail let an account rest for fifteen minutes, but only for the address that they came from: nobody keeps a
colleague out by typing an e-mail. A browser in which the account was signed in before has tries of its own, and so has
an account over all other addresses, so that many of these do not guess together.
"""

import hashlib
import hmac
import secrets

from voicebot.console.routes import Refused, Visit
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.verification.codes import address_group
from voicebot.providers.ports import Identity, ProviderError
from voicebot.storage.access import sessions
from voicebot.storage.access.sessions import Wider

MOST_TRIES, MOST_OF_ACCOUNT, MOST_OF_ADDRESS = 10, 50, 200
LONGEST_EMAIL, LONGEST_PASSWORD, LONGEST_SIGN = 255, 1000, 200
WRONG = "This e-mail and password do not belong together."


def look_at(visit: Visit, *, wrong: str = WRONG) -> Identity:
    """Return whose e-mail and password the form holds. Raises Refused: `wrong`, too many tries, or the auth is away."""
    email, password = visit.form.get("email", "").strip().lower(), visit.form.get("password", "")
    identity, database = visit.runtime.identity, visit.runtime.database
    if identity is None or not 0 < len(email) <= LONGEST_EMAIL or not 0 < len(password) <= LONGEST_PASSWORD:
        raise Refused(401, wrong)
    account = hash_of(email)
    subject, wider = _subjects(visit, account)
    if not sessions.try_sign_in(database, subject, most=MOST_TRIES, account=account, wider=wider):
        sessions.note_refused_sign_in(database, "too_many_tries", email=email, address=visit.address)
        raise Refused(429, "Too many wrong tries for this account: wait 15 minutes, or use a one-time link.")
    try:
        who = identity.sign_in(email, password)
    except ProviderError as error:
        raise Refused(
            503, "Nobody can be asked for a password right now: try again, or use a one-time link."
        ) from error
    if who is None:
        sessions.note_refused_sign_in(database, "wrong", email=email, address=visit.address)
        raise Refused(401, wrong)
    sessions.clear_tries(database, subject, wider=wider)
    return who


def sign_of(key: bytes, email: str) -> str:
    """Return the value that a browser stores to show that an account was signed in there before; it opens nothing."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_mac(key, hash_of(email.strip().lower()), nonce)}"


def sign_key(visit: Visit) -> bytes:
    """The key of these signs."""
    return visit.runtime.settings.derived_key("console-browsers")


def _subjects(visit: Visit, account: str) -> tuple[str, list[Wider]]:
    """Return what a try counts for: alone, and beside others."""
    nonce, _, mac = visit.browser[:LONGEST_SIGN].partition(".")
    if mac and hmac.compare_digest(mac.encode(), _mac(sign_key(visit), account, nonce).encode()):
        return hash_of(f"{account} in the browser {nonce}"), []
    try:
        group = address_group(visit.address)
    except ValueError:
        # Nobody tells whose address it is: all of these are one.
        return hash_of(f"{account} from somewhere"), [Wider(account, MOST_OF_ACCOUNT)]
    return hash_of(f"{account} from {group}"), [
        Wider(account, MOST_OF_ACCOUNT),
        Wider(hash_of(f"everybody from {group}"), MOST_OF_ADDRESS),
    ]


def _mac(key: bytes, account: str, nonce: str) -> str:
    return hmac.new(key, f"{account} {nonce}".encode(), hashlib.sha256).hexdigest()
