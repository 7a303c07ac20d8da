"""The question of `doctor` to our public address: does this very service answer?

A signed request that carries PROBE_FIELD is answered by the guard itself and touches nothing. The
answer can only be given by who holds our SECRET_KEY.
"""

import hmac

from voicebot.settings import Settings

PROBE_FIELD = "VoicebotProbe"
PROBE_HEADER = "X-Voicebot-Probe"


def probe_answer(settings: Settings, nonce: str) -> str:
    """Return what PROBE_HEADER holds in the answer to `nonce`."""
    return hmac.new(settings.derived_key("probe"), nonce.encode("utf-8", "replace"), "sha256").hexdigest()
