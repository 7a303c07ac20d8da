"""Twilio's request signature (handbook 5.1): making one and checking one. Pure.

Twilio signs the URL as it was registered; what reaches us may differ in ways that Twilio's own
libraries forgive: a default port, an escaped apostrophe, the scheme of a websocket. Nothing else is.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

_PARTS = re.compile(
    r"(?P<scheme>wss?|https?)://(?P<user>[^/?@]*@)?(?P<host>\[[^]]*]|[^/?:]*)(?::(?P<port>\d*))?"
)
_BODY_DIGEST = re.compile(r"[?&]bodySHA256=([^&]*)")
_DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_PLAIN_SCHEMES = {"ws": "http", "wss": "https"}


def signature_of(url: str, params: Mapping[str, Sequence[str]], token: str) -> str:
    """Sign a request as Twilio does; `params` are the decoded form fields, each with all its values."""
    return _digest(token, url.partition("#")[0].encode("utf-8", "replace"), _flat(params)).decode()


def signature_is_valid(
    url: str, params: Mapping[str, Sequence[str]], body: bytes, signature: str, tokens: Iterable[str]
) -> int | None:
    """Return the index of the token that signed the request, None when none did.

    `url` is the public address with the raw query, `params` the decoded form fields (empty when the
    body is no form), `body` the raw body. A body that is no form must match the URL's `bodySHA256`.
    """
    url = url.partition("#")[0]
    if not params and not _body_is_signed(url, body):
        return None
    given, flat = signature.encode("utf-8", "replace"), _flat(params)
    keys = [(index, token) for index, token in enumerate(tokens) if token]
    for candidate in _as_signed(url):
        signed = candidate.encode("utf-8", "replace")
        for index, token in keys:
            if hmac.compare_digest(_digest(token, signed, flat), given):
                return index
    return None


def _digest(token: str, url: bytes, flat: bytes) -> bytes:
    return base64.b64encode(hmac.digest(token.encode(), url + flat, "sha1"))


def _flat(params: Mapping[str, Sequence[str]]) -> bytes:
    parts: list[str] = []
    for name in sorted(params):
        values = params[name]
        if len(values) == 1:
            parts += (name, values[0])
        else:
            for value in sorted(set(values)):
                parts += (name, value)
    return "".join(parts).encode("utf-8", "replace")


def _body_is_signed(url: str, body: bytes) -> bool:
    digest = _BODY_DIGEST.search(url)
    if digest is None:
        return not body
    given = digest[1].encode("utf-8", "replace")
    return hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), given)


def _as_signed(url: str) -> Iterator[str]:
    """Yield the forms that Twilio may have signed, the written one first."""
    yield url
    parts = _PARTS.match(url)
    if parts is None:
        return
    rest = url[parts.end() :]
    path, question, query = rest.partition("?")
    rests = [rest] if "'" not in query else [rest, path + question + query.replace("'", "%27")]
    scheme, user, host = parts["scheme"], parts["user"] or "", parts["host"]
    for name in (scheme, _PLAIN_SCHEMES[scheme]) if scheme in _PLAIN_SCHEMES else (scheme,):
        ports = dict.fromkeys([parts["port"], None, _DEFAULT_PORTS[name]])
        for port in ports:
            for tail in rests:
                yield f"{name}://{user}{host}{f':{port}' if port else ''}{tail}"
