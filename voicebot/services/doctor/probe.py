"""Ask our public address whether this very service answers.

A signed request with PROBE_FIELD is answered by the guard itself and changes nothing. Only a holder of our SECRET_KEY
can give the answer.
"""

import hmac

from voicebot.settings import Settings

PROBE_FIELD = "VoicebotProbe"
PROBE_HEADER = "X-Voicebot-Probe"


def probe_answer(settings: Settings, nonce: str) -> str:
    """Return what PROBE_HEADER holds in the answer to `nonce`."""
    return hmac.new(settings.derived_key("probe"), nonce.encode("utf-8", "replace"), "sha256").hexdigest()
