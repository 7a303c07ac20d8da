"""Play phone calls through the app in this process, as many as each line of input says.

The code is that of the folder that PYTHONPATH names, which may be an older version: what it has in another place is
looked for there. Settings come from the environment; TWILIO_PHONE_NUMBER is called.
"""

import importlib
import os
import re
import secrets
import sys
from types import ModuleType

from benchmarks.load import EMPTY, signed

TURN = "/twilio/voice/turn"
STEPS = (
    ("/twilio/voice", {"CallStatus": "ringing"}),
    (f"{TURN}?n=1&k=0", {}),
    (f"{TURN}?n=2&k=0", {"SpeechResult": "When are you open today?", "Confidence": "0.91"}),
    (f"{TURN}?n=3&k=0", {"SpeechResult": "And tomorrow?", "Confidence": "0.87"}),
    (f"{TURN}?n=4&k=0", {"Digits": "*"}),
    (f"{TURN}?n=5&k=0", {"Digits": "#"}),
    ("/twilio/voice/status", {"CallStatus": "completed", "CallDuration": "9", "SequenceNumber": "0"}),
)
PEOPLE = 40


def with_name(name: str, *modules: str) -> ModuleType:
    """Return the first of the modules that has this name in it."""
    for path in modules:
        try:
            module = importlib.import_module(path)
        except ImportError:
            continue
        if hasattr(module, name):
            return module
    raise SystemExit(f"{name} is in none of {modules}")


def redirect_of(document: str) -> str | None:
    """Return the path that the document sends the carrier to at its end."""
    found = re.search(r"<Redirect[^>]*>[^<]*?(/twilio/[^<#]+)[^<]*<", document)
    return found[1].replace("&amp;", "&") if found and "<Gather" not in document else None


def main() -> None:
    """Play calls until the input ends; says `done` after each line."""
    load = with_name("load_settings", "voicebot.settings.load", "voicebot.settings").load_settings
    runtime = with_name("build_runtime", "voicebot.wiring", "voicebot.runtime").build_runtime(load())
    client = importlib.import_module("webhooks.app").create_app(runtime).test_client()
    ours, account, token = (
        os.environ[f"TWILIO_{name}"] for name in ("PHONE_NUMBER", "ACCOUNT_SID", "AUTH_TOKEN")
    )
    for line in sys.stdin:
        for number in range(int(line)):
            sid, person = f"CA{secrets.token_hex(16)}", f"+1202555{200 + number % PEOPLE:04d}"
            base = {
                "CallSid": sid, "AccountSid": account, "Direction": "inbound", "From": person,
                "Caller": person, "To": ours, "Called": ours, "CallStatus": "in-progress", **EMPTY,
            }  # fmt: skip
            for step, extra in STEPS:
                wanted: str | None = step
                form = base | extra
                while wanted:
                    signature = signed(token, os.environ["PUBLIC_URL"] + wanted, form)
                    answer = client.post(wanted, data=form, headers={"X-Twilio-Signature": signature})
                    if answer.status_code not in (200, 204):
                        raise SystemExit(f"{wanted}: {answer.status}")
                    # What the answer still lacks is fetched with nothing said.
                    wanted, form = redirect_of(answer.text), base
        print("done", flush=True)
    runtime.database.close()


if __name__ == "__main__":
    main()
